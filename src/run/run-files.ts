/** The directory of a run: what Steward writes into it before the start and reads from it at the end. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { socketPath } from "../core/home.ts";
import { publicId } from "../core/ids.ts";
import { isShallow, MAX_JSON_DEPTH } from "../core/json.ts";
import { isShortage } from "../core/shortage.ts";
import { asInJson, maskSecrets } from "./process/mask.ts";
import { openPlainSync } from "./process/plain-file.ts";

export interface RunFiles {
  readonly directory: string;
  readonly spec: string;
  readonly prompt: string;
  /** The same for programs: what was done before, and how this stage ends. */
  readonly handover: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: string;
  /** What is said to an agent that is talked with. */
  readonly stdin: string;
  /** Where the talk stands. */
  readonly dialogue: string;
  /** What the agent does, in the words of all agents: a line each. */
  readonly events: string;
  /** By which it finds Steward. */
  readonly socket: string;
  /** What the setup of its workspace printed, and with which exit status it failed. */
  readonly setupLog: string;
  readonly setupFailed: string;
  readonly setupEnded: string;
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
    handover: at("handover.json"),
    stdout: at("stdout.log"),
    stderr: at("stderr.log"),
    result: at("result.json"),
    stdin: at("stdin.log"),
    dialogue: at("dialogue.json"),
    events: at("events.jsonl"),
    socket: socketPath(at("agent.sock")),
    setupLog: at("setup.log"),
    setupFailed: at("setup.failed"),
    setupEnded: at("setup.ended"),
    work: at("work"),
  };
}

/** Makes the directory anew: whatever lies there belongs to no run that ever started. */
export function makeRunDirectory(files: RunFiles, prompt: string): void {
  // A link that leads nowhere is something, too.
  if (lstatSync(files.directory, { throwIfNoEntry: false })) rmSync(files.directory, { recursive: true });
  mkdirSync(files.directory, { mode: 0o700 });
  writePrompt(files, prompt);
}

export function writePrompt(files: RunFiles, prompt: string): void {
  writeFileSync(files.prompt, prompt, { mode: 0o600 });
}

export function writeHandover(files: RunFiles, handover: object): void {
  writeFileSync(files.handover, `${JSON.stringify(handover)}\n`, { mode: 0o600 });
}

/** What a program of Steward's own is told to do. */
export function writeOrder(path: string, order: object): void {
  writeFileSync(path, `${JSON.stringify(order, null, 2)}\n`, { mode: 0o600 });
}

export function writeSpec(files: RunFiles, spec: Readonly<Record<string, unknown>>): void {
  writeFileSync(files.spec, `${JSON.stringify(spec, null, 2)}\n`, { mode: 0o600 });
}

/** What an agent leaves through its own door, where it would write it itself: the size in bytes; beyond `maxBytes` nothing is written. */
export function writeResult(files: RunFiles, value: object, { maxBytes, mask }: Omit<ReadResult, "printed">): number {
  const bytes = maskSecrets(Buffer.from(JSON.stringify(value)), asInJson(mask));
  if (bytes.length > maxBytes) return bytes.length;
  const draft = `${files.result}.new`;
  rmSync(draft, { force: true, recursive: true });
  writeFileSync(draft, bytes, { mode: 0o600, flag: "wx" });
  renameSync(draft, files.result);
  return bytes.length;
}

/** What the run leaves to its task: the agent's own JSON, or the end of what it printed. */
export interface Result {
  readonly from: "file" | "stdout";
  readonly value: unknown;
  /** Why the agent's own result could not be taken. */
  readonly problem?: string;
}

export interface ReadResult {
  readonly maxBytes: number;
  /** Gives the tail of stdout; asked only when there is no readable result file. */
  readonly printed: () => string;
  /** Values that must not be shown. */
  readonly mask: readonly string[];
}

export function readResult(files: RunFiles, { maxBytes, printed, mask }: ReadResult): Result {
  const bytes = readPlain(files.result, maxBytes);
  const instead = (problem: string): Result => ({ from: "stdout", value: printed(), problem });
  if (bytes === undefined) return { from: "stdout", value: printed() };
  if (bytes === "too large") return instead(`result.json is larger than ${maxBytes} bytes`);
  const text = maskSecrets(bytes, asInJson(mask)).toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    return isShallow(value)
      ? { from: "file", value }
      : instead(`result.json is nested deeper than ${MAX_JSON_DEPTH} levels`);
  } catch {
    return instead("result.json is not JSON");
  }
}

/** What cannot be read is as if it were not there, but for what this host has too little of. */
export function readPlain(path: string, maxBytes: number): Buffer | "too large" | undefined {
  let file: number | undefined;
  try {
    file = openPlainSync(path, constants.O_RDONLY);
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
  if (file === undefined) return undefined;
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    return size > maxBytes ? "too large" : readFileSync(file);
  } finally {
    closeSync(file);
  }
}
