/** The daemon is killed right after each named step of a launch; the next one makes it right. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LAUNCH_STEPS, type LaunchStep } from "../../src/run/launch-run.ts";
import { Unanswered } from "../lifecycle/client.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { inState, look, settled, submit } from "../lifecycle/tasks.ts";
import { expectSound } from "./soundness.ts";

const PROGRAMS = join(import.meta.dirname, "../fixtures/programs");
const KILLABLE = join(PROGRAMS, "killable-daemon.ts");

/** Its key: known also to a client that got no answer. */
const TASK = "the-one";

const BEFORE_THE_AGENT_STARTS: readonly LaunchStep[] = ["claimed", "prepared", "wrapped", "recorded"];

/** A home whose agent lives until it is told to end; one attempt only, so that a spent one would show. */
function patientHome(): Home {
  const home = aHome();
  home.settings(
    shellAgent({
      agent: { command: [join(PROGRAMS, "lives-until-told")], env: { LEDGER: home.ledger } },
      role: { attempts: 1, wipLimit: 1 },
    }),
  );
  return home;
}

/** The daemon dies at that step of the launch of this task. The submit may be durable and yet unanswered. */
async function dieAt(home: Home, step: LaunchStep): Promise<void> {
  const daemon = await home.start({ program: KILLABLE, args: ["--dies-at", step] });
  await submit(daemon, "work", { key: TASK }).catch((error: unknown) => {
    if (!(error instanceof Unanswered)) throw error;
  });
  expect(await daemon.ended).toEqual({ code: null, signal: "SIGKILL" });
}

function starts(home: Home): string[] {
  const file = join(home.ledger, "starts");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

const goOn = (home: Home) => writeFileSync(join(home.ledger, "go"), "");

async function assertSound(home: Home, daemon: DaemonProcess): Promise<void> {
  expect(agentsOf(home.path)).toEqual([]);
  await expectSound(home, daemon, { acknowledged: [TASK] });
}

test("every step of a launch is a kill point here", () => {
  expect([...BEFORE_THE_AGENT_STARTS, "released"]).toEqual([...LAUNCH_STEPS]);
});

describe.each(BEFORE_THE_AGENT_STARTS)("killed right after %s", (step) => {
  test("the agent never started, no attempt is spent, and the task runs once under the next daemon", async () => {
    await using home = patientHome();
    await dieAt(home, step);
    expect(starts(home)).toEqual([]);

    const next = await home.start();
    await eventually("it runs", () => starts(home).length > 0);
    const running = await look(next, TASK);
    expect(running.attempts.spent).toBe(0);
    expect(running.runs.map(({ outcome }) => outcome)).toEqual([null, "never_started"]);
    goOn(home);
    expect(await settled(next, TASK)).toMatchObject({ state: "completed", attempts: { spent: 0 } });
    expect(starts(home)).toEqual(["task-1 run-2"]);
    await assertSound(home, next);
  });

  test("a task that was cancelled before the next daemon looked is cancelled, and its agent never starts", async () => {
    await using home = patientHome();
    await dieAt(home, step);
    const next = await home.start({ args: ["--standby"] });
    await inState(next, TASK, "queued");
    expect(await next.call("task.cancel", { taskId: TASK })).toMatchObject({ cancelled: true, state: "cancelled" });
    await next.call("daemon.activate");
    expect((await look(next, TASK)).runs.map(({ outcome }) => outcome)).toEqual(["never_started"]);
    expect(starts(home)).toEqual([]);
    await assertSound(home, next);
  });
});

describe("killed right after released", () => {
  test("the agent runs on, is adopted, and its outcome is recorded once", async () => {
    await using home = patientHome();
    await dieAt(home, "released");
    const next = await home.start();
    expect(await inState(next, TASK, "running")).toMatchObject({ runs: [{ runId: "run-1", state: "running" }] });
    await eventually("its agent runs", () => starts(home).length > 0);
    expect(await submit(next, "work", { key: TASK })).toBe("task-1");
    goOn(home);
    const task = await settled(next, TASK);
    expect(task).toMatchObject({ state: "completed", runs: [{ runId: "run-1", outcome: "completed", exitCode: 0 }] });
    expect(task.result).toMatchObject({ value: "ready\n" });
    expect(starts(home)).toEqual(["task-1 run-1"]);
    await assertSound(home, next);
  });

  test("an agent that ended while no daemon lived is recorded with its exit status and its output", async () => {
    await using home = patientHome();
    await dieAt(home, "released");
    await eventually("its agent runs", () => starts(home).length > 0);
    goOn(home);
    await eventually("its agent has ended", () => agentsOf(home.path).length === 0);
    const next = await home.start();
    const task = await settled(next, TASK);
    expect(task).toMatchObject({ state: "completed", runs: [{ outcome: "completed", exitCode: 0 }] });
    expect(task.result).toMatchObject({ value: "ready\n" });
    await assertSound(home, next);
  });

  test("an adopted agent can be cancelled", async () => {
    await using home = patientHome();
    await dieAt(home, "released");
    const next = await home.start();
    await eventually("its agent runs", () => starts(home).length > 0);
    await next.call("task.cancel", { taskId: TASK });
    expect(await settled(next, TASK)).toMatchObject({ state: "cancelled", runs: [{ outcome: "cancelled" }] });
    await assertSound(home, next);
  });
});

test("a daemon that dies at the same step again and again still loses nothing and starts nothing twice", async () => {
  await using home = patientHome();
  await dieAt(home, "recorded");
  for (const step of ["wrapped", "recorded", "claimed"] as const) {
    const daemon = await home.launch({ program: KILLABLE, args: ["--dies-at", step] });
    await daemon.ended;
  }
  expect(starts(home)).toEqual([]);
  goOn(home);
  const next = await home.start();
  const task = await settled(next, TASK);
  expect(task.state).toBe("completed");
  expect(task.attempts.spent).toBe(0);
  expect(starts(home)).toHaveLength(1);
  await assertSound(home, next);
});
