/** The daemon as a real process, seen from outside: who it is, what it told, how it ended, and a way to ask it. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import type { HomePaths } from "../../src/core/home.ts";
import type { StartReport } from "../../src/daemon/report.ts";
import { type Client, connectClient } from "./client.ts";
import { eventually, within } from "./eventually.ts";
import { DAEMON_PROGRAM } from "./programs.ts";

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

export async function launchDaemon(home: string, paths: HomePaths, options: StartOptions): Promise<DaemonProcess> {
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

export function isRunning({ process: { exitCode, signalCode } }: DaemonProcess): boolean {
  return exitCode === null && signalCode === null;
}

export async function endDaemon(daemon: DaemonProcess): Promise<void> {
  if (!isRunning(daemon)) return;
  daemon.process.kill("SIGCONT");
  daemon.process.kill(daemon.farewell);
  await within(STOP_LIMIT_MS, "stopping the daemon", daemon.ended).catch(() => daemon.kill("SIGKILL"));
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
