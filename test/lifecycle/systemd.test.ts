/** What systemd is told, heard by a socket that stands in for it; and the unit in the examples, judged by systemd's own program. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratch } from "../scratch.ts";
import { aHome, shellAgent } from "./daemon.ts";
import { eventually, neverWithin } from "./eventually.ts";

const RECEIVER = join(import.meta.dirname, "../fixtures/programs/notify-receiver.py");
const UNIT = join(import.meta.dirname, "../../examples/systemd/steward.service");
const aDirectory = scratch("systemd");

const canReceive = spawnSync("python3", ["-c", "import socket; socket.recv_fds"]).status === 0;
const canNotify = spawnSync("systemd-notify", ["--version"]).status === 0;
const canVerify = spawnSync("systemd-analyze", ["--version"]).status === 0;

async function aReceiver(): Promise<{ socket: string; heard: () => string[] }> {
  const socket = join(aDirectory(), "notify");
  const child: ChildProcess = spawn("python3", [RECEIVER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  await eventually("the receiver is there", () => text.includes("READY-TO-RECEIVE"));
  return {
    socket,
    heard: () =>
      text
        .split("\n")
        .slice(1)
        .filter((line) => line !== "" && line !== "BARRIER=1"),
  };
}

test.skipIf(!canReceive || !canNotify)(
  "systemd hears that it is ready, well again and again, reloading, and stopping (needs systemd-notify and python3)",
  async () => {
    await using home = aHome(shellAgent());
    const { socket, heard } = await aReceiver();
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "1000000" };
    const daemon = await home.start({ env });
    expect(heard()[0]).toMatch(/^READY=1 STATUS=active/);
    const pings = () => heard().filter((line) => line.startsWith("WATCHDOG=1 STATUS=active, 0 runs"));
    await eventually("it is well again and again", () => pings().length >= 3);
    await daemon.kill("SIGHUP");
    await eventually("it is reloading", () => heard().includes("RELOADING=1"));
    await eventually(
      "it is ready again",
      () => heard().lastIndexOf("READY=1 STATUS=active, 0 runs") > heard().indexOf("RELOADING=1"),
    );
    await daemon.kill("SIGTERM");
    expect(await daemon.ended).toMatchObject({ code: 0 });
    await eventually("it is stopping", () => heard().includes("STOPPING=1 STATUS=stopping"));
  },
);

test.skipIf(!canReceive || !canNotify)(
  "systemd does not hear that it is well while its home is not its own (needs systemd-notify and python3)",
  async () => {
    await using home = aHome(shellAgent());
    const { socket, heard } = await aReceiver();
    const daemon = await home.start({ env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "1000000" } });
    await eventually("it is well", () => heard().some((line) => line.startsWith("WATCHDOG=1")));
    const client = daemon.client();
    await client.call("ping");
    renameSync(home.path, `${home.path}-away`);
    try {
      await eventually("it knows", async () => {
        const { problems } = await client.call<{ problems: string[] }>("daemon.status");
        return problems.some((problem) => problem.includes("was taken away"));
      });
      // One word may have been on its way.
      const before = heard().length + 1;
      await neverWithin(1_500, "it is called well", () => heard().length > before);
      expect(daemon.process.exitCode).toBeNull();
    } finally {
      renameSync(`${home.path}-away`, home.path);
    }
    const silent = heard().length;
    await eventually("it is well again", () => heard().length > silent);
  },
);

test("where systemd-notify is missing the daemon runs all the same, and says so once", async () => {
  await using home = aHome(shellAgent({ host: { custody: "scan" } }));
  const bin = aDirectory();
  for (const program of ["setsid", "env"]) {
    symlinkSync(execFileSync("which", [program], { encoding: "utf8" }).trim(), join(bin, program));
  }
  const env = { NOTIFY_SOCKET: "/nowhere/notify", WATCHDOG_USEC: "100000", PATH: bin };
  const daemon = await home.start({ env, args: ["--foreground"] });
  home.settings(shellAgent({ host: { custody: "scan", maxRuns: 3 } }));
  await daemon.kill("SIGHUP");
  await eventually("it has read its settings", async () => {
    const { runs } = await daemon.call<{ runs: { max: number } }>("daemon.status");
    return runs.max === 3;
  });
  expect(daemon.complaints().match(/systemd-notify cannot be started/g)).toHaveLength(1);
});

test.skipIf(!canVerify)("the unit in the examples is one that systemd takes (needs systemd-analyze)", () => {
  const copy = join(aDirectory(), "steward.service");
  // systemd asks whether the program exists, and here it is not installed.
  writeFileSync(copy, readFileSync(UNIT, "utf8").replace("/usr/local/bin/steward", "/bin/true"));
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", copy], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
