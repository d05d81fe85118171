/** Writes down what nobody expected, to the log and as a report, so that it is on disk before the daemon ends. */
import { type Clock, iso } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import type { Log } from "../core/log.ts";
import { MASKED } from "../core/logger.ts";
import { writeCrashReport } from "./crash-report.ts";

export interface CrashOptions {
  readonly paths: HomePaths;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** Values that no reader may see. */
  readonly secrets: () => readonly string[];
}

/** Never throws: it is the last thing that is done. */
export type RecordCrash = (error: unknown) => void;

export function createCrash({ paths, log, clock, version, secrets }: CrashOptions): RecordCrash {
  const startedAt = clock.monotonic();
  return (error) => {
    log.error("the daemon ends: something unexpected happened", { error });
    const mask = (text: string) =>
      secrets().reduce((masked, secret) => (secret === "" ? masked : masked.replaceAll(secret, MASKED)), text);
    try {
      writeCrashReport(paths.logs, {
        at: iso(clock.now()),
        reason: mask(error instanceof Error ? error.message : String(error)),
        pid: process.pid,
        version,
        uptimeSeconds: Math.round((clock.monotonic() - startedAt) / 1000),
        details: mask((error instanceof Error && error.stack) || String(error)),
      });
    } catch (failure) {
      log.error("the crash report could not be written", { error: failure });
    }
  };
}
