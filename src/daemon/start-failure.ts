/** Why a daemon did not start, as its starter tells it: a refusal's code, or the configuration. */
import { formatProblem, SettingsProblem } from "../config/problem.ts";
import { EXIT, REFUSALS, Refusal, type RefusalCode } from "../core/refusal.ts";
import { StoreUnusable } from "../store/store.ts";

export class StartFailure extends Error {
  readonly code: RefusalCode | "configuration";
  readonly hint: string | undefined;

  constructor(code: RefusalCode | "configuration", message: string, { hint }: { hint?: string | undefined } = {}) {
    super(message);
    this.name = "StartFailure";
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return this.code === "configuration" ? EXIT.configuration : REFUSALS[this.code].exit;
  }
}

/** Whatever went wrong, as whoever starts a daemon is told it. */
export function startFailureOf(error: unknown): StartFailure {
  if (error instanceof StartFailure) return error;
  if (error instanceof SettingsProblem) {
    return new StartFailure("configuration", error.problems.map(formatProblem).join("\n"), {
      hint: "Mend the file; `steward config check` shows every problem.",
    });
  }
  if (error instanceof StoreUnusable) return new StartFailure("unavailable", error.message, { hint: error.hint });
  if (error instanceof Refusal)
    return new StartFailure(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint });
  return new StartFailure("unavailable", error instanceof Error ? error.message : String(error));
}
