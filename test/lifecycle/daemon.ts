/** A real daemon as a real process, and a home for it that cleans up after every test, whatever the test did to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type HomePaths, homePaths } from "../../src/core/home.ts";
import { holderIdentity } from "../../src/daemon/presence.ts";
import type { StartReport } from "../../src/daemon/report.ts";
import { isAlive, signalIf } from "../../src/run/process/identity.ts";
import { type Client, connectClient } from "./client.ts";
import { eventually, within } from "./eventually.ts";
import { agentsOf, childrenOf } from "./processes.ts";

export const DAEMON_PROGRAM = join(import.meta.dirname, "../../src/main.ts");
/** A daemon that has not ended by then is killed, in ms: longer than every bound that stopping promises. */
const STOP_LIMIT_MS = 30_000;

export interface DaemonProcess {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What ends it when its test is over: an `unshare` around it hears nothing but SIGKILL. */
  readonly farewell: NodeJS.Signals;
  /** What it told its starter; undefined when it ended without a word. */
  readonly report: StartReport | undefined;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** All that it wrote to its standard error so far. */
  complaints(): string;
  /** Sends the signal; with SIGKILL waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  call: Client["call"];
  /** A connection of its own, closed with the home. */
  client(): Client;
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
  /** Stands before `node`. */
  readonly prefix?: readonly string[];
  /** It is not asked for a report (as PID 1 it could give none), only seen to answer. */
  readonly silent?: boolean;
}

export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly paths: HomePaths;
  /** Writes steward.json: an object, or text as it is. */
  settings(settings: object | string): void;
  /** Starts a daemon and resolves when it has told whether it answers, or has ended. */
  launch(options?: StartOptions): Promise<DaemonProcess>;
  /** The same, and it has to answer. */
  start(options?: StartOptions): Promise<DaemonProcess>;
  /** A directory in the home for what agents leave. */
  readonly ledger: string;
}

/** An agent that runs its prompt as a shell script; quick limits, so that nothing here waits long. */
export function shellAgent({ limits = {}, agent = {}, role = {}, host = {}, ...more }: ShellSettings = {}): object {
  return {
    host: { maxRuns: 8, ...host },
    limits: { terminateGraceSeconds: 1, backoffFirstSeconds: 1, backoffMaxSeconds: 1, scheduleGrainMs: 10, ...limits },
    agents: { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"], ...agent }, ...more.agents },
    roles: { default: { agent: "shell", wipLimit: 8, attempts: 1, ...role }, ...more.roles },
  };
}

interface ShellSettings {
  readonly limits?: object;
  readonly agent?: object;
  readonly role?: object;
  readonly host?: object;
  readonly agents?: object;
  readonly roles?: object;
}

export function aHome(settings?: object | string): Home {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "steward-home-")));
  const paths = homePaths(path);
  const ledger = join(path, "ledger");
  mkdirSync(ledger);
  const daemons: DaemonProcess[] = [];
  const write = (next: object | string) =>
    writeFileSync(paths.settings, typeof next === "string" ? next : JSON.stringify(next, null, 2));
  if (settings !== undefined) write(settings);

  const launch: Home["launch"] = async (options = {}) => {
    const daemon = await launchDaemon(path, paths, options);
    daemons.push(daemon);
    return daemon;
  };
  const start: Home["start"] = async (options) => {
    const daemon = await launch(options);
    if (daemon.report?.ready !== true) {
      throw new Error(`the daemon did not start: ${JSON.stringify(daemon.report)} ${daemon.complaints()}`);
    }
    return daemon;
  };

  return {
    path,
    paths,
    ledger,
    settings: write,
    launch,
    start,
    async [Symbol.asyncDispose]() {
      try {
        await endCommandLines(paths);
        const last = daemons.findLast(isRunning);
        if (last || agentsOf(path).length > 0) await endAgents(last ?? (await start({ args: ["--standby"] })), path);
      } finally {
        for (const daemon of daemons) await end(daemon);
        rmSync(path, { recursive: true, force: true });
      }
    },
  };
}

