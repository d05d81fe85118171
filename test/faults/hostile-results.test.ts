/** What agents leave at $STEWARD_RESULT instead of a small JSON file: none of it costs the daemon, or shows what is not the agent's. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { done } from "../lifecycle/tasks.ts";

let home: Home;
let daemon: DaemonProcess;

beforeAll(async () => {
  home = aHome(shellAgent());
  daemon = await home.start();
});

afterAll(() => home[Symbol.asyncDispose]());

test("JSON is taken as it is", async () => {
  const task = await done(daemon, `echo '{"a":[1,"zwei"]}' >"$STEWARD_RESULT"; echo printed`);
  expect(task).toMatchObject({ state: "completed", result: { from: "file", value: { a: [1, "zwei"] } } });
});

test.each([
  ["2 MB of it", `head -c 2000000 /dev/zero | tr '\\0' 1 >"$STEWARD_RESULT"`, /larger than/],
  ["what is not JSON", `echo '{"a":' >"$STEWARD_RESULT"`, /not JSON/],
  ["a directory", `mkdir "$STEWARD_RESULT"`, undefined],
  ["a pipe", `mkfifo "$STEWARD_RESULT"`, undefined],
  ["a link to nowhere", `ln -s /nowhere/at/all "$STEWARD_RESULT"`, undefined],
  ["a link to an endless file", `ln -s /dev/zero "$STEWARD_RESULT"`, undefined],
  ["an empty file", `: >"$STEWARD_RESULT"`, undefined],
])("with %s, what was printed is the result", async (_, command, problem) => {
  const task = await done(daemon, `${command}; echo printed`);
  expect(task).toMatchObject({ state: "completed", result: { from: "stdout", value: "printed\n" } });
  if (problem) expect(task.result?.problem).toMatch(problem);
});

test("a link to a file of the owner's is not followed", async () => {
  const secret = join(home.ledger, "credentials.json");
  writeFileSync(secret, '{"key":"not for you"}');
  const task = await done(daemon, `ln -s ${secret} "$STEWARD_RESULT"; echo printed`);
  expect(task).toMatchObject({ state: "completed", result: { from: "stdout", value: "printed\n" } });
});

test("an agent that exits 0 and says that it failed has failed", async () => {
  const task = await done(daemon, `echo '{"outcome":"failed","reason":"no key"}' >"$STEWARD_RESULT"`);
  expect(task).toMatchObject({ state: "failed", runs: [{ outcome: "failed", reason: "the agent says: no key" }] });
});

test.each([
  "[]",
  "null",
  "1",
  '"text"',
  '{"outcome":17}',
  '{"outcome":null,"reason":{}}',
])("a result of any other shape (%s) is kept and means nothing more", async (json) => {
  const task = await done(daemon, `printf '%s' '${json}' >"$STEWARD_RESULT"`);
  expect(task).toMatchObject({ state: "completed", result: { from: "file", value: JSON.parse(json) } });
});

test("a result that is nested without end is not JSON to anybody", async () => {
  const task = await done(daemon, `head -c 500000 /dev/zero | tr '\\0' '[' >"$STEWARD_RESULT"; echo printed`);
  expect(task).toMatchObject({ state: "completed", result: { from: "stdout", value: "printed\n" } });
});

test.each([
  3_000, 200_000,
])("a result that is JSON and %i levels deep ends its run, and stays readable", async (levels) => {
  const brackets = (bracket: string) => `head -c ${levels} /dev/zero | tr '\\0' '${bracket}'`;
  const task = await done(daemon, `{ ${brackets("[")}; ${brackets("]")}; } >"$STEWARD_RESULT"; echo printed`);
  expect(task).toMatchObject({ state: "completed", result: { from: "stdout", value: "printed\n" } });
}, 15_000);

test("data of a task that is nested as deeply is refused, not a bug", async () => {
  const levels = 3_000;
  const data = JSON.parse("[".repeat(levels) + "]".repeat(levels)) as unknown;
  await expect(daemon.call("task.submit", { prompt: "echo", data })).rejects.toMatchObject({ code: "invalid_input" });
});
