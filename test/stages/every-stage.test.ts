/** Whatever happens in whichever stage: the daemon dies, an agent or a gate crashes, somebody cancels. Nothing is done twice, nothing lost. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LAUNCH_STEPS } from "../../src/run/launch-run.ts";
import { expectSound } from "../faults/soundness.ts";
import { Unanswered } from "../lifecycle/client.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { settled, submit } from "../lifecycle/tasks.ts";

const KILLABLE = join(import.meta.dirname, "../fixtures/programs/killable-daemon.ts");
const TASK = "the-one";
const STAGES = ["builder", "gate-one", "tester", "gate-two"] as const;
type Stage = (typeof STAGES)[number];

/** Two roles with a gate each; each of the four says in the ledger that it was there, and then does what is given for it. */
function relay(home: Home, then: Partial<Record<Stage, string>> = {}, role: object = {}): void {
  const script = (stage: Stage) => `echo ${stage} >> ${home.ledger}/${stage}; ${then[stage] ?? "true"}`;
  const agent = (stage: Stage) => ({ runtime: "command", command: ["sh", "-c", script(stage)] });
  const gates = (stage: Stage) => [{ name: stage, command: script(stage) }];
  home.settings({
    ...shellAgent(),
    agents: { bob: agent("builder"), tess: agent("tester") },
    roles: {
      default: { agent: "bob", attempts: 1, gates: gates("gate-one"), next: { completed: "tester" }, ...role },
      tester: { agent: "tess", attempts: 1, gates: gates("gate-two"), ...role },
    },
  });
}

const times = (home: Home) =>
  STAGES.map((stage) => {
    const file = join(home.ledger, stage);
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
  });

describe.each(LAUNCH_STEPS)("the daemon dies right after %s, in one stage after the other", (step) => {
  test("each stage is done once, and the task is completed", async () => {
    await using home = aHome();
    relay(home);
    // What was let go goes on; what was not is launched again by the next, which then dies one stage later.
    const onTheWay = step === "released" ? "1" : "2";
    for (const [at] of STAGES.entries()) {
      const daemon = await home.start({
        program: KILLABLE,
        args: ["--dies-at", step, "--launch", at === 0 ? "1" : onTheWay],
      });
      if (at === 0) {
        await submit(daemon, "work", { key: TASK, cwd: home.ledger }).catch((error: unknown) => {
          if (!(error instanceof Unanswered)) throw error;
        });
      }
      expect(await daemon.ended).toEqual({ code: null, signal: "SIGKILL" });
    }
    const last = await home.start();
    expect(await settled(last, TASK)).toMatchObject({ state: "completed", stage: 2, attempts: { spent: 0 } });
    expect(times(home)).toEqual([1, 1, 1, 1]);
    expect(agentsOf(home.path)).toEqual([]);
    await expectSound(home, last, { acknowledged: [TASK] });
  });
});

describe.each(STAGES)("%s", (stage) => {
  const index = STAGES.indexOf(stage);

  test("is cancelled while it runs: nothing lives, and no later stage begins", async () => {
    await using home = aHome();
    relay(home, { [stage]: "sleep 600" });
    const daemon = await home.start();
    const taskId = await submit(daemon, "work", { cwd: home.ledger });
    await eventually("it runs", () => times(home)[index] === 1);
    await daemon.call("task.cancel", { taskId });
    expect((await settled(daemon, taskId)).state).toBe("cancelled");
    expect(agentsOf(home.path)).toEqual([]);
    expect(times(home)).toEqual(STAGES.map((_, at) => (at <= index ? 1 : 0)));
  });

  test("crashes the first time: its stage is tried again, and what was done before it is not", async () => {
    await using home = aHome();
    const once = `[ -e ${home.ledger}/crashed ] || { touch ${home.ledger}/crashed; kill -9 $$; }`;
    relay(home, { [stage]: once }, { attempts: 2 });
    const daemon = await home.start();
    const task = await settled(daemon, await submit(daemon, "work", { cwd: home.ledger }));
    expect(task).toMatchObject({ state: "completed", stage: 2 });
    // A gate that was killed is red: its agent has another go at its stage, and then the gate.
    const again = stage.startsWith("gate") ? [index - 1, index] : [index];
    expect(times(home)).toEqual(STAGES.map((_, at) => (again.includes(at) ? 2 : 1)));
  });

  test("fails as often as it may: the task has failed, says why, and no later stage begins", async () => {
    await using home = aHome();
    relay(home, { [stage]: "exit 3" });
    const daemon = await home.start();
    const task = await settled(daemon, await submit(daemon, "work", { cwd: home.ledger }));
    expect(task).toMatchObject({ state: "failed", endReason: expect.stringContaining("exit 3") });
    expect(times(home)).toEqual(STAGES.map((_, at) => (at <= index ? 1 : 0)));
  });

  test("loses its daemon while it runs: the next one takes it over and goes on", async () => {
    await using home = aHome();
    relay(home, { [stage]: `until [ -e ${home.ledger}/go ]; do sleep 0.02; done` });
    const first = await home.start();
    const taskId = await submit(first, "work", { cwd: home.ledger });
    await eventually("it runs", () => times(home)[index] === 1);
    await first.kill("SIGKILL");
    writeFileSync(join(home.ledger, "go"), "");
    const next = await home.start();
    expect(await settled(next, taskId)).toMatchObject({ state: "completed", attempts: { spent: 0 } });
    expect(times(home)).toEqual([1, 1, 1, 1]);
  });
});
