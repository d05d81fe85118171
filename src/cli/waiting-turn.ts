/** Waits until a turn is over: its agent's run is one part of it, its gates are the rest. */
import type { Invocation } from "./invocation.ts";
import type { RunSeen } from "./waiting.ts";

/** How long one question waits at the daemon, in ms: a gate that begins is no end. */
const LOOK_MS = 500;

interface ToldRun {
  readonly runId: string;
  readonly outcome: string | null;
  readonly reason: string | null;
}

interface TaskOfTurns {
  readonly state: string;
  readonly stage: number;
  readonly turns: readonly {
    readonly turn: number;
    readonly last: ToldRun | null;
    readonly gates: readonly (ToldRun & { readonly gate: string })[];
  }[];
}

export interface EndedTurn {
  /** Its agent was done, and each of its gates is green. */
  readonly isGood: boolean;
  readonly gates: TaskOfTurns["turns"][number]["gates"];
}

/** Of these one is tried again within the turn, or goes on in it. */
const UNDECIDED: ReadonlySet<string | null> = new Set([null, "completed", "lost", "never_started"]);

/** `run` is one of it that has ended: its agent's, or a gate. */
export async function endedTurn(call: Invocation["call"], { runId, taskId, outcome }: RunSeen): Promise<EndedTurn> {
  for (;;) {
    const task = (await call("task.wait", { taskId, waitMs: LOOK_MS })) as TaskOfTurns;
    const turn = task.turns.find(({ last, gates }) => [last, ...gates].some((one) => one?.runId === runId));
    // Its agent had another go since: this one is long decided.
    if (!turn) return { isGood: outcome === "completed", gates: [] };
    const isGreen = turn.last?.outcome === "completed" && turn.gates.every((gate) => gate.outcome === "completed");
    const mayGoOn = turn.last?.outcome === "completed" && turn.gates.every((gate) => UNDECIDED.has(gate.outcome));
    const isWaiting = ["queued", "scheduled", "running", "stopping"].includes(task.state);
    if (task.stage + 1 !== turn.turn || !isWaiting || !mayGoOn)
      return { isGood: isGreen && task.state !== "cancelled", gates: turn.gates };
  }
}
