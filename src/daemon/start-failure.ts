/** Why a daemon did not start, as its starter tells it: a refusal's code, or the configuration. */
import { EXIT, REFUSALS, type RefusalCode } from "../core/refusal.ts";

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
