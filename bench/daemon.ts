/** A real daemon in a home of its own: started, asked, stopped or killed by a measurement. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_FLAGS, NODE_MEMORY } from "../src/cli/verbs/start.ts";
import { homePaths } from "../src/core/home.ts";
import { type Bench, SOURCES } from "./bench.ts";
import { pause } from "./figures.ts";
import { connectRpc, type Rpc } from "./rpc.ts";

/** A daemon that has not answered after this never will, in ms. */
const READY_LIMIT_MS = 30_000;
/** Where in its home what a daemon says outside its log goes. */
const COMPLAINTS = "complaints";
/** Between two looks whether it answers, in ms. */
const LOOK_MS = 1;

export interface BenchDaemon {
  readonly home: string;
  readonly pid: number;
  readonly rpc: Rpc;
  readonly socket: string;
  /** From the spawn to the answer to a ping. */
  readonly readyMs: number;
  stop(): Promise<void>;
  /** SIGKILL: agents run on. */
  kill(): Promise<void>;
}

export interface DaemonStart {
  readonly home: string;
  readonly program?: string;
  /** Arguments for Node itself, beside those of `steward start`. */
  readonly nodeArgs?: readonly string[];
  /** Default: the home's own, as `steward start` does it. Null: none. */
  readonly compileCache?: string | null;
}

export function writeSettings(home: string, settings: object): void {
  writeFileSync(join(home, "steward.json"), JSON.stringify(settings), { mode: 0o600 });
}

export async function startDaemon(bench: Bench, start: DaemonStart): Promise<BenchDaemon> {
  const { home, program = bench.program, nodeArgs = [], compileCache = join(home, "cache") } = start;
  const { NODE_COMPILE_CACHE: _, ...inherited } = process.env;
  const complaints = openSync(join(home, COMPLAINTS), "a");
  const began = performance.now();
  const child = bench.spawn(process.execPath, [...NODE_FLAGS, ...nodeArgs, program, "--home", home], {
    stdio: ["ignore", complaints, complaints],
    env: { ...NODE_MEMORY, ...inherited, ...(compileCache !== null && { NODE_COMPILE_CACHE: compileCache }) },
  });
  closeSync(complaints);
  const socket = homePaths(home).socket;
  const rpc = await answering(child, socket, home);
  const readyMs = performance.now() - began;
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    rpc.close();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return { home, pid: child.pid ?? 0, rpc, socket, readyMs, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

async function answering(child: ChildProcess, socket: string, home: string): Promise<Rpc> {
  const until = performance.now() + READY_LIMIT_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    try {
      const rpc = await connectRpc(socket);
      await rpc.call("ping");
      return rpc;
    } catch {
      await pause(LOOK_MS);
    }
  }
  throw new Error(`a daemon did not answer: ${readFileSync(join(home, COMPLAINTS), "utf8").slice(-2000)}`);
}

/** The daemon's own program run from its sources, whatever was built. */
export function fromSources(start: Omit<DaemonStart, "program">): DaemonStart {
  return { ...start, program: SOURCES };
}
