/** A daemon that begins again by itself: the same process, the same agents, and readers that go on where they stood. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { STEWARD } from "./programs.ts";
import { inState, lastRun, says, settled, submit } from "./tasks.ts";

/** What `steward …` prints until it ends. */
function follower(home: Home, ...args: readonly string[]) {
  const child = spawn(STEWARD, ["--home", home.path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  return { text: () => text, ended: once(child, "close") };
}

/** The daemon as it is now, asked on a new connection. */
const status = async (daemon: DaemonProcess) => {
  const client = daemon.client();
  return await client.call<{ state: string }>("daemon.status").finally(() => client.close());
};

/** Until it has said that it is ready for the `time`th time. */
async function ready(home: Home, time: number): Promise<void> {
  await eventually(
    "it has begun again",
    () => readFileSync(home.paths.log, "utf8").split("daemon ready").length > time,
  );
}

test("it restarts when it is asked to, as the same process, and its agents do not notice", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const go = join(home.ledger, "go");
  const taskId = await submit(daemon, `echo one; until [ -e ${go} ]; do sleep 0.02; done; echo two`);
  await says(daemon, taskId, "one");
  const { runId, pid } = lastRun(await inState(daemon, taskId, "running"));
  const output = follower(home, "run", "output", runId, "-f");
  const events = follower(home, "event", "watch", "--task-id", taskId, "--after", "0", "--json");
  await eventually("both follow", () => output.text() === "one\n" && events.text().includes("run.started"));

  expect(await daemon.call("daemon.restart")).toEqual({
    restarting: true,
    pid: daemon.process.pid,
    wasActive: true,
    standby: false,
  });
  await ready(home, 2);
  const anew = daemon.client();
  onTestFinished(() => anew.close());
  expect(lastRun(await inState(anew, taskId, "running"))).toMatchObject({ runId, pid });

  writeFileSync(go, "");
  await settled(anew, taskId);
  await output.ended;
  expect(output.text()).toBe("one\ntwo\n");
  await eventually("the end is told", () => events.text().includes("task.completed"));
  const numbers = events
    .text()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test("one in standby comes back in standby; one that was activated comes back active; who asks may say which", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  expect(await daemon.call("daemon.restart")).toMatchObject({ wasActive: false, standby: true });
  await ready(home, 2);
  expect(await status(daemon)).toMatchObject({ state: "standby" });
  const client = daemon.client();
  onTestFinished(() => client.close());
  await client.call("daemon.activate");
  expect(await client.call("daemon.restart")).toMatchObject({ wasActive: true, standby: false });
  await ready(home, 3);
  expect(await status(daemon)).toMatchObject({ state: "active" });
  expect(await daemon.client().call("daemon.restart", { standby: true })).toMatchObject({ standby: true });
  await ready(home, 4);
  expect(await status(daemon)).toMatchObject({ state: "standby" });
});

test("with settings that would keep it from starting it does not stop, and says why", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  home.settings('{ "agents": 5 }');
  await expect(daemon.call("daemon.restart")).rejects.toMatchObject({ code: "conflict", message: /agents/ });
  expect(await daemon.call("ping")).toMatchObject({ pong: true });
});
