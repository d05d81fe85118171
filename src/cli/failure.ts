/** Everything that ends a command badly: what is said, what a program is told, and the exit code. */
import { EXIT, REFUSALS, type RefusalCode, RPC } from "../core/refusal.ts";

/** An error as JSON-RPC writes it: `--json` prints exactly this. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export class Failure extends Error {
  readonly exit: number;
  readonly error: ErrorObject;

  constructor(exit: number, error: ErrorObject) {
    super(error.message);
    this.name = "Failure";
    this.exit = exit;
    this.error = error;
  }
}

export function usageFailure(message: string, hint: string): Failure {
  return refusalFailure({ code: "invalid_input", message, hint });
}

export function unavailableFailure(message: string, hint: string): Failure {
  return refusalFailure({ code: "unavailable", message, hint });
}

export function refusalFailure(refusal: {
  readonly code: RefusalCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}): Failure {
  const { rpc, retry, exit } = REFUSALS[refusal.code];
  const data = { ...refusal.data, code: refusal.code, hint: refusal.hint, retry };
  return new Failure(exit, { code: rpc, message: refusal.message, data });
}

export function noDaemonFailure(socket: string): Failure {
  const data = { code: "no_daemon", hint: "Start one with `steward start`.", retry: "after" };
  return new Failure(EXIT.noDaemon, {
    code: REFUSALS.unavailable.rpc,
    message: `No daemon answers at ${socket}.`,
    data,
  });
}

/** The daemon's own "no". */
export function answeredFailure(error: ErrorObject): Failure {
  const code = error.data?.code;
  if (typeof code === "string" && Object.hasOwn(REFUSALS, code))
    return new Failure(REFUSALS[code as RefusalCode].exit, error);
  if (error.code !== RPC.methodNotFound) return new Failure(EXIT.bug, error);
  const hint = "The daemon is of another version; run `steward restart`.";
  return new Failure(EXIT.usage, { ...error, data: { ...error.data, hint } });
}

/** Code that is loaded later has its own copy of every class, so what was thrown is known by its name. */
export function asFailure(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return bugFailure(String(thrown));
  if (thrown.name === "Failure") return thrown as Failure;
  if (thrown.name === "Refusal") return refusalFailure(thrown as Error & { code: RefusalCode });
  return bugFailure(thrown.stack ?? thrown.message);
}

function bugFailure(what: string): Failure {
  return new Failure(EXIT.bug, { code: RPC.internal, message: `Something unexpected went wrong: ${what}` });
}
