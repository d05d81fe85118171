/** A daemon that stands still: it still holds its home, whoever asks is told that it does not answer, and it goes on where it was. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { lastRun, look, says, settled, submit } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const STARTS = process.env.STEWARD_SOAK === "1" ? 20 : 8;

test("a frozen daemon keeps a second one out, and the command line says that it does not answer, not that there is none", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const taskId = await submit(daemon, "echo on");
  await daemon.kill("SIGSTOP");
  const second = await home.launch();
  expect(await second.ended).toMatchObject({ code: 5 });
  expect(second.complaints()).toContain(`pid ${daemon.pid}`);
  const asked = await steward(home, "status", "--wait-limit", "1s");
  expect(asked).toMatchObject({ code: 8, out: "" });
  expect(asked.err).toContain("did not answer within 1 s");
  expect(asked.err).not.toContain("no daemon");
  await daemon.kill("SIGCONT");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

test("a daemon that was stopped for a while, as by a suspend, keeps its limits, its times and its exits", async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start();
  const marks = join(home.ledger, "marks");
  const go = join(home.ledger, "go");
  const limited = await submit(daemon, "echo ready; exec sleep 60", { timeoutSeconds: 1 });
  const ends = await submit(daemon, `echo ready; until [ -e ${go} ]; do sleep 0.02; done; exit 3`);
  const due = await submit(daemon, `echo due >>${marks}`, { notBefore: new Date(Date.now() + 700).toISOString() });
  await says(daemon, limited, "ready");
  await says(daemon, ends, "ready");
  const poll = daemon.client().call("task.wait", { taskId: due, waitMs: 10_000 });
  await daemon.kill("SIGSTOP");
  writeFileSync(go, "");
  await eventually("an agent ends meanwhile", () => existsSync(join(home.paths.exits, "run-2")));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await daemon.kill("SIGCONT");
  expect(lastRun(await settled(daemon, limited))).toMatchObject({ reason: "wall_timeout" });
  expect(lastRun(await settled(daemon, ends))).toMatchObject({ outcome: "failed", exitCode: 3 });
  expect(await poll).toMatchObject({ state: "completed" });
  expect((await look(daemon, due)).runs).toHaveLength(1);
  expect(readFileSync(marks, "utf8")).toBe("due\n");
  expect(await daemon.call("event.list", { topic: "host.clock_jumped" })).toMatchObject({ events: [] });
  await expectSound(home, daemon, { acknowledged: [limited, ends, due] });
});

test(`of ${STARTS} parallel starts one lives, also when the first to take the home is killed in the middle of its start`, async () => {
  await using home = aHome(shellAgent());
  const launching = Array.from({ length: STARTS }, () => home.launch());
  const first = await eventually("one has taken the home", () => pidIn(home.paths.pid));
  process.kill(first, "SIGKILL");
  const daemons = await Promise.all(launching);
  const winners = () =>
    daemons.filter(
      ({ report, process: { exitCode, signalCode } }) =>
        report?.ready === true && exitCode === null && signalCode === null,
    );
  for (const { ended } of daemons.filter(({ report }) => report?.ready !== true)) {
    const { code, signal } = await ended;
    expect([5, null]).toContain(code);
    if (code === null) expect(signal).toBe("SIGKILL");
  }
  expect(winners().length).toBeLessThanOrEqual(1);
  const daemon = winners()[0] ?? (await home.start());
  const taskId = await submit(daemon as DaemonProcess, "echo on");
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  await expectSound(home, daemon, { acknowledged: [taskId] });
});

/** Written whole, so it is there or not. */
function pidIn(path: string): number | undefined {
  return existsSync(path) ? Number(readFileSync(path, "utf8")) : undefined;
}
