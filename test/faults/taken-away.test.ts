import { existsSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { done, settled, submit } from "../lifecycle/tasks.ts";

test("an agent that puts a directory where its launch file was keeps neither its end nor a restart from happening", async () => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  const done = await submit(first, 'mkdir -p "$(dirname "$STEWARD_RESULT")/launch"; echo done');
  expect(await settled(first, done)).toMatchObject({ state: "completed" });
  // It goes as soon as it was read, which is a moment after the agent began.
  const make = 'until mkdir "$(dirname "$STEWARD_RESULT")/launch"; do sleep 0.01; done';
  const living = await submit(first, `${make}; echo up; sleep 600`);
  await eventually("it has made the directory", () => existsSync(`${home.path}/runs/run-2/launch/.`));
  await first.kill("SIGKILL");
  const next = await home.start();
  await next.call("task.cancel", { taskId: living });
  expect(await settled(next, living)).toMatchObject({ state: "cancelled" });
});

test("work that ends while the directory of exits is missing is done, and not done again", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const taskId = await submit(daemon, "echo up; sleep 0.5");
  rmSync(`${home.path}/exits`, { recursive: true });
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "completed", runs: [{ outcome: "completed", exitCode: 0 }] });
  expect(task.runs).toHaveLength(1);
});

test("status answers though the directory of runs was taken away", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  rmSync(`${home.path}/runs`, { recursive: true });
  expect(await daemon.call("daemon.status")).toMatchObject({ state: "active" });
  expect(await settled(daemon, await submit(daemon, "echo on"))).toMatchObject({ state: "completed" });
});

test("one client that asks for far more than it may be given costs the others nothing", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const taskId = await submit(daemon, `: ${"x".repeat(900_000)}`);
  const greedy = daemon.client();
  const asked = Array.from({ length: 200 }, () => greedy.call("task.get", { taskId }).catch(() => undefined));
  expect(await daemon.call("ping")).toMatchObject({ pong: true });
  expect((await Promise.all(asked)).filter((answer) => answer !== undefined)).toHaveLength(200);
  expect(await daemon.call("ping")).toMatchObject({ pong: true });
});

test.each([
  ["a directory", "mkdir"],
  ["a pipe", "mkfifo"],
  ["a link into nowhere", "ln -s /nowhere/at/all"],
])(
  "an agent that puts %s where its exit is to stand ends with its own exit status, at once",
  async (_, put) => {
    await using home = aHome(shellAgent());
    const daemon = await home.start();
    const task = await done(daemon, `${put} "${home.path}/exits/$STEWARD_RUN_ID"; exit 7`);
    expect(task).toMatchObject({ state: "failed", runs: [{ outcome: "failed", exitCode: 7 }] });
  },
  15_000,
);

test("an exit that cannot be written at all is known from the wrapper, while its daemon lives", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  // Put there again and again: the wrapper clears it away once.
  const again = `while :; do mkdir "${home.path}/exits/$STEWARD_RUN_ID" 2>/dev/null; done`;
  const task = await done(daemon, `(${again}) & (${again}) & sleep 0.3; exit 7`);
  expect(task).toMatchObject({ state: "failed", runs: [{ outcome: "failed", exitCode: 7 }] });
}, 15_000);

test("an agent that stops its wrapper does not stay running for ever", async () => {
  await using home = aHome(shellAgent({ host: { custody: "scan" } }));
  const daemon = await home.start();
  const task = await done(daemon, "kill -STOP $PPID; exit 7");
  expect(task).toMatchObject({ runs: [{ exitCode: 7 }] });
}, 15_000);
