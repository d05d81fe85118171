/** The disk of the home is full: what is there stays, new work is refused, what runs runs on, and with room again all goes on by itself. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readDaemonFacts, writeDaemonFacts } from "../../src/fleet/daemon-file.ts";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, neverWithin } from "../lifecycle/eventually.ts";
import { done, inState, look, says, settled, submit } from "../lifecycle/tasks.ts";
import { tell } from "./figures.ts";
import { type SmallDisk, smallDisk } from "./small-disk.ts";
import { expectSound } from "./soundness.ts";

const NO_MOUNT = "no file system of a fixed size can be mounted here (that takes root)";
/** Launching is bounded by what the test fills, not by the floor of free disk, which a small disk is always below. */
const settings = shellAgent({ limits: { freeDiskBytes: 0 } });

/** Submits until it is refused: a log that was begun anew takes some more. */
async function untilRefused(daemon: DaemonProcess, acknowledged: string[]): Promise<{ code?: string }> {
  for (;;) {
    const answer = await submit(daemon, `: ${"x".repeat(100_000)}`, { notBefore: "2999-01-01T00:00:00Z" }).then(
      (taskId) => void acknowledged.push(taskId),
      (error: { code?: string }) => error,
    );
    if (answer) return answer;
  }
}

/** An agent that says ready and lives until a file outside of the full disk tells it to end. */
async function patient(daemon: DaemonProcess, go: string, last = "echo over"): Promise<string> {
  const taskId = await submit(daemon, `echo ready; until [ -e ${go} ]; do sleep 0.02; done; ${last}`);
  await says(daemon, taskId, "ready");
  return taskId;
}

async function problemsOf(daemon: DaemonProcess): Promise<string[]> {
  return (await daemon.call<{ problems: string[] }>("daemon.status")).problems;
}

test("a full disk refuses new tasks, tells so, ends no agent, and records their ends by itself when there is room", async ({
  skip,
}) => {
  const disk = smallDisk();
  if (!disk) return skip(NO_MOUNT);
  const outside = outsideOf(disk);
  await using home = aHome(settings, { within: disk.path });
  const daemon = await home.start();
  const acknowledged = [await patient(daemon, outside.go), await patient(daemon, join(disk.path, "never"))];
  const [ends = "", lives = ""] = acknowledged;
  disk.fill();
  expect(await untilRefused(daemon, acknowledged)).toMatchObject({ code: "unavailable" });
  expect((await problemsOf(daemon)).join()).toContain("no room left on its disk");
  outside.tellThemToGo();
  // Its wrapper has come to write down how it ended, and cannot.
  await eventually("one agent has ended", () => existsSync(join(home.paths.exits, "run-1")));
  expect(await inState(daemon, ends, "running")).toMatchObject({ runs: [{ state: "running" }] });
  expect(await inState(daemon, lives, "running")).toMatchObject({ runs: [{ state: "running" }] });

  disk.free();
  const freed = performance.now();
  expect(await settled(daemon, ends)).toMatchObject({ state: "completed", runs: [{ outcome: "completed" }] });
  tell("a full disk", { recoveredMs: performance.now() - freed });
  expect(await done(daemon, "echo again")).toMatchObject({ state: "completed" });
  await daemon.call("task.cancel", { taskId: lives });
  expect(await settled(daemon, lives)).toMatchObject({ state: "cancelled" });
  await expectSound(home, daemon, { acknowledged });
});

test("log lines that find no room are counted, and told of in the log when there is room", async ({ skip }) => {
  const disk = smallDisk();
  if (!disk) return skip(NO_MOUNT);
  await using home = aHome(settings, { within: disk.path });
  const daemon = await home.start();
  home.settings('{ "broken": ');
  disk.fill();
  // Each writes a line: more than the last page of the file still takes.
  for (let line = 0; line < 40; line += 1) await daemon.call("daemon.reload");
  disk.free();
  home.settings(settings);
  expect(await daemon.call("daemon.reload")).toMatchObject({ problems: [] });
  await done(daemon, "echo on");
  const lines = readFileSync(home.paths.log, "utf8").trim().split("\n");
  const told = lines.map((line) => JSON.parse(line) as { msg: string; lines?: number; reason?: string });
  const lost = told.filter(({ msg }) => msg === "log lines were lost");
  expect(lost).toMatchObject([{ reason: "ENOSPC" }]);
  const kept = told.filter(({ msg }) => msg.startsWith("settings not reloaded")).length;
  expect(kept + (lost[0]?.lines ?? 0)).toBe(40);
  await expectSound(home, daemon);
});

test("an agent that prints onto a full disk is not ended for it, and what it prints afterwards is kept", async ({
  skip,
}) => {
  const disk = smallDisk();
  if (!disk) return skip(NO_MOUNT);
  const outside = outsideOf(disk);
  await using home = aHome(settings, { within: disk.path });
  const daemon = await home.start();
  const line = "x".repeat(10_000);
  const prompt = `echo ready; until [ -e ${outside.go} ]; do echo ${line} 2>/dev/null; sleep 0.01; done; echo; echo over`;
  const taskId = await submit(daemon, prompt);
  await says(daemon, taskId, "ready");
  disk.fill();
  await neverWithin(500, "it has ended", async () => (await look(daemon, taskId)).state !== "running");
  disk.free();
  outside.tellThemToGo();
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "completed", runs: [{ exitCode: 0 }] });
  expect(String(task.result?.value)).toMatch(/over\n$/);
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

test("a daemon does not start on a full disk and says why; with room the next one takes over what ran meanwhile", async ({
  skip,
}) => {
  const disk = smallDisk();
  if (!disk) return skip(NO_MOUNT);
  const outside = outsideOf(disk);
  await using home = aHome(settings, { within: disk.path });
  const first = await home.start();
  const acknowledged = [await patient(first, outside.go)];
  disk.fill();
  await untilRefused(first, acknowledged);
  await first.kill("SIGKILL");
  const second = await home.launch();
  expect(await second.ended).toMatchObject({ code: 8 });
  expect(second.complaints()).toMatch(/no (space|room) left/);
  expect(second.complaints()).toContain("hint:");

  outside.tellThemToGo();
  disk.free();
  const third = await home.start();
  expect(await settled(third, "task-1")).toMatchObject({ state: "completed", runs: [{ outcome: "completed" }] });
  await expectSound(home, third, { acknowledged });
});

test("what a daemon says of itself is whole or as it was before, and never empty", ({ skip }) => {
  const disk = smallDisk(1_000_000);
  if (!disk) return skip(NO_MOUNT);
  const file = join(disk.path, "daemon.json");
  const facts = {
    pid: 17,
    startTicks: 1,
    bootId: "boot",
    version: "1",
    startedAt: "",
    addresses: [],
    heartbeatAt: "first",
    counts: {},
  };
  writeDaemonFacts(file, facts);
  disk.fill();
  expect(() => writeDaemonFacts(file, { ...facts, heartbeatAt: "second" })).toThrow(/ENOSPC/);
  expect(readDaemonFacts(file)).toEqual(facts);
  disk.free();
  writeDaemonFacts(file, { ...facts, heartbeatAt: "third" });
  expect(readDaemonFacts(file)).toMatchObject({ heartbeatAt: "third" });
  expect(readdirSync(disk.path)).toEqual(["daemon.json"]);
});

/** A file outside of the full disk for which agents wait. */
function outsideOf(disk: SmallDisk): { readonly go: string; tellThemToGo(): void } {
  const go = `${disk.path}-go`;
  onTestFinished(() => rmSync(go, { force: true }));
  return { go, tellThemToGo: () => writeFileSync(go, "") };
}
