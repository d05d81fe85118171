/** The daemon as a program: its arguments, its signals, and its word to whoever started it. */
import { parseArgs } from "node:util";
import { type Daemon, type DaemonOptions, startDaemon } from "./compose/start.ts";
import { homePaths, resolveHome } from "./core/home.ts";
import { EXIT } from "./core/refusal.ts";
import type { RecordCrash } from "./daemon/crash.ts";
import { yieldPidOne } from "./daemon/pid-one.ts";
import { forgetPresence } from "./daemon/presence.ts";
import { reportStart } from "./daemon/report.ts";
import { startFailureOf } from "./daemon/start-failure.ts";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: "string" },
      standby: { type: "boolean", default: false },
      foreground: { type: "boolean", default: false },
      host: { type: "string" },
      port: { type: "string" },
    },
  });
  yieldPidOne();
  const home = resolveHome({ flag: values.home, env: { STEWARD_HOME: process.env.STEWARD_HOME } });
  const http = { host: values.host, port: values.port === undefined ? undefined : Number(values.port) };
  await runDaemon({ home, standby: values.standby, foreground: values.foreground, http });
}

/** The program: runs until it is told to stop, and does not return. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const crash = { record: (_: unknown) => {} };
  try {
    const starting = startDaemon({
      ...options,
      onCrashDoor: (record) => {
        crash.record = record;
      },
    });
    obeySignals(starting, crash, options.home);
    const daemon = await starting;
    reportStart({ ready: true, pid: process.pid });
    const ended = await daemon.stopped;
    if (ended.again) beginAgain(ended.standby);
    process.exit(0);
  } catch (error) {
    const failure = startFailureOf(error);
    const { code, exitCode, message, hint } = failure;
    reportStart({ ready: false, code, exitCode, message, ...(hint !== undefined && { hint }) });
    process.stderr.write(`error: ${message}\n${hint ? `hint: ${hint}\n` : ""}`);
    process.exit(exitCode);
  }
}

/** The same process with the same arguments: whoever watches over its pid notices nothing. */
function beginAgain(standby: boolean): void {
  const args = process.argv.slice(1).filter((arg) => arg !== "--standby");
  const all = [process.execPath, ...process.execArgv, ...args, ...(standby ? ["--standby"] : [])];
  process.execve?.(process.execPath, all, process.env);
}

/** SIGTERM and SIGINT stop; a second SIGINT ends at once; SIGHUP reloads. What is unexpected ends the daemon, loudly. */
function obeySignals(starting: Promise<Daemon>, crash: { readonly record: RecordCrash }, home: string): void {
  // A signal that comes before it answers is obeyed when it does; why it did not start is told elsewhere.
  const then = (what: (daemon: Daemon) => unknown) => void starting.then(what, () => {});
  let interrupted = false;
  process.on("SIGTERM", () => then(({ stop }) => stop()));
  process.on("SIGINT", () => {
    if (interrupted) {
      // A person wanted just that: the next daemon has nothing to tell.
      forgetPresence(homePaths(home));
      process.exit(130);
    }
    interrupted = true;
    then(({ stop }) => stop());
  });
  process.on("SIGHUP", () => then(({ reload }) => reload()));
  const end = (error: unknown) => {
    crash.record(error);
    process.stderr.write(`The daemon ends: ${error instanceof Error ? error.stack : error}\n`);
    process.exit(EXIT.bug);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}
