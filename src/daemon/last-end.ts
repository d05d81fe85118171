/** How the last daemon of this home ended: a good end removes its traces, so traces that are found tell of a bad one. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HomePaths } from "../core/home.ts";
import { readDaemonFacts } from "../fleet/daemon-file.ts";
import { findCrashReport } from "./crash-report.ts";
import { fatalErrorOf } from "./fatal-error.ts";
import { bootId } from "./presence.ts";

export interface UnexpectedEnd {
  /** When it ended, or was last seen: ISO-8601 UTC. */
  readonly at: string;
  readonly reason: string;
  readonly pid: number;
  /** A machine that was switched off says nothing about the daemon. */
  readonly isOurs: boolean;
  /** Where it kept its store, when that was a file. */
  readonly storeFile: string | undefined;
}

/** Ends remembered; a crash loop is counted in no more. */
const MAX_REMEMBERED = 1_000;

/** To be asked with the home held and before its traces are written anew; undefined after a good end. */
export function unexpectedEnd(paths: HomePaths): UnexpectedEnd | undefined {
  const traces = readTraces(paths);
  if (!traces) return undefined;
  const { pid, since, seenAt, isOtherBoot, storeFile } = traces;
  const found = findCrashReport(paths.logs, pid, since) ?? fatalErrorOf(paths.logs, pid);
  const at = found?.at ?? seenAt;
  const reason = found?.reason ?? (isOtherBoot ? OTHER_BOOT : KILLED);
  return { at, reason, pid, isOurs: !isOtherBoot, storeFile };
}

const OTHER_BOOT = "the machine was restarted";
const KILLED = "it was killed: by a person, a supervisor, or the kernel for want of memory";

interface Traces {
  readonly pid: number;
  /** When it began, as far as known. */
  readonly since: string;
  readonly seenAt: string;
  readonly isOtherBoot: boolean;
  readonly storeFile: string | undefined;
}

function readTraces(paths: HomePaths): Traces | undefined {
  const facts = readDaemonFacts(paths.daemon);
  if (facts) {
    const isOtherBoot = facts.bootId !== bootId();
    const { pid, startedAt, heartbeatAt, storeFile } = facts;
    return { pid, since: startedAt, seenAt: heartbeatAt, isOtherBoot, storeFile };
  }
  try {
    const at = statSync(paths.pid).mtime.toISOString();
    const pid = Number(readFileSync(paths.pid, "utf8"));
    return { pid, since: at, seenAt: at, isOtherBoot: false, storeFile: undefined };
  } catch {
    return undefined;
  }
}

/**
 * Remembers one more end and gives how many there were within the window. In a file, one line each, and not in the store,
 * which may be what ended it. A clock that was set back forgets those of the future.
 */
export function countEnds(paths: HomePaths, now: number, windowMs: number): number {
  const ends = [...earlier(fileOf(paths)), now].filter((at) => at <= now && at > now - windowMs).slice(-MAX_REMEMBERED);
  try {
    writeFileSync(fileOf(paths), `${ends.join("\n")}\n`, { mode: 0o600 });
  } catch {
    // A full disk: what is not remembered is not counted, and the daemon has to start all the same.
  }
  return ends.length;
}

function earlier(file: string): number[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number).filter(Number.isFinite);
  } catch {
    return [];
  }
}

/** A person said that it may go on: what was before does not count any more. */
export function forgetUnexpectedEnds(paths: HomePaths): void {
  rmSync(fileOf(paths), { force: true });
}

function fileOf({ logs }: HomePaths): string {
  return join(logs, "unexpected-ends");
}
