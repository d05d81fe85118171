/** Tells systemd how the daemon is: ready, reloading, stopping, still well. sd_notify(3), by the program `systemd-notify`. */
import { spawn } from "node:child_process";
import type { Clock, Timer } from "../core/clock.ts";
import type { Log } from "../core/log.ts";

/** A `systemd-notify` that takes longer is given up, in ms. */
const NOTIFY_LIMIT_MS = 5_000;

export interface Supervisor {
  ready(): Promise<void>;
  reloading(): Promise<void>;
  stopping(): Promise<void>;
  /** Resolves when the last word has been said: the process may end then. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`: set by systemd, and by nobody else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Is the daemon well, so that the watchdog may be told so? Rejects or hangs when it is not. */
  readonly isWell: () => Promise<boolean>;
  readonly statusLine: () => string;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  if (!options.env.NOTIFY_SOCKET) return { ready: silence, reloading: silence, stopping: silence, stop: silence };
  const { tell, said } = createTell(options);
  const watchdog = startWatchdog(options, tell);
  return {
    ready: () => tell("READY=1", `STATUS=${options.statusLine()}`),
    reloading: () => tell("RELOADING=1"),
    stopping: () => tell("STOPPING=1", "STATUS=stopping"),
    async stop() {
      watchdog.cancel();
      await said();
    },
  };
}

async function silence(): Promise<void> {}

type Tell = (...assignments: string[]) => Promise<void>;

/** Node has no datagrams on unix sockets, so each word costs a process: they are few. One after the other, or a late one would win. */
function createTell({ env, log }: SupervisorOptions): { tell: Tell; said: () => Promise<void> } {
  let isMissing = false;
  let last: Promise<void> = Promise.resolve();
  const run = (assignments: readonly string[]) =>
    new Promise<void>((resolve) => {
      if (isMissing) return resolve();
      const child = spawn("systemd-notify", assignments, {
        stdio: "ignore",
        env: { PATH: env.PATH, NOTIFY_SOCKET: env.NOTIFY_SOCKET },
        timeout: NOTIFY_LIMIT_MS,
      });
      child.once("error", (error) => {
        isMissing = true;
        log.warn("systemd is not told how the daemon is: systemd-notify cannot be started", { error });
        resolve();
      });
      child.once("exit", (status, signal) => {
        if (status !== 0) log.warn("systemd could not be told", { assignments, status, signal });
        resolve();
      });
    });
  const tell: Tell = (...assignments) => {
    last = last.then(() => run(assignments));
    return last;
  };
  return { tell, said: () => last };
}

/** At half of the time that systemd gives; told only while the loop turns (this is a timer) and the daemon says that it is well. */
function startWatchdog({ env, clock, log, isWell, statusLine }: SupervisorOptions, tell: Tell): Timer {
  const everyMs = Number(env.WATCHDOG_USEC) / 2000;
  const isForUs = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === process.pid;
  if (!(everyMs > 0) || !isForUs) return { cancel() {} };
  let timer: Timer;
  let wasWell = true;
  let isTelling = false;
  const beat = async () => {
    // On a machine so slow that a word takes longer than this, they must not pile up.
    if (isTelling) return;
    isTelling = true;
    const well = await isWell().catch(() => false);
    if (well) await tell("WATCHDOG=1", `STATUS=${statusLine()}`);
    else if (wasWell) log.error("systemd is not told that the daemon is well, because it is not");
    wasWell = well;
    isTelling = false;
  };
  const next = () => {
    timer = clock.after(everyMs, () => {
      next();
      void beat();
    });
  };
  next();
  return { cancel: () => timer.cancel() };
}
