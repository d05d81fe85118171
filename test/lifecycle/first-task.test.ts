/** Somebody's first task: `steward run` where nothing runs yet, and the way back to a task that was left. */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { steward } from "./command-line.ts";
import { aHome, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { STEWARD, STEWARD_ENV } from "./programs.ts";

test("run starts the daemon that is not there, and the exit code is the task's", async () => {
  await using home = aHome(shellAgent());
  const first = await steward(home, "run", "echo one; exit 3");
  expect(first).toMatchObject({ code: 1, out: "one\n" });
  expect(first.err).toMatch(/^Steward is running \(pid \d+\)\.\n/);
  expect(first.err).toMatch(/task-1 failed \(exit 3\) after \d/);
  expect(await steward(home, "run", "echo two")).toMatchObject({
    code: 0,
    out: "two\n",
    err: expect.stringMatching(/^task-2 completed after \d+ (ms|s)\.\n$/),
  });
});

test("Ctrl-C leaves a task to itself; attach shows it from its beginning, or from now on, to its end", async () => {
  await using home = aHome(shellAgent());
  await home.start();
  const work = `echo early; touch ${home.ledger}/here; until [ -e ${home.ledger}/go ]; do sleep 0.02; done; echo late`;
  const child = spawn(STEWARD, ["--home", home.path, "run", work], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", ...STEWARD_ENV },
  });
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGINT");
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(130);
  expect(err).toBe("\ntask-1 goes on. `steward attach task-1` shows it again, `steward task cancel task-1` ends it.\n");
  const whole = steward(home, "attach", "task-1");
  const tail = steward(home, "attach", "task-1", "--tail");
  await eventually("the agent works", () => existsSync(`${home.ledger}/here`));
  const { runs } = JSON.parse((await steward(home, "task", "get", "task-1", "--json")).out);
  expect(runs).toHaveLength(1);
  writeFileSync(`${home.ledger}/go`, "");
  expect(await whole).toMatchObject({
    code: 0,
    out: "early\nlate\n",
    err: expect.stringContaining("task-1 completed"),
  });
  // Whether it came before the last word is a race; what it never shows is the beginning.
  const { code, out } = await tail;
  expect({ code, early: out.includes("early") }).toEqual({ code: 0, early: false });
});
