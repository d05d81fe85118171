/** The file of a run's events: numbered lines in the words of all agents. Cut back to a checkpoint, it is written on as before. */
import { appendFileSync, existsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { iso } from "../../core/clock.ts";
import type { AgentNews } from "../../agent/agent-event.ts";

export interface EventLogPlace {
  readonly size: number;
  readonly last: number;
}

export interface EventLog {
  write(news: readonly AgentNews[], at: number): void;
  place(): EventLogPlace;
}

export const NO_EVENTS: EventLogPlace = { size: 0, last: 0 };

export function openEventLog(path: string, from: EventLogPlace): EventLog {
  if (!existsSync(path)) writeFileSync(path, "", { mode: 0o600 });
  // What an agent made of its file is its own loss: numbers go on, and nothing is read from it here.
  else if (statSync(path).size > from.size) truncateSync(path, from.size);
  let { last } = from;
  return {
    write(news, at) {
      if (news.length === 0) return;
      const time = iso(at);
      const lines = news.map((item) => `${JSON.stringify({ n: ++last, at: time, ...item })}\n`);
      appendFileSync(path, lines.join(""));
    },
    place: () => ({ size: statSync(path).size, last }),
  };
}
