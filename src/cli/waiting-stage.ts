/** Waits until a stage is over: its agent's run is one part of it, its gates are the rest. */
import type { Invocation } from "./invocation.ts";
import type { RunSeen } from "./waiting.ts";

/** How long one question waits at the daemon, in ms: a gate that begins is no end. */
const LOOK_MS = 500;

interface ToldRun {
  readonly runId: string;
  readonly outcome: string | null;
  readonly reason: string | null;
}

interface TaskOfStages {
  readonly state: string;
  readonly stage: number;
  readonly stages: readonly {
    readonly stage: number;
    readonly last: ToldRun | null;
    readonly gates: readonly (ToldRun & { readonly gate: string })[];
  }[];
}

export interface EndedStage {
  /** Its agent was done, and each of its gates is green. */
  readonly isGood: boolean;
  readonly gates: TaskOfStages["stages"][number]["gates"];
}

/** Of these one is tried again within the stage, or goes on in it. */
const UNDECIDED: ReadonlySet<string | null> = new Set([null, "completed", "lost", "never_started"]);

/** `run` is one of it that has ended: its agent's, or a gate. */
export async function endedStage(call: Invocation["call"], { runId, taskId, outcome }: RunSeen): Promise<EndedStage> {
  for (;;) {
    const task = (await call("task.wait", { taskId, waitMs: LOOK_MS })) as TaskOfStages;
    const stage = task.stages.find(({ last, gates }) => [last, ...gates].some((one) => one?.runId === runId));
    // Its agent had another go since: this one is long decided.
    if (!stage) return { isGood: outcome === "completed", gates: [] };
    const isGreen = stage.last?.outcome === "completed" && stage.gates.every((gate) => gate.outcome === "completed");
    const mayGoOn = stage.last?.outcome === "completed" && stage.gates.every((gate) => UNDECIDED.has(gate.outcome));
    const isWaiting = ["queued", "scheduled", "running", "stopping"].includes(task.state);
    if (task.stage !== stage.stage || !isWaiting || !mayGoOn)
      return { isGood: isGreen && task.state !== "cancelled", gates: stage.gates };
  }
}
