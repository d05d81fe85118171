/** Ends in which no code of ours runs any more, above all a heap that is full: Node writes a report, the next daemon reads it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const NAME = "fatal-error.json";
/** A larger one is not ours, in bytes. */
const MAX_BYTES = 8 * 1024 * 1024;

/** One file that is written over, without environment and network: those hold secrets and take long to gather. */
export function reportFatalErrors(logs: string): void {
  const { report } = process;
  Object.assign(report, { reportOnFatalError: true, compact: true, excludeEnv: true, excludeNetwork: true });
  Object.assign(report, { directory: logs, filename: NAME });
}

/** What ended that process, when Node could still say it. */
export function fatalErrorOf(logs: string, pid: number): { at: string; reason: string } | undefined {
  try {
    const text = readFileSync(join(logs, NAME), "utf8");
    if (text.length > MAX_BYTES) return undefined;
    const { header } = JSON.parse(text) as { header: Readonly<Record<string, unknown>> };
    if (header.processId !== pid) return undefined;
    const event = String(header.event).slice(0, 200);
    const reason = /heap|memory/i.test(event) ? `its memory was full (${event})` : event;
    return { at: new Date(Number(header.dumpEventTimeStamp)).toISOString(), reason };
  } catch {
    return undefined;
  }
}
