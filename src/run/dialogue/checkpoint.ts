/** Where a dialogue stands: written whole after each piece of it, so that a daemon that was killed leaves the last or the one before. */
import { renameSync } from "node:fs";
import { RUNTIMES, type RuntimeName } from "../../agent/agent.ts";
import type { DialogueState } from "../../agent/runtimes/dialogue.ts";
import { fields, isFields, parseLine } from "../../agent/runtimes/json-line.ts";
import { readOwn, writeOwn } from "../own-file.ts";
import type { EventLogPlace } from "./event-log.ts";

export interface Checkpoint {
  readonly runtime: RuntimeName;
  /** The directory that it works in. */
  readonly workspace: string;
  readonly state: DialogueState;
  /** Bytes of stdout.log that are done with. */
  readonly heard: number;
  /** Bytes of stdin.log by then. */
  readonly said: number;
  readonly events: EventLogPlace;
  /** How long a person was asked, in ms, without the question that is open: it does not count against the run. */
  readonly askedMs: number;
  /** Since when the open one is asked, ms since boot. */
  readonly askingSince: number | null;
  /** Keys of questions to the approvals that a person is asked for. */
  readonly asked: Readonly<Record<string, string | null>>;
  /** The last that it told as an error. */
  readonly lastError: string | null;
}

/** Longest that is read, in bytes: far above what the questions that may be open at once can hold. */
const MAX_BYTES = 128 * 1024 * 1024;

export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  writeOwn(`${path}.new`, JSON.stringify(checkpoint));
  renameSync(`${path}.new`, path);
}

/** Undefined where there is none, or what is there is not ours: an agent may write into its run's directory. */
export function readCheckpoint(path: string): Checkpoint | undefined {
  let found: unknown;
  try {
    found = parseLine(readOwn(path, 0, MAX_BYTES).toString("utf8"));
  } catch {
    return undefined;
  }
  return isCheckpoint(found) ? found : undefined;
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (!isFields(value)) return false;
  const { runtime, workspace, state, heard, said, events, askedMs, askingSince, asked } = value;
  const { size, last } = fields(events);
  if (typeof workspace !== "string") return false;
  const isState =
    isFields(state) && Array.isArray(state.asking) && isFields(state.usage) && isFields(state.own) && isFields(asked);
  return (
    isState &&
    RUNTIMES.includes(runtime as RuntimeName) &&
    [heard, said, askedMs, askingSince ?? 0, size, last].every(isCount)
  );
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
