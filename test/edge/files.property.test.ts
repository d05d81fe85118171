/** Small files that agents, people or a dying machine leave where we read: any bytes, and things that are no file at all. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ownerToken } from "../../src/access/owner-token.ts";
import { judge } from "../../src/agent/runtimes/judge.ts";
import { resolveSecret, SecretProblem, systemSecrets } from "../../src/config/secret.ts";
import { iso } from "../../src/core/clock.ts";
import { homePaths } from "../../src/core/home.ts";
import { isShallow } from "../../src/core/json.ts";
import { holderIdentity, holderOf } from "../../src/daemon/presence.ts";
import { readDaemonFacts } from "../../src/fleet/daemon-file.ts";
import { afterRun } from "../../src/run/after-run.ts";
import { endingOf } from "../../src/run/outcome.ts";
import { readExit } from "../../src/run/process/exits.ts";
import { readResult, runFiles } from "../../src/run/run-files.ts";
import { stageOf } from "../../src/run/stage.ts";
import { someLimits } from "../builders.ts";
import { scratch } from "../scratch.ts";

const directory = scratch("files")();
const paths = homePaths(directory);
const files = runFiles(directory, 1);
mkdirSync(files.directory);

const NOW = Date.parse("2030-01-01T00:00:00Z");
const MAX_RESULT_BYTES = 4096;

/** Bytes that nobody meant, and texts that are nearly what somebody meant. Shown as text when one of them is a finding. */
const anyFile = (nearly: fc.Arbitrary<string>) =>
  fc
    .oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
      fc.tuple(nearly, fc.nat(), fc.uint8Array({ maxLength: 3 })).map(([text, at, bytes]) => {
        const whole = Buffer.from(text);
        const place = at % (whole.length + 1);
        return Buffer.concat([whole.subarray(0, place), bytes, whole.subarray(place + 1)]);
      }),
      nearly.map((text) => Buffer.from(text)),
    )
    .map((bytes) => Object.assign(bytes, { [fc.toStringMethod]: () => JSON.stringify(bytes.toString()) }));

test("an exit file is a status or nothing", () => {
  const nearly = fc.integer({ min: -300, max: 3000 }).map((status) => `${status}\n`);
  fc.assert(
    fc.property(anyFile(nearly), (bytes) => {
      writeFileSync(join(directory, "run-5"), bytes);
      const status = readExit(directory, "run-5");
      const isWhole = /^\d{1,3}\n$/.test(bytes.toString("latin1"));
      expect(status).toBe(isWhole ? Number(bytes.toString("latin1")) : undefined);
    }),
    { numRuns: 1_000 },
  );
});

test("daemon.json and the pid file name a process that lives, or nobody", () => {
  const facts = fc.record({
    pid: fc.oneof(fc.constantFrom(process.pid, 1, 0, -1, 2 ** 53, 1e308), fc.nat()),
    startTicks: fc.oneof(fc.nat(), fc.constantFrom(1e300, -1, 0.5)),
    bootId: fc.string(),
    version: fc.string(),
    startedAt: fc.string(),
    addresses: fc.array(fc.string(), { maxLength: 2 }),
    heartbeatAt: fc.string(),
    counts: fc.dictionary(fc.constantFrom("tasks", "__proto__", "constructor"), fc.oneof(fc.integer(), fc.string())),
  });
  fc.assert(
    fc.property(anyFile(facts.map((value) => JSON.stringify(value))), (bytes) => {
      writeFileSync(paths.daemon, bytes);
      writeFileSync(paths.pid, bytes);
      const read = readDaemonFacts(paths.daemon);
      if (read) expect(Number.isSafeInteger(read.pid) && read.pid > 0).toBe(true);
      expect(holderIdentity(paths)).toBeUndefined();
      expect([undefined, Number(bytes.toString("latin1"))]).toContain(holderOf(paths));
    }),
    { numRuns: 500 },
  );
});

test("a token file is a secret of its owner, or none", () => {
  let at = 0;
  fc.assert(
    fc.property(
      anyFile(fc.stringMatching(/^[0-9a-f]{30,34}$/)),
      fc.constantFrom(0o600, 0o640, 0o000),
      (bytes, mode) => {
        const path = join(directory, `token-${++at}`);
        writeFileSync(path, bytes, { mode });
        const secret = ownerToken(path)();
        if (secret === undefined) return;
        expect(mode & 0o077).toBe(0);
        expect(secret).toBe(bytes.toString("utf8").trim());
        expect(secret.length).toBeGreaterThanOrEqual(32);
      },
    ),
    { numRuns: 300 },
  );
});

