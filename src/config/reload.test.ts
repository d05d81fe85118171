import { rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Log, silentLog } from "../core/log.ts";
import { FRAGMENTS, settingsFile } from "./example.fixture.ts";
import { SettingsProblem } from "./problem.ts";
import { createSettings } from "./reload.ts";

function setUp(content: string, onChange?: (runs: number, before: number) => void) {
  const path = settingsFile(content);
  const logged: string[] = [];
  const keep = (message: string, facts?: object) => logged.push(`${message} ${JSON.stringify(facts)}`);
  const log: Log = { ...silentLog, info: keep, error: keep };
  const settings = createSettings({
    path,
    fragments: FRAGMENTS,
    log,
    onChange: (next, previous) => onChange?.(next.host.maxRuns, previous.host.maxRuns),
  });
  return { path, logged, settings };
}

test("a changed file is taken, and whoever listens is told what was before", () => {
  const told: [number, number][] = [];
  const { path, settings, logged } = setUp('{"host": {"maxRuns": 3}}', (...change) => told.push(change));
  writeFileSync(path, '{"host": {"maxRuns": 5}}');
  expect(settings.current().host.maxRuns).toBe(3);
  expect(settings.reload()).toEqual({ changed: true });
  expect(settings.current().host.maxRuns).toBe(5);
  expect(told).toEqual([[5, 3]]);
  expect(logged).toEqual(['settings reloaded {"sections":["host"]}']);
});

test("a file that means the same as before changes nothing and tells nobody", () => {
  const told: unknown[] = [];
  const { path, settings, logged } = setUp('{"host": {"maxRuns": 3}}', () => told.push(1));
  writeFileSync(path, '// the same\n{"host": {"maxRuns": 3, "standby": false}}');
  const before = settings.current();
  expect(settings.reload()).toEqual({ changed: false });
  expect(settings.current()).toBe(before);
  expect([told, logged]).toEqual([[], []]);
});

test.each([
  ["broken syntax", '{"host": {"maxRuns": 9}', /:1:24 a closing } is missing$/],
  [
    "one wrong value among good ones",
    '{"host": {"maxRuns": 9},\n"agents": {"a": 1}}',
    /:2:17 agents\.a: expected an object/,
  ],
  ["an empty file, as a full disk leaves it", "", /:1:1 the file is empty/],
  ["bytes that are no text", "\ufffe\0", /.*/],
])("with %s the last good configuration stays, whole", (_, broken, problem) => {
  const { path, settings, logged } = setUp('{"host": {"maxRuns": 3}}', () => expect.unreachable());
  const before = settings.current();
  writeFileSync(path, broken);
  const result = settings.reload();
  expect(settings.current()).toBe(before);
  expect(result).toEqual({ problems: settings.problems() });
  expect(settings.problems().length).toBeGreaterThan(0);
  expect(logged).toHaveLength(1);
  expect(JSON.parse(logged[0]?.replace(/^[^{]*/, "") ?? "").problems[0]).toMatch(problem);
});

test("the next good file is taken and the problems are gone, also when it is the old one", () => {
  const { path, settings } = setUp('{"host": {"maxRuns": 3}}');
  writeFileSync(path, "{");
  settings.reload();
  writeFileSync(path, '{"host": {"maxRuns": 3}}');
  expect(settings.reload()).toEqual({ changed: false });
  expect(settings.problems()).toEqual([]);
});

test("a file that was removed means the defaults again", () => {
  const { path, settings } = setUp('{"host": {"maxRuns": 3}}');
  expect(settings.source()).toBe("file");
  rmSync(path);
  expect(settings.reload()).toEqual({ changed: true });
  expect(settings.source()).toBe("defaults");
  expect(settings.current().host.maxRuns).toBe(2);
});

test("settings that cannot be applied are not in force, and the next reload tries them again", () => {
  let refusing = true;
  const { path, settings } = setUp('{"host": {"maxRuns": 3}}', () => {
    if (refusing) throw new Error("the store is away");
  });
  writeFileSync(path, '{"host": {"maxRuns": 5}}');
  expect(settings.reload()).toMatchObject({
    problems: [{ file: path, message: "could not be applied: the store is away" }],
  });
  expect(settings.current().host.maxRuns).toBe(3);
  refusing = false;
  expect(settings.reload()).toEqual({ changed: true });
  expect(settings.current().host.maxRuns).toBe(5);
});

test("a file that is broken to begin with is an error that tells all its problems", () => {
  const start = () => setUp('{"hots": 1,\n"limts": 2}');
  expect(start).toThrow(SettingsProblem);
  expect(start).toThrow(
    /:1:2 hots: unknown key; did you mean "host"\?\n.*:2:1 limts: unknown key; did you mean "limits"\?$/,
  );
});
