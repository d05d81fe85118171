/** News of an agent in a few words, on one line: for lists, where there is room for no more. */
import type { AgentNews } from "./agent-event.ts";
import { shortInput } from "./tool-input.ts";

/** In characters. */
const MOST = 120;

/** Null for what says nothing of what it does. */
export function newsLine(news: AgentNews): string | null {
  switch (news.type) {
    case "text":
    case "thought":
      return short(news.text);
    case "tool":
      return news.state === "running" ? short(`${news.name} ${shortInput(news.input)}`) : null;
    case "permission":
      return news.state === "asked" ? short(`asks for ${news.tool} ${shortInput(news.input)}`) : null;
    case "retrying":
      return short(`tries again: ${news.reason}`);
    case "limit":
      return news.blocked ? short(`met a limit${news.scope === null ? "" : ` (${news.scope})`}`) : null;
    case "error":
      return short(news.message);
    case "ended":
      return short(news.text ?? news.reason ?? (news.ok ? "done" : "failed"));
    default:
      return null;
  }
}

function short(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  const characters = [...line];
  return characters.length <= MOST ? line : `${characters.slice(0, MOST - 1).join("")}…`;
}

export function lastErrorOf(news: readonly AgentNews[]): string | null {
  const last = news.findLast(({ type }) => type === "error");
  return last?.type === "error" ? last.message : null;
}
