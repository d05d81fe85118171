/** What an exit status says of an agent's work, with the reasons that it left in its result. */
import { cutText } from "../../core/cut.ts";
import { fields } from "./json-line.ts";
import type { Verdict } from "./verdict.ts";

/** Exit codes with a meaning: EX_TEMPFAIL, EX_NOPERM and EX_CONFIG of sysexits.h. */
const EXIT_LIMITED = 75;
export const EXIT_YIELDED = 77;
const EXIT_CONFIGURATION = 78;

export function judgeExit(exit: number | undefined, result: unknown): Verdict {
  if (exit === undefined) return { outcome: "lost" };
  const said = fields(result);
  if (exit === 0) {
    if (said.outcome !== "failed") return { outcome: "completed" };
    return {
      outcome: "failed",
      reason: `the agent says: ${reasonIn(said) ?? "failed"}`,
      isSaid: true,
    };
  }
  if (exit === EXIT_LIMITED) return { outcome: "limited", untilMs: moment(said.retryAt) };
  if (exit === EXIT_YIELDED) {
    return {
      outcome: "yielded",
      to: said.waitsFor === "approval" || said.waitsFor === "subtasks" ? said.waitsFor : "question",
      question: text(said.question),
    };
  }
  if (exit === EXIT_CONFIGURATION) {
    return { outcome: "configuration", reason: text(said.reason) ?? `exit ${exit}: its configuration is not right` };
  }
  return { outcome: "failed", reason: `exit ${exit}` };
}

/** Why it went as it did, as a result says it. */
export function reasonIn(result: unknown): string | null {
  const { reason, summary } = fields(result);
  return text(reason ?? summary);
}

/** The longest sentence of an agent that becomes part of a reason, in characters. */
const MAX_SAID = 500;

function text(value: unknown): string | null {
  if (typeof value !== "string" || value.trim() === "") return null;
  // Not every database keeps a NUL byte or half a character.
  return cutText(value.trim(), MAX_SAID).replaceAll("\0", "\uFFFD").toWellFormed();
}

function moment(value: unknown): number | null {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
