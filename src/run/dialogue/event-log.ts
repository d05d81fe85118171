/** The file of a run's events: numbered lines in the words of all agents. Cut back to a checkpoint, it is written on as before. */
import { appendFileSync, existsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { AgentNews } from "../../agent/agent-event.ts";
import { iso } from "../../core/clock.ts";

export interface EventLogPlace {
  readonly size: number;
  readonly last: number;
}

export interface EventLog {
  /** What is only to be read is left out where the file has grown too long: the agent's own output is kept longer. */
  write(news: readonly AgentNews[], at: number): void;
  place(): EventLogPlace;
}

export const NO_EVENTS: EventLogPlace = { size: 0, last: 0 };

/** What decides or counts something is written down however long the file is. */
const ALWAYS: ReadonlySet<AgentNews["type"]> = new Set(["started", "permission", "usage", "limit", "ended"]);

export function openEventLog(path: string, from: EventLogPlace, mostBytes: number): EventLog {
  if (!existsSync(path)) writeFileSync(path, "", { mode: 0o600 });
  // What an agent made of its file is its own loss: numbers go on, and nothing is read from it here.
  else if (statSync(path).size > from.size) truncateSync(path, from.size);
  let { last, size } = from;
  return {
    write(news, at) {
      const time = iso(at);
      const kept = size < mostBytes ? news : news.filter(({ type }) => ALWAYS.has(type));
      if (kept.length === 0) return;
      const text = kept.map((item) => `${JSON.stringify({ n: ++last, at: time, ...item })}\n`).join("");
      appendFileSync(path, text);
      size += Buffer.byteLength(text);
    },
    place: () => ({ size, last }),
  };
}
