/** A pid says nothing about who it is: after a crash it may be a stranger's, after a reboot everybody's is. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { identify, signalIf } from "../../src/run/process/identity.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { look, says, settled, submit, type TaskSeen } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const isRoot = process.geteuid?.() === 0;
const PROGRAM = join(import.meta.dirname, "../fixtures/programs/with-a-recycled-pid.ts");
/** Its shell is the init: it fetches the exit status of every orphan, which frees their pids. */
const OWN_PIDS = ["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", '"$@" & wait $!; exit $?', "sh"];

interface Seen {
  readonly pid: number;
  readonly wrapper: { readonly startTicks: number };
  readonly before: { readonly pid: number; readonly startTicks: number };
  readonly after: unknown;
  readonly task: TaskSeen;
}

test.skipIf(!isRoot).each(["namespace", "scan"])(
  "a stranger that got the pid of a dead wrapper is neither taken for it nor signalled (custody %s; takes root)",
  async (custody) => {
    await using home = aHome(shellAgent({ host: { custody } }));
    const program = spawn("unshare", [...OWN_PIDS, process.execPath, PROGRAM, home.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void program.kill("SIGKILL"));
    let text = "";
    for await (const chunk of program.stdout) text += String(chunk);
    const { pid, wrapper, before, after, task } = JSON.parse(text) as Seen;
    expect(before.pid).toBe(pid);
    expect(before.startTicks).not.toBe(wrapper.startTicks);
    expect(after).toEqual(before);
    expect(task).toMatchObject({ state: "parked", parked: { reason: "person" }, runs: [{ outcome: "lost" }] });
    await expectSound(home, await home.start(), { acknowledged: [task.taskId] });
  },
);

test("after a reboot all that ran is lost at once, and nobody who has one of those pids now is signalled", async () => {
  await using home = aHome(shellAgent());
  const first = await home.start();
  const tasks = await Promise.all([1, 2, 3].map(() => submit(first, "echo ready; exec sleep 600")));
  for (const taskId of tasks) await says(first, taskId, "ready");
  await first.kill("SIGKILL");
  const store = new DatabaseSync(home.paths.database);
  store.exec("UPDATE run SET boot_id = 'that of yesterday'");
  store.close();
  const strangers = agentsOf(home.path);

  const next = await home.start();
  for (const taskId of tasks) {
    expect(await settled(next, taskId)).toMatchObject({ state: "parked", runs: [{ outcome: "lost" }] });
    expect((await look(next, taskId)).runs).toHaveLength(1);
  }
  expect(agentsOf(home.path)).toEqual(strangers);
  for (const stranger of strangers.map((pid) => identify(pid))) if (stranger) signalIf(stranger, "SIGKILL");
  await eventually("they are gone", () => agentsOf(home.path).length === 0);
  await expectSound(home, next, { acknowledged: tasks });
});
