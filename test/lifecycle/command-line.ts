/** Runs `steward` as a person does: a process of its own, with its exit code and both outputs. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import type { Home } from "./daemon.ts";
import { STEWARD, STEWARD_ENV } from "./programs.ts";

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** How long it took, in ms. */
  readonly ms: number;
}

export function steward(home: Home, ...args: readonly string[]): Promise<Said> {
  return stewardAt(home.path, ...args);
}

/** At what may be no home. */
export function stewardAt(home: string, ...args: readonly string[]): Promise<Said> {
  return runProgram([STEWARD, "--home", home, ...args]);
}

/** By a line of shell, in which `steward` is the program at this home. */
export function stewardByShell(home: Home, line: string): Promise<Said> {
  const script = `home=$1; steward() { "$0" --home "$home" "$@"; }; ${line}`;
  return runProgram(["sh", "-c", script, STEWARD, home.path]);
}

async function runProgram([program = "", ...args]: readonly string[]): Promise<Said> {
  const began = performance.now();
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // Not in this repository: a task of it would be given a worktree and a branch.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? "", ...STEWARD_ENV },
  });
  const [out, err, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve) => child.once("exit", (status) => resolve(status))),
  ]);
  return { code, out, err, ms: performance.now() - began };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
