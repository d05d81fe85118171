/** The file of a run's events: numbered lines in the words of all agents. Cut back to a checkpoint, it is written on as before. */
import type { AgentNews } from "../../agent/agent-event.ts";
import { iso } from "../../core/clock.ts";
import { cutOwn, writeOwnAt } from "../own-file.ts";

export interface EventLogPlace {
  readonly size: number;
  readonly last: number;
}

export interface EventLog {
  /** What is only to be read is left out where the file has grown too long: the agent's own output is kept longer. */
  write(told: readonly { readonly news: AgentNews; readonly at: number }[]): void;
  place(): EventLogPlace;
}

export const NO_EVENTS: EventLogPlace = { size: 0, last: 0 };

/** What decides or counts something is written down however long the file is. */
const ALWAYS: ReadonlySet<AgentNews["type"]> = new Set(["started", "permission", "usage", "limit", "ended"]);

export function openEventLog(path: string, from: EventLogPlace, mostBytes: number): EventLog {
  // What an agent made of its file is its own loss: numbers go on, and nothing is read from it here.
  cutOwn(path, from.size);
  let { last, size } = from;
  return {
    write(told) {
      const kept = size < mostBytes ? told : told.filter(({ news }) => ALWAYS.has(news.type));
      if (kept.length === 0) return;
      const lines = kept.map(({ news, at }, n) => `${JSON.stringify({ n: last + n + 1, at: iso(at), ...news })}\n`);
      const text = lines.join("");
      size = writeOwnAt(path, text, size);
      last += kept.length;
    },
    place: () => ({ size, last }),
  };
}
