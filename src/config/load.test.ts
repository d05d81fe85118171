import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { composeSchema } from "./compose.ts";
import { FRAGMENTS, problemsWith, settingsFile } from "./example.fixture.ts";
import { fragment } from "./fragment.ts";
import { MAX_DEPTH } from "./jsonc.ts";
import { MAX_PROBLEMS } from "./judge.ts";
import { readSettings } from "./load.ts";
import { formatProblem } from "./problem.ts";
import { MAX_SETTINGS_BYTES } from "./settings-text.ts";

function read(content: string | Uint8Array) {
  const loaded = readSettings(settingsFile(content), FRAGMENTS);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join("\n"));
  return loaded;
}

test("a file that does not exist means the defaults", () => {
  const path = settingsFile("");
  rmSync(path);
  const loaded = readSettings(path, FRAGMENTS);
  expect(loaded).toMatchObject({ ok: true, source: "defaults", settings: { host: { maxRuns: 2 }, agents: {} } });
  expect(loaded).toMatchObject({ digest: read("{}").digest });
});

test("a file may have comments, trailing commas, a byte order mark and a $schema, and is whole afterwards", () => {
  const { settings, source } = read(`\ufeff// mine
    { "$schema": "./schema.json", /* few */ "host": { "maxRuns": 4, },
      "agents": { "shell": { "runtime": "command", "command": ["sh", "-c", "{prompt}"], "env": { "K": { "env": "KEY" } } }, }, }`);
  expect(source).toBe("file");
  expect(settings.host).toEqual({ maxRuns: 4, standby: false });
  expect(settings.agents).toEqual({
    shell: { runtime: "command", command: ["sh", "-c", "{prompt}"], env: { K: { env: "KEY" } } },
  });
  expect(settings).not.toHaveProperty("$schema");
});

test("files that mean the same have the same digest", () => {
  const one = read('{ "host": { "maxRuns": 3, "standby": true } }').digest;
  expect(read('{ /* turned */ "host": { "standby": true, "maxRuns": 3 }, "agents": {} }').digest).toBe(one);
  expect(read('{ "host": { "maxRuns": 4, "standby": true } }').digest).not.toBe(one);
  const agents = (...names: string[]) =>
    JSON.stringify({ agents: Object.fromEntries(names.map((name) => [name, { runtime: "codex", model: "m" }])) });
  expect(read(agents("b", "a")).digest).toBe(read(agents("a", "b")).digest);
});