async function launchDaemon(home: string, paths: HomePaths, options: StartOptions): Promise<DaemonProcess> {
  const { args = [], env = {}, program = DAEMON_PROGRAM, prefix = [], silent = false } = options;
  const [first = "", ...rest] = [...prefix, process.execPath, program, "--home", home, ...args];
  const child = spawn(first, rest, {
    stdio: ["ignore", "ignore", "pipe", silent ? "ignore" : "pipe"],
    env: { PATH: process.env.PATH ?? "", ...(silent ? {} : { STEWARD_REPORT_FD: "3" }), ...env },
    cwd: tmpdir(),
  });
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = new Promise<Awaited<DaemonProcess["ended"]>>((resolve) =>
    child.once("exit", (code, signal) => resolve({ code, signal })),
  );
  const report = await (silent ? answering(paths, child) : reportOf(child.stdio[3] as Readable));
  const clients: Client[] = [];
  const client = () => {
    const made = connectClient(paths.socket);
    clients.push(made);
    return made;
  };
  let shared: Client | undefined;
  void ended.then(() => {
    for (const one of clients) one.close();
  });
  return {
    pid: child.pid ?? 0,
    process: child,
    farewell: silent ? "SIGKILL" : "SIGTERM",
    report,
    ended,
    complaints: () => complaints,
    async kill(signal) {
      child.kill(signal);
      if (signal === "SIGKILL") await ended;
    },
    call: (method, params) => {
      shared ??= client();
      return shared.call(method, params);
    },
    client,
  };
}

/** Undefined when it ended without a word. */
async function reportOf(channel: Readable): Promise<StartReport | undefined> {
  let text = "";
  for await (const chunk of channel) {
    text += String(chunk);
    if (text.includes("\n")) return JSON.parse(text) as StartReport;
  }
  return undefined;
}

/** Undefined when it ends before. */
async function answering({ socket }: HomePaths, child: ChildProcess): Promise<StartReport | undefined> {
  const pid = child.pid ?? 0;
  return await eventually<StartReport | "ended">("the daemon answers or ends", async () => {
    if (child.exitCode !== null || child.signalCode !== null) return "ended";
    const client = connectClient(socket);
    const answers = await client.call("ping").then(
      () => true,
      () => false,
    );
    client.close();
    return answers && { ready: true, pid };
  }).then((seen) => (seen === "ended" ? undefined : seen));
}

function isRunning({ process: { exitCode, signalCode } }: DaemonProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Ends a daemon of this home that `steward start` made: it is no child of ours, but told who it is. */
async function endCommandLines(paths: HomePaths): Promise<void> {
  const holder = holderIdentity(paths);
  if (!holder || childrenOf(process.pid).some(([pid]) => pid === holder.pid)) return;
  signalIf(holder, "SIGCONT");
  signalIf(holder, "SIGKILL");
  await eventually("the daemon is gone", () => !isAlive(holder));
}

/** Asks the daemon to cancel whatever is not finished, and waits until nothing of it lives. */
async function endAgents(daemon: DaemonProcess, home: string): Promise<void> {
  daemon.process.kill("SIGCONT");
  const client = daemon.client();
  for (const state of ["queued", "scheduled", "blocked", "parked", "running"]) {
    const { tasks } = await client.call<{ tasks: { taskId: string }[] }>("task.list", { state, limit: 500 });
    await Promise.allSettled(tasks.map(({ taskId }) => client.call("task.cancel", { taskId })));
  }
  await eventually("all agents of the home are gone", () => agentsOf(home).length === 0);
}

async function end(daemon: DaemonProcess): Promise<void> {
  if (!isRunning(daemon)) return;
  daemon.process.kill("SIGCONT");
  daemon.process.kill(daemon.farewell);
  await within(STOP_LIMIT_MS, "stopping the daemon", daemon.ended).catch(() => daemon.kill("SIGKILL"));
}
