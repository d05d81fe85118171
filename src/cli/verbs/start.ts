/** `steward start`: makes a daemon and returns 0 only when it answers; otherwise it says why. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { EXIT } from "../../core/refusal.ts";
import { REPORT_FD, StartReport } from "../../daemon/report.ts";
import { type Failure, refusalFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { listening } from "../listening.ts";
import { logLine } from "../log-line.ts";
import { type LogPlace, lastLines, linesSince } from "../log-tail.ts";
import { prepare, startRefused } from "../prepare.ts";
import { visibleLine } from "../visible.ts";

/** A daemon that has said nothing after this is reported, and left alone, in ms. */
const START_LIMIT_MS = 30_000;
/** Lines of the log that are shown when it did not start. */
const SHOWN_LOG_LINES = 10;

/**
 * The heap is bounded, in MB: what is full ends loudly instead of taking the machine along. Its young part holds what a busy
 * daemon has under way: with 2 MB a third of its time went into collecting it; 16 MB would keep 7 MB more for good. And nobody
 * may open the daemon's debugger by a signal, which would listen for everybody on this machine.
 */
export const NODE_FLAGS = ["--max-old-space-size=256", "--max-semi-space-size=8", "--disable-sigusr1"];

/** One arena of glibc's malloc for all threads (mallopt(3)): one for each would keep some 8 MB that were freed. */
export const NODE_MEMORY = { MALLOC_ARENA_MAX: "1" };

export async function start(invocation: Invocation): Promise<number> {
  return invocation.input.foreground === true ? await stay(invocation) : await startInBackground(invocation);
}

/** The daemon takes the place of this process: signals and PID 1 are its own. */
async function stay(invocation: Invocation): Promise<number> {
  prepare(invocation.paths);
  const [program, ...args] = daemonCommand(invocation, "--foreground");
  const env = daemonEnvironment(invocation);
  process.execve?.(program, [program, ...args], env);
  const child = spawn(program, args, { stdio: "inherit", env });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? EXIT.bug)));
}

export async function startInBackground(invocation: Invocation): Promise<number> {
  const { json, out, input, paths } = invocation;
  prepare(paths);
  const complaints = openComplaints(paths);
  const logs = logsSoFar(paths);
  const report = await reportOf(launch(invocation, complaints));
  if (report.ready) {
    const { pid, state, problems, addresses } = (await invocation.call("daemon.status", {})) as StatusSeen;
    const isStandby = state === "standby";
    // Nobody asked for it: it was put there by how others ended.
    if (isStandby && input.standby !== true && !json) {
      for (const problem of problems) await invocation.err.write(`problem: ${visibleLine(problem)}\n`);
    }
    const said = isStandby
      ? `Steward is in standby and claims nothing by itself (pid ${pid}).`
      : `Steward is running (pid ${pid}).`;
    const listens = await listening(addresses, { settings: paths.settings, port: input.port });
    await out.write(json ? `${JSON.stringify({ started: true, pid, state, problems })}\n` : `${said}\n${listens}`);
    return EXIT.ok;
  }
  if (report.code === "conflict" && input.standby !== true && (await activated(invocation))) {
    await out.write(
      json ? `${JSON.stringify({ started: false, activated: true })}\n` : "Steward was in standby and is active now.\n",
    );
    return EXIT.ok;
  }
  throw await startFailure(report, logs, invocation);
}

interface StatusSeen {
  readonly pid: number;
  readonly state: string;
  readonly problems: readonly string[];
  readonly addresses: readonly string[];
}

/** What a start may write to, and how far it was written before. */
type LogsSoFar = ReadonlyMap<string, LogPlace | undefined>;

function logsSoFar({ log, logs }: Invocation["paths"]): LogsSoFar {
  const files = [log, join(logs, "daemon.stderr")];
  return new Map(files.map((file) => [file, lastLines(file, 1).place]));
}

function launch(invocation: Invocation, complaints: number): ChildProcess {
  const { paths } = invocation;
  const [program, ...args] = daemonCommand(invocation);
  const child = spawn(program, args, {
    detached: true,
    cwd: paths.home,
    stdio: ["ignore", complaints, complaints, "pipe"],
    env: { ...daemonEnvironment(invocation), [REPORT_FD]: "3" },
  });
  closeSync(complaints);
  child.unref();
  return child;
}

/** What Node itself says when it dies: it has no other place to go. */
function openComplaints({ logs }: Invocation["paths"]): number {
  const file = join(logs, "daemon.stderr");
  try {
    return openSync(file, "a", 0o600);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const hint = "Make it a file of yours, take it away, or name another home with --home.";
    throw refusalFailure({ code: "unavailable", message: `${file} cannot be written (${code}).`, hint });
  }
}

function daemonCommand({ daemonProgram, paths, input }: Invocation, ...flags: string[]): [string, ...string[]] {
  const { standby, host, port } = input;
  if (standby === true) flags.push("--standby");
  if (host !== undefined) flags.push(`--host=${host}`);
  if (port !== undefined) flags.push(`--port=${port}`);
  return [process.execPath, ...NODE_FLAGS, daemonProgram, "--home", paths.home, ...flags];
}

/** Its code is compiled once and kept in its own home: a cache in a shared place could be somebody else's code. */
function daemonEnvironment({ env, paths }: Invocation): Record<string, string> {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...NODE_MEMORY, ...Object.fromEntries(defined), NODE_COMPILE_CACHE: join(paths.home, "cache") };
}

async function reportOf(child: ChildProcess): Promise<StartReport> {
  const channel = child.stdio[3] as Readable;
  let timer: NodeJS.Timeout | undefined;
  const silent = (message: string, exitCode: number): StartReport => ({
    ready: false,
    code: "unavailable",
    exitCode,
    message,
  });
  try {
    return await Promise.race([
      firstLine(channel).then((line) =>
        line === undefined ? new Promise<never>(() => {}) : StartReport.parse(JSON.parse(line)),
      ),
      new Promise<StartReport>((resolve) => {
        child.once("error", (error) => resolve(silent(`The daemon could not be started: ${error.message}.`, EXIT.bug)));
        child.once("exit", (code, signal) =>
          resolve(silent(`The daemon ended at once (${signal ?? `exit ${code}`}).`, code || EXIT.bug)),
        );
        timer = setTimeout(
          () => resolve(silent(`The daemon has not answered within ${START_LIMIT_MS / 1000} s.`, EXIT.bug)),
          START_LIMIT_MS,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
    channel.destroy();
  }
}

/** Undefined when it ends before a whole line. */
async function firstLine(channel: Readable): Promise<string | undefined> {
  let text = "";
  for await (const chunk of channel) {
    text += String(chunk);
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return undefined;
}

async function activated({ call }: Invocation): Promise<boolean> {
  try {
    const { activated } = (await call("daemon.activate", {})) as { activated: boolean };
    return activated;
  } catch {
    return false;
  }
}

async function startFailure(
  report: StartReport & { ready: false },
  before: LogsSoFar,
  { err, json }: Invocation,
): Promise<Failure> {
  const isExplained = report.code === "conflict" || report.code === "configuration" || report.code === "denied";
  if (!isExplained && !json) {
    const written = [...before].flatMap(([file, place]) => linesSince(file, place, SHOWN_LOG_LINES));
    const lines = written
      .map((line) => logLine(line, { stacks: false }))
      .filter((line) => !line.includes(report.message));
    if (lines.length > 0) await err.write(`The log says:\n${lines.map((line) => `  ${line}`).join("\n")}\n`);
  }
  return startRefused(report);
}
