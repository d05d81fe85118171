/** The directory of a run: what Steward writes into it before the start and reads from it at the end. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicId } from "../core/ids.ts";

export interface RunFiles {
  readonly directory: string;
  readonly spec: string;
  readonly prompt: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: string;
  /** Where an agent works that was given no other place. */
  readonly work: string;
}

export function runFiles(runsDirectory: string, runId: number): RunFiles {
  const directory = join(runsDirectory, publicId("run", runId));
  const at = (name: string) => join(directory, name);
  return {
    directory,
    spec: at("spec.json"),
    prompt: at("prompt.md"),
    stdout: at("stdout.log"),
    stderr: at("stderr.log"),
    result: at("result.json"),
    work: at("work"),
  };
}

/** Makes the directory anew: whatever lies there belongs to no run that ever started. */
export function makeRunDirectory(files: RunFiles, prompt: string): void {
  if (existsSync(files.directory)) rmSync(files.directory, { recursive: true });
  mkdirSync(files.directory, { mode: 0o700 });
  writeFileSync(files.prompt, prompt, { mode: 0o600 });
}

export function writeSpec(files: RunFiles, spec: Readonly<Record<string, unknown>>): void {
  writeFileSync(files.spec, `${JSON.stringify(spec, null, 2)}\n`, { mode: 0o600 });
}

/** What the run leaves to its task: the agent's own JSON, or the end of what it printed. */
export interface Result {
  readonly from: "file" | "stdout";
  readonly value: unknown;
  /** Why the agent's own result could not be taken. */
  readonly problem?: string;
}

/** `printed` gives the tail of stdout; it is asked only when there is no readable result file. */
export function readResult(files: RunFiles, maxBytes: number, printed: () => string): Result {
  const text = readWhole(files.result, maxBytes);
  if (text === undefined) return { from: "stdout", value: printed() };
  if (text === "too large")
    return { from: "stdout", value: printed(), problem: `result.json is larger than ${maxBytes} bytes` };
  try {
    return { from: "file", value: JSON.parse(text.toString("utf8")) };
  } catch {
    return { from: "stdout", value: printed(), problem: "result.json is not JSON" };
  }
}

/** The agent may have put anything there: a directory, a pipe, a link to somewhere else. Only a plain file counts. */
function readWhole(path: string, maxBytes: number): Buffer | "too large" | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size === 0) return undefined;
  if (stat.size > maxBytes) return "too large";
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