test("a secret in a file is its text, or a problem that does not show it", () => {
  const source = systemSecrets(directory);
  fc.assert(
    fc.property(anyFile(fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => `${text}\r\n`)), (bytes) => {
      writeFileSync(join(directory, "secret"), bytes);
      try {
        const secret = resolveSecret({ file: "secret" }, source);
        expect(secret).not.toMatch(/\0|^$/);
        expect([secret, `${secret}\n`, `${secret}\r\n`]).toContain(bytes.toString("utf8"));
      } catch (error) {
        if (!(error instanceof SecretProblem)) throw error;
        expect(error.message).toMatch(/^The secret \{ file secret \} (is empty|holds a NUL byte|is not UTF-8 text)\.$/);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("whatever a result file says, it becomes a result that can be kept, and an end that the task can have", () => {
  const times = fc.constantFrom("2031-01-01T00:00:00Z", "+275760-09-13", "-271821-04-20", "0", "9e99", "tomorrow");
  const words = fc.oneof(
    fc.constantFrom("a\0b", "half \ud800", `${"x".repeat(499)}🚂`),
    fc.string({ unit: "binary" }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const said = fc.record(
    {
      outcome: fc.constantFrom("failed", "completed", "limited", "__proto__"),
      reason: words,
      summary: words,
      retryAt: fc.oneof(times, fc.jsonValue({ maxDepth: 1 })),
      waitsFor: fc.constantFrom("approval", "person", 7),
      question: words,
    },
    { requiredKeys: [] },
  );
  const deep = fc.integer({ min: 190, max: 1_900 }).map((levels) => "[".repeat(levels) + "]".repeat(levels));
  const nearly = fc.oneof(
    said.map((value) => JSON.stringify(value)),
    deep,
    fc.constantFrom('{"a":1e999}', '"\\ud800"', '"\\u0000"'),
  );
  fc.assert(
    fc.property(anyFile(nearly), fc.constantFrom(0, 1, 75, 77, 78, 143, undefined), (bytes, exit) => {
      writeFileSync(files.result, bytes);
      const result = readResult(files, { maxBytes: MAX_RESULT_BYTES, printed: () => "printed", mask: ["hunter2"] });
      expect(isShallow(result.value)).toBe(true);
      expect(() => JSON.parse(JSON.stringify(result))).not.toThrow();
      const ending = endingOf(null, judge({ exit, result: result.value }), NOW);
      const before = { attemptsSpent: 0, maxAttempts: 3, openChildren: 0, hadChildren: false, cancelRequested: false };
      const limits = someLimits();
      const rules = {
        onLost: "retry",
        stage: { ...stageOf(undefined, limits), nextGate: 0 },
        limits,
        now: NOW,
        random: 0.5,
      } as const;
      const after = afterRun(ending, { ...before, stage: 0, loops: 0, gate: 0 }, rules);
      expect(() => iso(after.parked?.until)).not.toThrow();
      expect((ending.reason ?? "").length).toBeLessThan(1_000);
      expect(ending.reason ?? "").toSatisfy((text: string) => text.isWellFormed() && !text.includes("\0"));
    }),
    { numRuns: 500 },
  );
});

/** In a process of its own: what hangs in a system call hangs for good. */
function inAnotherProcess(script: string): string {
  const source = join(import.meta.dirname, "../../src");
  const text = `const source = ${JSON.stringify(source)}; const home = ${JSON.stringify(directory)};${script}`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", text], {
    encoding: "utf8",
    timeout: 20_000,
  }).trim();
}

test.each([
  ["a pipe that nobody writes to", (path: string) => void execFileSync("mkfifo", [path])],
  ["a directory", (path: string) => void mkdirSync(path)],
  ["a device without an end", (path: string) => symlinkSync("/dev/zero", path)],
  ["a link to itself", (path: string) => symlinkSync(path, path)],
  [
    "a file of a terabyte",
    (path: string) => {
      writeFileSync(path, "");
      truncateSync(path, 2 ** 40);
    },
  ],
])("%s in the place of each of them is nobody's word, at once", (_, make) => {
  for (const name of ["daemon.json", "steward.pid", "token", "run-7", "secret"]) {
    rmSync(join(directory, name), { recursive: true, force: true });
    make(join(directory, name));
  }
  const said = inAnotherProcess(`
    const { readExit } = await import(source + "/run/process/exits.ts");
    const { holderIdentity, holderOf } = await import(source + "/daemon/presence.ts");
    const { homePaths } = await import(source + "/core/home.ts");
    const { ownerToken } = await import(source + "/access/owner-token.ts");
    const { resolveSecret, systemSecrets } = await import(source + "/config/secret.ts");
    const secret = () => { try { return resolveSecret({ file: "secret" }, systemSecrets(home)); } catch (e) { return e.name; } };
    const paths = homePaths(home);
    console.log(JSON.stringify([readExit(home, "run-7"), holderIdentity(paths), holderOf(paths), token(), secret()].map(String)));
    function token() { try { return ownerToken(home + "/token")(); } catch (e) { return e.code; } }
  `);
  expect(JSON.parse(said)).toEqual([
    "undefined",
    "undefined",
    "undefined",
    expect.stringMatching(/undefined|ELOOP/),
    "SecretProblem",
  ]);
});
