/** All SQL of messages on their way out: written, sent in order, tried again, dead, sent again by hand, removed. */
import type { Param, Reader, Tx } from "../../store/store.ts";
import { appendEvent } from "../event.store.ts";

export const MESSAGE_STATES = ["pending", "delivered", "dead"] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

export interface MessageRow {
  readonly id: number;
  readonly target: string;
  readonly event_id: number;
  readonly topic: string;
  /** What the receiver knows it by, through all attempts. */
  readonly webhook_id: string;
  readonly payload: string;
  readonly state: MessageState;
  readonly attempts: number;
  /** Not before; by the clock of the host that sends. 0: at once. */
  readonly next_at: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: number;
  readonly ended_at: number | null;
}

type NewMessage = Pick<MessageRow, "target" | "event_id" | "topic" | "webhook_id" | "payload">;

export async function addMessage(tx: Tx, { target, event_id, topic, webhook_id, payload }: NewMessage): Promise<void> {
  await tx.run(
    `INSERT INTO outbox(target, event_id, topic, webhook_id, payload, state, next_at, created_at)
     VALUES (?, ?, ?, ?, ?, 'pending', 0, ?)`,
    target,
    event_id,
    topic,
    webhook_id,
    payload,
    tx.now(),
  );
}

/** The one that has to go before all others of its target. */
export function headOf(read: Reader, target: string): Promise<MessageRow | undefined> {
  return read.get("SELECT * FROM outbox WHERE target = ? AND state = 'pending' ORDER BY id LIMIT 1", target);
}

export function messageById(read: Reader, id: number): Promise<MessageRow | undefined> {
  return read.get("SELECT * FROM outbox WHERE id = ?", id);
}

export interface Waiting {
  readonly pending: number;
  readonly oldest_at: number | null;
}

/** Pending ones are bounded by the limit that collecting keeps to, so counting them is cheap. */
export async function waitingFor(read: Reader, target: string): Promise<Waiting> {
  const row = await read.get<Waiting>(
    "SELECT COUNT(*) AS pending, MIN(created_at) AS oldest_at FROM outbox WHERE target = ? AND state = 'pending'",
    target,
  );
  return row ?? { pending: 0, oldest_at: null };
}

export async function countDead(read: Reader, target: string): Promise<number> {
  const row = await read.get<{ dead: number }>(
    "SELECT COUNT(*) AS dead FROM outbox WHERE target = ? AND state = 'dead'",
    target,
  );
  return row?.dead ?? 0;
}

export interface MessageFilter {
  readonly state?: MessageState | undefined;
  readonly target?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The newest first. */
export function listMessages(read: Reader, { state, target, before, limit }: MessageFilter): Promise<MessageRow[]> {
  const conditions: [string, Param | undefined][] = [
    ["state = ?", state],
    ["target = ?", target],
    ["id < ?", before],
  ];
  const given = conditions.filter((one): one is [string, Param] => one[1] !== undefined);
  const where = given.length > 0 ? `WHERE ${given.map(([sql]) => sql).join(" AND ")}` : "";
  const params = given.map(([, param]) => param);
  return read.all(`SELECT * FROM outbox ${where} ORDER BY id DESC LIMIT ?`, ...params, limit);
}

/** What is known of one attempt; the message is left alone when it is no longer the one that was sent. */
type Attempted = Pick<MessageRow, "id" | "attempts">;

export async function recordDelivered(tx: Tx, { id, attempts }: Attempted, status: number): Promise<boolean> {
  const { changes } = await tx.run(
    `UPDATE outbox SET state = 'delivered', ended_at = ?, attempts = attempts + 1, last_status = ?, last_error = NULL
     WHERE id = ? AND attempts = ? AND state = 'pending'`,
    tx.now(),
    status,
    id,
    attempts,
  );
  return changes > 0;
}

export interface Failure {
  readonly error: string;
  readonly status: number | null;
}

export async function recordRetry(tx: Tx, message: Attempted, failure: Failure, nextAt: number): Promise<boolean> {
  const { changes } = await tx.run(
    `UPDATE outbox SET attempts = attempts + 1, next_at = ?, last_status = ?, last_error = ?
     WHERE id = ? AND attempts = ? AND state = 'pending'`,
    nextAt,
    failure.status,
    failure.error,
    message.id,
    message.attempts,
  );
  return changes > 0;
}

/** False when it was not pending any more. */
export async function bury(
  tx: Tx,
  message: MessageRow,
  failure: Failure,
  actor: string,
  spent: 0 | 1,
): Promise<boolean> {
  const { id, target, topic, event_id } = message;
  const { changes } = await tx.run(
    `UPDATE outbox SET state = 'dead', ended_at = ?, attempts = attempts + ?, last_status = ?, last_error = ?
     WHERE id = ? AND attempts = ? AND state = 'pending'`,
    tx.now(),
    spent,
    failure.status,
    failure.error,
    id,
    message.attempts,
  );
  // Word of a death is not followed by word of its own death: two dead targets would tell of each other for ever.
  if (changes > 0 && !topic.startsWith("webhook.")) {
    const data = { webhook: target, message: `message-${id}`, event: event_id, about: topic, reason: failure.error };
    await appendEvent(tx, { topic: "webhook.message_died", actor, data });
  }
  return changes > 0;
}

/** It goes out (again) at once, as the message that it was: same id, same text, before all that came after it. */
export async function reviveOne(tx: Tx, id: number): Promise<boolean> {
  const { changes } = await tx.run(
    "UPDATE outbox SET state = 'pending', ended_at = NULL, attempts = 0, next_at = 0 WHERE id = ?",
    id,
  );
  return changes > 0;
}

/** The oldest dead ones of a target, at most so many. */
export async function reviveDead(tx: Tx, target: string, atMost: number): Promise<number> {
  const { changes } = await tx.run(
    `UPDATE outbox SET state = 'pending', ended_at = NULL, attempts = 0, next_at = 0
     WHERE id IN (SELECT id FROM outbox WHERE target = ? AND state = 'dead' ORDER BY id LIMIT ?)`,
    target,
    atMost,
  );
  return changes;
}

/** Removes what ended before a time, at most so many. Resolves to how many there were. */
export async function removeEnded(
  tx: Tx,
  state: "delivered" | "dead",
  before: number,
  atMost: number,
): Promise<number> {
  const { changes } = await tx.run(
    `DELETE FROM outbox WHERE id IN
     (SELECT id FROM outbox WHERE state = ? AND ended_at < ? ORDER BY ended_at LIMIT ?)`,
    state,
    before,
    atMost,
  );
  return changes;
}
