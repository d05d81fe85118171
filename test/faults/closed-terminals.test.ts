/** Whoever watched is gone: a closed terminal, a closed pipe, no outputs at all. The daemon goes on; a command ends without a word. */
import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually, within } from "../lifecycle/eventually.ts";
import { STEWARD } from "../lifecycle/programs.ts";
import { done } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const ENDS_MS = 10_000;

/** Work that the log tells of. */
async function works(daemon: DaemonProcess): Promise<void> {
  for (let n = 0; n < 3; n += 1) expect(await done(daemon, "echo on")).toMatchObject({ state: "completed" });
}

test("a daemon in the foreground outlives the terminal that it wrote its log to", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--foreground"] });
  await works(daemon);
  daemon.process.stderr?.destroy();
  await daemon.kill("SIGHUP");
  await works(daemon);
  await daemon.kill("SIGPIPE");
  await works(daemon);
  await expectSound(home, daemon);
});

test.each([
  "<&- >&- 2>&-",
  ">/dev/full 2>/dev/full",
])("a daemon that was started with its outputs %s works as any other", async (outputs) => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ prefix: ["sh", "-c", `exec "$@" ${outputs}`, "sh"], args: ["--foreground"] });
  await works(daemon);
  await expectSound(home, daemon);
});

test.each([
  ["logs", "--follow"],
  ["event", "watch"],
])("`steward %s %s` whose reader has gone away ends, and says nothing", async (...args) => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  await works(daemon);
  const follower = spawn(STEWARD, ["--home", home.path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  follower.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = new Promise<number | null>((resolve) => follower.once("exit", resolve));
  let isHeard = false;
  follower.stdout.once("data", () => {
    isHeard = true;
  });
  // It may show only what happens from now on, and when it listens only it knows.
  await eventually("it has shown something", async () => {
    await works(daemon);
    return isHeard;
  });
  follower.stdout.destroy();
  await works(daemon);
  expect(await within(ENDS_MS, "ending", ended)).toBe(0);
  expect(complaints).toBe("");
  await expectSound(home, daemon);
});
