/** The command runtime: any program is an agent; its arguments are a template, its exit status is its word. */
import type { LaunchPlan, RunEnd, RunInput, Runtime, Verdict } from "./runtime.ts";

/** Exit codes with a meaning: EX_TEMPFAIL, EX_NOPERM and EX_CONFIG of sysexits.h. */
const EXIT_LIMITED = 75;
const EXIT_YIELDED = 77;
const EXIT_CONFIGURATION = 78;

/** What is filled into a command. */
export const PLACEHOLDERS = [
  "prompt",
  "promptFile",
  "taskId",
  "runId",
  "workspace",
] as const satisfies (keyof RunInput)[];

const PLACEHOLDER = new RegExp(`\\{(${PLACEHOLDERS.join("|")})\\}`, "g");

export const commandRuntime: Runtime = {
  plan: (agent, input): LaunchPlan => ({
    argv: agent.command.map((part) => fillIn(part, input)),
    stdin: input.promptFile,
  }),
  judge,
};

/** Each placeholder once, in one pass: what a prompt says is never read as a template. Other braces stay as they are. */
export function fillIn(template: string, input: RunInput): string {
  return template.replace(PLACEHOLDER, (_, name: keyof RunInput) => input[name]);
}

function judge({ exit, result }: RunEnd): Verdict {
  if (exit === undefined) return { outcome: "lost" };
  const said = isRecord(result) ? result : {};
  if (exit === 0) {
    if (said.outcome !== "failed") return { outcome: "completed" };
    return { outcome: "failed", reason: `the agent says: ${text(said.reason ?? said.summary) ?? "failed"}` };
  }
  if (exit === EXIT_LIMITED) return { outcome: "limited", untilMs: moment(said.retryAt) };
  if (exit === EXIT_YIELDED) {
    return {
      outcome: "yielded",
      to: said.waitsFor === "approval" ? "approval" : "question",
      question: text(said.question),
    };
  }
  if (exit === EXIT_CONFIGURATION) {
    return { outcome: "configuration", reason: text(said.reason) ?? `exit ${exit}: its configuration is not right` };
  }
  return { outcome: "failed", reason: `exit ${exit}` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The longest sentence of an agent that becomes part of a reason, in characters. */
const MAX_SAID = 500;

function text(value: unknown): string | null {
  if (typeof value !== "string" || value.trim() === "") return null;
  // Not every database keeps a NUL byte or half a character.
  return value.trim().slice(0, MAX_SAID).replaceAll("\0", "\uFFFD").toWellFormed();
}

function moment(value: unknown): number | null {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
