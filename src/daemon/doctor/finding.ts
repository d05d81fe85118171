/** What a check of the doctor looks at and what it finds: a sentence, how bad it is, and what to do. */
import * as z from "zod";
import type { Agent } from "../../agent/agent.ts";
import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../core/clock.ts";
import type { HomePaths } from "../../core/home.ts";
import type { CustodyLevel } from "../../run/process/custody.ts";
import type { Migration } from "../../store/store.ts";
import type { Status } from "../status.ts";

/** From nothing to do to nothing works. A note is worth knowing; a warning may hurt one day. */
export const LEVELS = ["ok", "note", "warning", "problem"] as const;

export const Finding = z.object({
  level: z.enum(LEVELS),
  sentence: z.string(),
  toDo: z.string().optional().describe("What would mend it."),
});

export type Finding = z.output<typeof Finding>;

export interface Check {
  /** The group under which its findings are shown. */
  readonly subject: string;
  /** Waits without blocking: it may run inside of the daemon. When it is too slow the signal aborts, with nobody listening any more. */
  readonly run: (around: Surroundings, signal: AbortSignal) => Promise<readonly Finding[]>;
}

export interface Surroundings {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the code that looks. */
  readonly version: string;
  /** Of whoever asks, where that is somebody else. */
  readonly askerVersion: string | undefined;
  readonly settings: SettingsSeen;
  readonly migrations: readonly Migration[];
  readonly daemon: DaemonSeen;
  /** Where the daemon listens for HTTP, or would; undefined when it is not to. */
  readonly http: { readonly host: string; readonly port: number } | undefined;
}

export interface SettingsSeen {
  readonly source: "file" | "defaults";
  /** Why the file cannot be used; the rest is then the defaults. */
  readonly broken: readonly string[];
  /** What in it cannot work. */
  readonly dangling: readonly string[];
  readonly limits: Limits;
  readonly custody: CustodyLevel | "auto";
  readonly agents: Readonly<Record<string, Agent>>;
  /** The store is a database server's and no file of this home. */
  readonly isStoreElsewhere: boolean;
}

/** `status`: the daemon itself looks. `silent`: something is there and did not answer within the time given. */
export type DaemonSeen =
  | { readonly answers: true; readonly status: Status }
  | { readonly answers: false; readonly silentMs: number | undefined };

export function ok(sentence: string): Finding {
  return { level: "ok", sentence };
}

export function note(sentence: string, toDo?: string): Finding {
  return withToDo("note", sentence, toDo);
}

export function warning(sentence: string, toDo?: string): Finding {
  return withToDo("warning", sentence, toDo);
}

export function problem(sentence: string, toDo?: string): Finding {
  return withToDo("problem", sentence, toDo);
}

function withToDo(level: Finding["level"], sentence: string, toDo: string | undefined): Finding {
  return { level, sentence, ...(toDo !== undefined && { toDo }) };
}
