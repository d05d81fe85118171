/** How a run's end is judged: by its exit status alone, or, where the agent was talked with, by all that it said as well. */
import type { Failure } from "../failure.ts";
import type { Ended } from "./dialogue.ts";
import { EXIT_YIELDED, judgeExit } from "./exit-status.ts";
import { isFields } from "./json-line.ts";
import type { Verdict } from "./verdict.ts";

/** What the world can see of a run that is over. */
export interface RunEnd {
  /** The exit status; undefined when nobody wrote one down. */
  readonly exit: number | undefined;
  /** What the agent wrote to $STEWARD_RESULT, parsed; undefined when it wrote nothing readable. */
  readonly result: unknown;
  /** Of an agent that was talked with. */
  readonly told?: Told | undefined;
}

export interface Told {
  /** Null: it was gone before it said how its work ended. */
  readonly ended: Ended | null;
  /** The last error that it told of. */
  readonly lastError: string | null;
  /** It had said all, and was ended because its program did not end by itself. */
  readonly wasEndedByUs: boolean;
}

export function judge({ exit, result, told }: RunEnd): Verdict {
  if (!told) return judgeExit(exit, result);
  const { ended } = told;
  if (!ended) return unsaid(exit, told.lastError);
  if (ended.ok) {
    if (exit !== 0 && !told.wasEndedByUs) return afterGoodEnd(exit);
    return judgeExit(isFields(result) && result.waitsFor !== undefined ? EXIT_YIELDED : 0, result);
  }
  return ofFailure(ended.failure ?? "unknown", ended);
}

/** Success is an exit of 0, a good last word and no error: whoever dies without the last word has not done its work. */
function unsaid(exit: number | undefined, lastError: string | null): Verdict {
  if (exit === undefined) return { outcome: "lost" };
  const why = lastError === null ? "" : `: ${lastError}`;
  return { outcome: "failed", reason: `it ended (exit ${exit}) before it said how its work went${why}` };
}

function afterGoodEnd(exit: number | undefined): Verdict {
  if (exit === undefined) return { outcome: "lost" };
  return { outcome: "failed", reason: `it said that it was done and then ended with exit ${exit}` };
}

function ofFailure(failure: Failure, { reason, until }: Ended): Verdict {
  const why = reason ?? failure;
  switch (failure) {
    case "limit":
    case "overloaded":
      return { outcome: "limited", untilMs: until, reason: why };
    case "auth":
    case "billing":
    case "model":
      return { outcome: "configuration", reason: why };
    case "budget":
      return { outcome: "budget", reason: why };
    case "deferred":
      return { outcome: "yielded", to: "approval", question: null };
    case "session_gone":
      return { outcome: "failed", reason: `${failure}: ${why}`, spendsNothing: true };
    default:
      return { outcome: "failed", reason: failure === "unknown" ? why : `${failure}: ${why}` };
  }
}
