/** The composition root: settings, store, rooms, transports; started in this order and stopped in reverse. */
import { formatProblem, SettingsProblem } from "./config/problem.ts";
import { homePaths } from "./core/home.ts";
import { Refusal } from "./core/refusal.ts";
import { prepareHome } from "./daemon/home.ts";
import { homeTaken } from "./daemon/home-taken.ts";
import { claimPresence, forgetPresence } from "./daemon/presence.ts";
import { StartFailure } from "./daemon/start-failure.ts";
import { type Daemon, openDoors } from "./doors.ts";
import { takeHomeLock } from "./fleet/lock.ts";
import { type Ground, layGround } from "./ground.ts";
import { furnish } from "./rooms.ts";
import type { LaunchStep } from "./run/launch-run.ts";
import { StoreUnusable } from "./store/store.ts";

export type { Daemon } from "./doors.ts";

export interface DaemonOptions {
  readonly home: string;
  readonly standby?: boolean;
  /** Also write the log to standard error. */
  readonly foreground?: boolean;
  /** Called after each step of a launch: tests end the daemon right there. */
  readonly onStep?: (step: LaunchStep) => void;
}

/** Resolves when it answers. Throws `StartFailure` when it will not, having changed nothing that matters. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const umask = process.umask(0o077).toString(8).padStart(3, "0");
  const paths = homePaths(options.home);
  prepareHome(paths);
  const lock = takeHomeLock(paths.lock);
  if (!lock) throw await homeTaken(paths);
  claimPresence(paths);
  const leave = () => {
    forgetPresence(paths);
    lock.release();
  };
  try {
    return await startIn(layGround(paths, { foreground: options.foreground ?? false }), { ...options, umask }, leave);
  } catch (error) {
    leave();
    throw startFailureOf(error);
  }
}

async function startIn(ground: Ground, options: DaemonOptions & { umask: string }, leave: () => void): Promise<Daemon> {
  const { lifetime, log } = ground;
  try {
    const rooms = await furnish(options, ground);
    return await openDoors(rooms, ground, () => lifetime.stop().finally(leave));
  } catch (error) {
    log.error("the daemon did not start", { error });
    await lifetime.stop();
    throw error;
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
