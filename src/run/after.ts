/** What the end of a run may do to its task, and what that depends on. */

import type { Limits } from "../config/limits.ts";
import type { Role } from "../task/role.ts";
import type { ParkedReason } from "../task/task.ts";

export interface TaskBefore {
  readonly attemptsSpent: number;
  readonly maxAttempts: number;
  readonly openChildren: number;
  /** A sub-task of it ended while the run lived. */
  readonly hadChildren: boolean;
  readonly cancelRequested: boolean;
  readonly stage: number;
  readonly loops: number;
  /** 0: the run was its agent's; else the how-manieth gate of the role it was. */
  readonly gate: number;
}

export interface After {
  readonly to: "queued" | "scheduled" | "parked" | "completed" | "failed" | "cancelled";
  readonly attemptsSpent: number;
  readonly notBefore?: number;
  readonly parked?: { readonly reason: ParkedReason; readonly note: string | null; readonly until: number | null };
  readonly endReason?: string | null;
  /** Nothing of its own is left to do: it ends with its children. */
  readonly rollsUp?: boolean;
  /** Its agent goes on when the children have ended, however they did. */
  readonly awaitsChildren?: boolean;
  readonly agentUnhealthy?: string;
  /** What is next in its stage: a gate, or with 0 the agent. */
  readonly gate?: number;
  /** Another role has the next stage. */
  readonly handsOn?: { readonly role: string; readonly loops: number; readonly because: "completed" | "failed" };
}

export interface Rules {
  readonly onLost: "retry" | "park";
  readonly stage: Stage;
  readonly limits: Pick<Limits, "backoffFirstSeconds" | "backoffMaxSeconds" | "taskStages">;
  readonly now: number;
  /** In [0, 1): the jitter. */
  readonly random: number;
}

/** What a role says of its stage. */
export interface Stage {
  /** Which of its gates, from 1, is the first that was not green since its agent's last go; 0: each was. */
  readonly nextGate: number;
  /** It had gates or somebody next, and was taken away since: nobody knows whether it is over. */
  readonly isGone?: boolean;
  readonly next: NonNullable<Role["next"]>;
  readonly maxLoops: number;
}
