/** A daemon, put together: settings, store, rooms, transports; started in this order and stopped in reverse. */
import { systemClock } from "../core/clock.ts";
import { homePaths } from "../core/home.ts";
import type { RecordCrash } from "../daemon/crash.ts";
import { prepareHome } from "../daemon/home.ts";
import { homeTaken } from "../daemon/home-taken.ts";
import { type UnexpectedEnd, unexpectedEnd } from "../daemon/last-end.ts";
import { claimPresence, forgetPresence } from "../daemon/presence.ts";
import { dropUnfinishedRestore } from "../daemon/restore-store.ts";
import { assertStoreThere, createSelfWatch } from "../daemon/self-watch.ts";
import { startFailureOf } from "../daemon/start-failure.ts";
import { packageVersion } from "../daemon/version.ts";
import { takeHomeLock } from "../fleet/lock.ts";
import type { WorkspaceStep } from "../project/workspace.ts";
import type { LaunchStep } from "../run/launch-run.ts";
import type { HttpOverrides } from "../transports/rest/http-settings.ts";
import { type Daemon, openDoors } from "./doors.ts";
import { type Ground, layGround } from "./ground.ts";
import { openHttp } from "./http-door.ts";
import { furnish } from "./rooms.ts";

export type { Daemon } from "./doors.ts";

export interface DaemonOptions {
  readonly home: string;
  readonly standby?: boolean;
  /** Also write the log to standard error. */
  readonly foreground?: boolean;
  /** Where HTTP listens, instead of what the settings say. */
  readonly http?: HttpOverrides;
  /** Called after each step of a launch: tests end the daemon right there. */
  readonly onStep?: (step: LaunchStep | WorkspaceStep) => void;
  /** Is given, as soon as there is a log, what writes down an unexpected end before the program ends. */
  readonly onCrashDoor?: (crash: RecordCrash) => void;
}

/** Resolves when it answers. Throws `StartFailure` when it will not, having changed nothing that matters. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const umask = process.umask(0o077).toString(8).padStart(3, "0");
  const paths = homePaths(options.home);
  prepareHome(paths);
  const lock = takeHomeLock(paths.lock);
  if (!lock) throw await homeTaken(paths);
  const lastEnd = unexpectedEnd(paths);
  try {
    assertStoreThere(lastEnd, paths);
  } catch (error) {
    lock.release();
    throw error;
  }
  dropUnfinishedRestore(paths);
  claimPresence(paths);
  const leave = () => {
    forgetPresence(paths);
    lock.release();
  };
  try {
    const ground = layGround(paths, { foreground: options.foreground ?? false });
    return await startIn(ground, { ...options, umask, lastEnd }, leave);
  } catch (error) {
    leave();
    throw startFailureOf(error);
  }
}

interface Starting extends DaemonOptions {
  readonly umask: string;
  readonly lastEnd: UnexpectedEnd | undefined;
}

async function startIn(ground: Ground, options: Starting, leave: () => void): Promise<Daemon> {
  const { lifetime, log, paths, settings, secretBook } = ground;
  try {
    const self = createSelfWatch({
      ...{ paths, log, clock: systemClock, version: packageVersion(), lastEnd: options.lastEnd },
      limits: () => settings.current().limits,
      secrets: () => secretBook.values(),
    });
    options.onCrashDoor?.(self.crash);
    const http = await openHttp(ground, options.http ?? {});
    const rooms = await furnish(options, ground, self);
    return await openDoors(rooms, ground, http, () => lifetime.stop().finally(leave));
  } catch (error) {
    log.error("the daemon did not start", { error });
    await lifetime.stop();
    throw error;
  }
}