test.each<[string, string, string[]]>([
  ["an unknown key at the top", '{\n  "hots": {}\n}', ['2:3 hots: unknown key; did you mean "host"?']],
  [
    "an unknown key deep inside",
    '{"agents": {"shell":\n {"runtime": "command", "comand": ["x"]}}}',
    ['2:25 agents.shell.comand: unknown key; did you mean "command"?'],
  ],
  [
    "an unknown key where the schema is not strict",
    '{"host": {"maxruns": 1}}',
    ['1:11 host.maxruns: unknown key; did you mean "maxRuns"?'],
  ],
  ["a key that is like nothing", '{"zzzzzzzz": 1}', ["1:2 zzzzzzzz: unknown key"]],
  [
    "a key of another variant",
    '{"agents": {"a": {"runtime": "codex", "model": "m", "command": []}}}',
    ["1:53 agents.a.command: unknown key"],
  ],
  ["a key twice", '{"host": {"maxRuns": 1,\n "maxRuns": 2}}', ["2:2 host.maxRuns: this name is written twice"]],
  ["a string for a number", '{"host": {"maxRuns": "four"}}', ["1:22 host.maxRuns: expected a number, found a string"]],
  ["a fraction", '{"host": {"maxRuns": 1.5}}', ["1:22 host.maxRuns: expected a whole number, found a fraction"]],
  ["null", '{"host": {"maxRuns": null}}', ["1:22 host.maxRuns: expected a number, found null"]],
  [
    "a number that is too large to hold",
    '{"host": {"maxRuns": 1e999}}',
    ["1:22 host.maxRuns: expected a number, found a number that is too large"],
  ],
  ["an array for an object", '{"host": []}', ["1:10 host: expected an object, found an array"]],
  ["text for yes or no", '{"host": {"standby": "no"}}', ["1:22 host.standby: expected true or false, found a string"]],
  ["too small", '{"host": {"maxRuns": 0}}', ["1:22 host.maxRuns: must be at least 1"]],
  ["too large", '{"host": {"maxRuns": 65}}', ["1:22 host.maxRuns: must be at most 64"]],
  [
    "an item of the wrong kind",
    '{"agents": {"a": {"runtime": "command", "command": ["x", 1]}}}',
    ["1:58 agents.a.command[1]: expected a string, found a number"],
  ],
  [
    "an empty list",
    '{"agents": {"a": {"runtime": "command", "command": []}}}',
    ["1:52 agents.a.command: must hold at least 1 item"],
  ],
  [
    "something missing",
    '{"agents":\n{"a": {"runtime": "command"}}}',
    ["2:7 agents.a.command: missing; expected an array"],
  ],
  [
    "a variant that does not exist",
    '{"agents": {"a": {"runtime": "comand"}}}',
    ['1:30 agents.a.runtime: expected "command", "claude" or "codex", found a string; did you mean "command"?'],
  ],
  [
    "no variant at all",
    '{"agents": {"a": {}}}',
    ['1:18 agents.a.runtime: missing; expected "command", "claude" or "codex"'],
  ],
  ["none of two kinds", '{"host": {"labels": 7}}', ["1:21 host.labels: expected a string or an array, found a number"]],
  [
    "the right kind of two, filled wrongly",
    '{"host": {"labels": ["a", 7]}}',
    ["1:27 host.labels[1]: expected a string, found a number"],
  ],
  [
    "a name that is not allowed",
    '{"agents": {"A": {"runtime": "codex", "model": "m"}}}',
    ["1:13 agents.A: must start with a small letter"],
  ],
  [
    "names with dots and control characters",
    '{"a.b": 1, "\\u001b[31m": 2}',
    ['1:2 ["a.b"]: unknown key', '1:12 ["\\u001b[31m"]: unknown key'],
  ],
  [
    "limits that contradict each other",
    '{"limits": {\n "pageItems": 9, "pageMaxItems": 8}}',
    ["2:15 limits.pageItems: must not be above limits.pageMaxItems"],
  ],
  [
    "a reference that is misspelt",
    '{"agents": {"a": {"runtime": "command", "command": ["x"], "env": {"K": {"evn": "N"}}}}}',
    [
      '1:72 agents.a.env.K: expected a string, { "env": "NAME" } or { "file": "PATH" }, found an object',
      '1:73 agents.a.env.K.evn: unknown key; did you mean "env"?',
    ],
  ],
  ["no object", "[]", ["1:1 expected an object, found an array"]],
  ["nothing", " \n", ["2:1 the file is empty; write {} for the defaults"]],
  ["only a comment", "// later\n", ["2:1 expected a value"]],
  [
    "single quotes",
    "{'host': 1}",
    [
      '1:2 this is no value that JSON knows; write texts and names in "double quotes"',
      '1:8 expected a name in "double quotes"',
      "1:11 expected a value",
    ],
  ],
  [
    "a missing comma, and what is wrong elsewhere",
    '{"host": {"maxRuns": 0}\n "agent": {}}',
    [
      "1:22 host.maxRuns: must be at least 1",
      "2:2 a comma is missing before this",
      '2:2 agent: unknown key; did you mean "agents"?',
    ],
  ],
  [
    "a missing brace, beyond which nothing is judged",
    '{"hots": 1,\n "host": {"maxRuns": 0',
    [
      '1:2 hots: unknown key; did you mean "host"?',
      "2:22 host.maxRuns: must be at least 1",
      "2:23 a closing } is missing",
    ],
  ],
  [
    "a value that is none, beyond which nothing is judged",
    '{"hots": 1, "host": tru, "agent": 1}',
    ['1:2 hots: unknown key; did you mean "host"?', "1:21 this is no value that JSON knows", "1:24 expected a value"],
  ],
  ["text that is not closed", '{"host": {"labels": "abc\n}}', ["1:21 this text is not closed on its line"]],
  ["something after the end", "{}\r\n{}", ["2:1 nothing may follow the closing }"]],
  ["lines that end in CR", '{\r"hots": 1}', ['2:1 hots: unknown key; did you mean "host"?']],
])("%s is told with its place", (_, content, problems) => {
  expect(problemsWith(content)).toEqual(problems);
});

