/** What a daemon leaves of an end that nobody asked for: one file for people, which the next daemon reads too. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Reports kept, the newest ones: a daemon that crashes all night must not fill the disk. */
export const MAX_CRASH_REPORTS = 10;
/** Longest details in a report, in characters. */
const MAX_DETAILS = 64 * 1024;

export interface CrashReport {
  /** ISO-8601 UTC. */
  readonly at: string;
  /** One line: what happened. */
  readonly reason: string;
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** The stack, or whatever else shows where. */
  readonly details: string;
}

/** On disk when it returns. Throws what the system says. */
export function writeCrashReport(logs: string, report: CrashReport): void {
  const { at, pid, version, uptimeSeconds } = report;
  const head = [`reason: ${oneLine(report.reason)}`, `at: ${at}`, `pid: ${pid}`, `version: ${version}`];
  const text = [...head, `uptimeSeconds: ${uptimeSeconds}`, "", report.details.slice(0, MAX_DETAILS), ""].join("\n");
  for (const old of reportNames(logs).slice(MAX_CRASH_REPORTS - 1)) rmSync(join(logs, old), { force: true });
  const file = openSync(join(logs, `crash-${at.replaceAll(":", "-")}-${pid}.txt`), "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The newest one of that process, written at that time or later; undefined when it left none. */
export function findCrashReport(logs: string, pid: number, since: string): { at: string; reason: string } | undefined {
  for (const name of reportNames(logs).filter((name) => name.endsWith(`-${pid}.txt`))) {
    const text = read(join(logs, name));
    const at = /^at: (.+)$/m.exec(text)?.[1];
    const reason = /^reason: (.+)$/m.exec(text)?.[1];
    if (at !== undefined && reason !== undefined && at >= since) return { at, reason };
  }
  return undefined;
}

/** Newest first. */
function reportNames(logs: string): string[] {
  try {
    return readdirSync(logs)
      .filter((name) => /^crash-[\d-]+T[\d.-]+Z-\d+\.txt$/.test(name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function oneLine(text: string): string {
  return text.split("\n", 1)[0]?.slice(0, 500) ?? "";
}
