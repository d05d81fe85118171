import { expect, test } from "vitest";
import { createLog, type LogLevel, MASKED, MAX_LOG_LINE_BYTES } from "./logger.ts";

function aLog({ level = "debug", secrets = [] }: { level?: LogLevel; secrets?: string[] } = {}) {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  const log = createLog({ sink, level, mask: () => secrets });
  return { log, lines, secrets, last: () => JSON.parse(lines.at(-1) ?? "") as Record<string, unknown> };
}

test("a line is JSON with time, level, message and facts, and nothing else", () => {
  const { log, lines, last } = aLog();
  log.info("run started %s", { run: "run-1", pid: 17 });
  expect(lines.at(-1)).toMatch(/^\{.*\}\n$/);
  const { time, ...rest } = last();
  expect(new Date(String(time)).toISOString()).toBe(time);
  expect(rest).toEqual({ level: "info", msg: "run started %s", run: "run-1", pid: 17 });
});

test("what is below the level is not written", () => {
  const { log, lines } = aLog({ level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(["warn", "error"]);
});

test("an error is written whole, however deep it stands and whatever caused it", () => {
  const { log, last } = aLog();
  const cause = new AggregateError([new TypeError("inner")], "several");
  const error = Object.assign(new Error("outer", { cause }), { code: "ENOENT", errno: -2 });
  log.error("failed", { error, more: { errors: [new RangeError("deep")] } });
  expect(last()).toMatchObject({
    error: {
      type: "Error",
      message: "outer",
      stack: expect.stringContaining("logger.test.ts"),
      code: "ENOENT",
      errno: -2,
      cause: { type: "AggregateError", message: "several", errors: [{ type: "TypeError", message: "inner" }] },
    },
    more: { errors: [{ type: "RangeError", message: "deep", stack: expect.any(String) }] },
  });
});

test("an error that stands in a line twice, or is its own cause, is written each time", () => {
  const { log, last } = aLog();
  const error = new Error("again");
  error.cause = error;
  log.error("failed", { error, all: [error] });
  expect(last()).toMatchObject({
    error: { message: "again", cause: "[circular]" },
    all: [{ message: "again", cause: "[circular]" }],
  });
});

test("no fact can take the place of time, level or message, or keep the line from being written", () => {
  const { log, last } = aLog();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  log.info("facts", { level: "x", time: 1, msg: "y", circle, big: 10n, nothing: undefined, call: () => 1 });
  expect(last()).toMatchObject({
    level: "info",
    msg: "facts",
    level_: "x",
    time_: 1,
    msg_: "y",
    big: 10,
    circle: { self: "[circular]" },
  });
  log.info("getter", {
    get bad(): string {
      throw new Error("not now");
    },
  });
  expect(last()).toMatchObject({ msg: "getter", factsLost: "not now" });
  log.info("toJSON", { bad: { toJSON: () => JSON.parse("{") } });
  expect(last()).toMatchObject({ msg: "toJSON" });
});

test("a sink that fails does not reach whoever logs", () => {
  const sink = {
    write() {
      throw new Error("gone");
    },
  };
  expect(() => createLog({ sink, level: "info" }).info("x")).not.toThrow();
});

test.each([
  "sk-plain-1234",
  'with "quotes" and \\ backslash',
  "-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n",
  "ümläut-ß-€-😀",
  " spaces around ",
])("the secret %j appears nowhere in a line, in no form", (secret) => {
  const { log, lines, last } = aLog({ secrets: [secret] });
  const error = new Error(`refused ${secret}`, { cause: secret });
  log.error(`message ${secret}`, {
    value: secret,
    nested: { json: JSON.stringify({ secret }) },
    error,
    [secret]: 1,
    trimmed: secret.trim(),
  });
  const line = lines.at(-1) ?? "";
  const once = JSON.stringify(secret.trim()).slice(1, -1);
  for (const form of [secret.trim(), once, JSON.stringify(once).slice(1, -1)]) expect(line).not.toContain(form);
  expect(last()).toMatchObject({ value: MASKED, msg: `message ${MASKED}` });
});

test("a secret that comes to be known later is masked from then on", () => {
  const { log, last, secrets } = aLog();
  log.info("x", { value: "s3cret" });
  expect(last().value).toBe("s3cret");
  secrets.push("s3cret");
  log.info("x", { value: "s3cret" });
  expect(last().value).toBe(MASKED);
});

test("of two secrets one of which begins the other, nothing stays", () => {
  const { log, last } = aLog({ secrets: ["abcd", "abcd-efgh", ""] });
  log.info("x", { value: "abcd-efgh abcd" });
  expect(last().value).toBe(`${MASKED} ${MASKED}`);
});

test("a secret that is part of JSON itself leaves a line that programs can still read", () => {
  const { log, last } = aLog({ secrets: ["true"] });
  log.info("x", { value: true, a: { b: 1 } });
  expect(last()).toMatchObject({ level: "info", msg: "a log line that was made of a secret was left out" });
});

test.each([
  ["a long fact", "x", { text: "é".repeat(100_000) }],
  ["text that quoting makes longer", "x", { text: '"\\'.repeat(100_000) }],
  ["a long message", "\u0001".repeat(200_000), {}],
  ["half a character at the cut", `${"a".repeat(1023)}😀`, { text: "😀".repeat(50_000) }],
])("%s makes a line that is bounded, is JSON and says that it was cut", (_, message, facts) => {
  const { log, lines, last } = aLog();
  log.info(message, facts);
  expect(Buffer.byteLength(lines.at(-1) ?? "")).toBeLessThanOrEqual(MAX_LOG_LINE_BYTES);
  expect(last()).toMatchObject({ level: "info", cutFromBytes: expect.any(Number), start: expect.any(String) });
  expect(message.startsWith(String(last().msg))).toBe(true);
});

test("a line of just the longest length is written as it is", () => {
  const { log, lines, last } = aLog();
  log.info("x", { text: "" });
  const room = MAX_LOG_LINE_BYTES - Buffer.byteLength(lines.at(-1) ?? "");
  log.info("x", { text: "y".repeat(room) });
  expect(Buffer.byteLength(lines.at(-1) ?? "")).toBe(MAX_LOG_LINE_BYTES);
  expect(last()).not.toHaveProperty("cutFromBytes");
  log.info("x", { text: "y".repeat(room + 1) });
  expect(last()).toHaveProperty("cutFromBytes", MAX_LOG_LINE_BYTES + 1);
});

test("a secret across the cut is masked before the line is cut", () => {
  const { log, lines } = aLog({ secrets: ["s3cret-value"] });
  for (let shift = 0; shift < 13; shift += 1) {
    log.info("x", { text: "y".repeat(shift) + "s3cret-value ".repeat(10_000) });
    expect(lines.at(-1)).toContain("cutFromBytes");
    expect(lines.at(-1)).not.toContain("s3");
  }
});
