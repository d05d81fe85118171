/** Makes the home fit before anything is left there, or says why it cannot be one. */
import type { HomePaths } from "../core/home.ts";
import { REFUSALS, type RefusalCode } from "../core/refusal.ts";
import { prepareHome } from "../daemon/home.ts";
import type { StartReport } from "../daemon/report.ts";
import { startFailureOf } from "../daemon/start-failure.ts";
import { Failure } from "./failure.ts";

/** Not left to the daemon: what Node itself keeps in the home is there before the daemon's first line. */
export function prepare(paths: HomePaths): void {
  try {
    prepareHome(paths);
  } catch (error) {
    throw startRefused(startFailureOf(error));
  }
}

export function startRefused({
  code,
  exitCode,
  message,
  hint,
}: Omit<StartReport & { ready: false }, "ready">): Failure {
  const { rpc, retry } = Object.hasOwn(REFUSALS, code) ? REFUSALS[code as RefusalCode] : REFUSALS.unavailable;
  return new Failure(exitCode, { code: rpc, message, data: { code, ...(hint !== undefined && { hint }), retry } });
}
