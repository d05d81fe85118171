/** What leaves the house, for people: webhooks and their messages. */
import { visibleLine } from "../visible.ts";
import { ageOf, cut, more, type Row, table } from "./lists.ts";

export function renderWebhooks(result: unknown): string {
  const { webhooks } = result as { webhooks: (Row & { topics: string[]; problem: string | null })[] };
  if (webhooks.length === 0) return "There are no webhooks: they are configured in steward.json (docs/webhooks.md).\n";
  const rows = webhooks.map(({ webhook, state, pending, oldestPendingAt, dead, deliveredAt, topics, url }) => ({
    webhook,
    state,
    pending,
    oldest: ageOf(oldestPendingAt),
    dead,
    delivered: ago(deliveredAt),
    topics: topics.join(" "),
    url,
  }));
  const problems = webhooks.flatMap(({ webhook, problem }) =>
    problem === null ? [] : [`problem: ${visibleLine(`${webhook} ${problem}`)}\n`],
  );
  return table(rows) + problems.join("");
}

export function renderOutbox(result: unknown): string {
  const { messages, next } = result as { messages: Row[]; next: string | null };
  if (messages.length === 0) return "There are no such messages.\n";
  const rows = messages.map((message) => ({
    message: message.messageId,
    target: message.target,
    topic: message.topic,
    event: message.event,
    state: message.state,
    attempts: message.attempts,
    age: ageOf(message.createdAt),
    next: dueIn(message.nextAt),
    error: cut(message.lastError),
  }));
  return table(rows) + more(next, "outbox list");
}

function ago(at: Row[string]): string | null {
  const age = ageOf(at);
  return age && `${age} ago`;
}

function dueIn(at: Row[string]): string | null {
  return typeof at === "string" ? at.slice(0, 19).replace("T", " ") : null;
}
