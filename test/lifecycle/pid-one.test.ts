/** As PID 1 of a container: signals stop it, and it reaps what others left behind. Needs root, for a pid namespace. */
import { expect, test } from "vitest";
import { aHome, type DaemonProcess, type Home, shellAgent } from "./daemon.ts";
import { eventually, within } from "./eventually.ts";
import { childrenOf } from "./processes.ts";
import { done, says, submit } from "./tasks.ts";

const isRoot = process.geteuid?.() === 0;
const PREFIX = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

/** The daemon's namespace has one init: the child of `unshare`. */
async function startAsInit(home: Home): Promise<{ daemon: DaemonProcess; init: number }> {
  const daemon = await home.start({ prefix: PREFIX, silent: true, args: ["--foreground"] });
  const [init] = childrenOf(daemon.pid);
  if (!init) throw new Error("unshare has no child");
  return { daemon, init: init[0] };
}

test.skipIf(!isRoot)("SIGTERM stops it, and it exits 0", async () => {
  await using home = aHome(shellAgent());
  const { daemon, init } = await startAsInit(home);
  expect(await done(daemon, "echo hello; exit 3")).toMatchObject({ runs: [{ exitCode: 3 }] });
  process.kill(init, "SIGTERM");
  expect(await within(10_000, "stopping", daemon.ended)).toMatchObject({ code: 0 });
  expect(daemon.complaints()).toContain("daemon stopping");
});

test.skipIf(!isRoot)("SIGHUP reaches it", async () => {
  await using home = aHome(shellAgent());
  const { daemon, init } = await startAsInit(home);
  home.settings(shellAgent({ host: { maxRuns: 3 } }));
  process.kill(init, "SIGHUP");
  await eventually("the new limit holds", async () => {
    const { runs } = await daemon.call<{ runs: { max: number } }>("daemon.status");
    return runs.max === 3;
  });
});

test.skipIf(!isRoot)("orphans that it did not start leave no zombies", async () => {
  await using home = aHome(shellAgent({ host: { custody: "scan" } }));
  const { daemon, init } = await startAsInit(home);
  for (let round = 0; round < 5; round += 1) {
    await done(daemon, "for i in 1 2 3 4 5; do setsid sh -c '(sleep 0.05 &)' & done; sleep 0.2");
  }
  await eventually("every orphan is reaped", () => childrenOf(init).every(([, state]) => state !== "Z"));
  expect(await daemon.call("ping")).toMatchObject({ pong: true });
});

test.skipIf(!isRoot)("a configuration that is wrong is its exit status", async () => {
  await using home = aHome("{ broken");
  const daemon = await home.launch({ prefix: PREFIX, silent: true });
  expect(await daemon.ended).toMatchObject({ code: 78 });
  expect(daemon.complaints()).toMatch(/steward\.json:1:\d+/);
});

test.skipIf(!isRoot)("two SIGINTs end it at once", async () => {
  await using home = aHome(shellAgent());
  const { daemon, init } = await startAsInit(home);
  const taskId = await submit(daemon, "echo ready; exec sleep 60");
  await says(daemon, taskId, "ready");
  process.kill(init, "SIGINT");
  await eventually("it is stopping", () => daemon.complaints().includes("daemon stopping"));
  process.kill(init, "SIGINT");
  await within(5_000, "ending", daemon.ended);
});