test("all problems of a file are told at once, from top to bottom", () => {
  const problems = problemsWith(`{
  "host": { "maxRuns": "4", "stanby": true },
  "agents": { "a": { "runtime": "command", "command": [] }, "b": 3 },
  "limts": {}
}`);
  expect(problems).toEqual([
    "2:24 host.maxRuns: expected a number, found a string",
    '2:29 host.stanby: unknown key; did you mean "standby"?',
    "3:55 agents.a.command: must hold at least 1 item",
    "3:66 agents.b: expected an object, found a number",
    '4:3 limts: unknown key; did you mean "limits"?',
  ]);
});

test.each([
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
])("the name %s is refused everywhere and changes nothing", (name) => {
  const content = `{"${name}": {"maxRuns": 9}, "agents": {"${name}": {"runtime": "codex", "model": "m"}}, "host": {"${name}": {"polluted": 1}}}`;
  const problems = problemsWith(content);
  expect(problems).toHaveLength(3);
  for (const problem of problems) expect(problem).toContain(`${name}: this name is reserved`);
  expect({}).not.toHaveProperty("polluted");
  expect({}).not.toHaveProperty("maxRuns");
});

test("a wrong value is never repeated: it may be a secret", () => {
  const secret = "sk-very-secret";
  const problems =
    problemsWith(`{"host": {"maxRuns": "${secret}", "standby": "${secret}", "labels": {"a": "${secret}"}},
    "agents": {"a": {"runtime": "${secret}"}, "b": "${secret}", "c": {"runtime": "command", "command": "${secret}", "env": {"K": ["${secret}"]}}},
    "limits": "${secret}", "$schema": ["${secret}"]}`);
  expect(problems).toHaveLength(9);
  expect(problems.join("\n")).not.toContain("secret");
});

test("a file that is a directory, a pipe, a dangling link, too large or not to be reached is a problem of the whole file", () => {
  const path = settingsFile("");
  const whole = () => {
    const loaded = readSettings(path, FRAGMENTS);
    return loaded.ok ? "" : loaded.problems.map(formatProblem).join("\n");
  };
  rmSync(path);
  mkdirSync(path);
  expect(whole()).toBe(`${path}: is a directory`);
  rmSync(path, { recursive: true });
  execFileSync("mkfifo", [path]);
  expect(whole()).toBe(`${path}: is not a regular file`);
  rmSync(path);
  symlinkSync(`${path}.gone`, path);
  expect(whole()).toBe(`${path}: is a link to a file that does not exist`);
  rmSync(path);
  writeFileSync(path, `{}${" ".repeat(MAX_SETTINGS_BYTES)}`);
  expect(whole()).toBe(`${path}: is larger than ${MAX_SETTINGS_BYTES} bytes`);
  rmSync(dirname(path), { recursive: true });
  writeFileSync(dirname(path), "");
  expect(whole()).toBe(`${path}: cannot be read (ENOTDIR)`);
});

test.each<[string, Uint8Array, string]>([
  ["in the middle", Buffer.concat([Buffer.from('{\n "ü": "'), Buffer.of(0xff), Buffer.from('"}')]), "2:8"],
  ["as the first byte", Buffer.from("\ufeff{}", "utf16le"), "1:1"],
  ["as a character cut off at the end", Buffer.from("{}ü").subarray(0, 3), "1:3"],
])("a byte that is not UTF-8 %s is told with its place", (_, bytes, place) => {
  expect(problemsWith(bytes)).toEqual([`${place} this byte is not UTF-8; save the file as UTF-8`]);
});

test("a file may be as large and as deep as the limits say, and no deeper", () => {
  expect(problemsWith(`{}${" ".repeat(MAX_SETTINGS_BYTES - 2)}`)).toEqual([]);
  expect(problemsWith("[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH))).toEqual([
    "1:1 expected an object, found an array",
  ]);
  expect(problemsWith("[".repeat(MAX_DEPTH + 1))).toEqual([
    `1:${MAX_DEPTH + 1} nested deeper than ${MAX_DEPTH} levels`,
  ]);
});

test("a file with endless problems tells the first ones, and that there are more", () => {
  const problems = problemsWith(`{${Array.from({ length: 50_000 }, (_, n) => `"k${n}":1`).join(",")}}`);
  expect(problems).toHaveLength(MAX_PROBLEMS + 1);
  expect(problems[0]).toBe("1:2 k0: unknown key");
  expect(problems.at(-1)).toBe(`more than ${MAX_PROBLEMS} problems`);
});

test("two rooms cannot claim one key", () => {
  const twice = [fragment("host", z.string()), fragment("host", z.string())];
  expect(() => composeSchema(twice)).toThrow('Two fragments claim the settings key "host".');
});
