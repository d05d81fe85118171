/** All SQL of the outbox's targets: which there are, how their last attempt went, and whether one is stopped. */
import type { Reader, Tx } from "../../store/store.ts";
import { closeCursor, openCursor } from "../cursor.store.ts";
import { appendEvent } from "../event.store.ts";

export interface TargetRow {
  readonly name: string;
  readonly stopped_at: number | null;
  readonly stopped_reason: string | null;
  readonly delivered_at: number | null;
  readonly failed_at: number | null;
  /** Of the last attempt, when that failed. */
  readonly last_error: string | null;
}

export function cursorName(target: string): string {
  return `webhook:${target}`;
}

export function listTargets(read: Reader): Promise<TargetRow[]> {
  return read.all(
    "SELECT name, stopped_at, stopped_reason, delivered_at, failed_at, last_error FROM outbox_target ORDER BY name",
  );
}

/** A new target begins with what happens from now on; what still waits for one that is gone is dead. */
export async function settleTargets(tx: Tx, configured: readonly string[]): Promise<void> {
  const known = new Set((await listTargets(tx)).map(({ name }) => name));
  for (const name of configured) {
    if (known.delete(name)) continue;
    await tx.run("INSERT INTO outbox_target(name) VALUES (?)", name);
    await openCursor(tx, cursorName(name));
  }
  for (const gone of known) {
    await tx.run("DELETE FROM outbox_target WHERE name = ?", gone);
    await closeCursor(tx, cursorName(gone));
    await tx.run(
      "UPDATE outbox SET state = 'dead', ended_at = ?, last_error = ? WHERE target = ? AND state = 'pending'",
      tx.now(),
      "the webhook was taken out of the settings",
      gone,
    );
  }
}

export async function noteDelivered(tx: Tx, target: string): Promise<void> {
  await tx.run("UPDATE outbox_target SET delivered_at = ?, last_error = NULL WHERE name = ?", tx.now(), target);
}

export async function noteFailed(tx: Tx, target: string, error: string): Promise<void> {
  await tx.run("UPDATE outbox_target SET failed_at = ?, last_error = ? WHERE name = ?", tx.now(), error, target);
}

/** Nothing is sent to it any more until somebody resumes it. */
export async function stopTarget(tx: Tx, target: string, reason: string): Promise<void> {
  const { changes } = await tx.run(
    "UPDATE outbox_target SET stopped_at = ?, stopped_reason = ? WHERE name = ? AND stopped_at IS NULL",
    tx.now(),
    reason,
    target,
  );
  if (changes > 0) {
    await appendEvent(tx, { topic: "webhook.stopped", actor: "host:outbox", data: { webhook: target, reason } });
  }
}

/** False when it was not stopped. */
export async function resumeTarget(tx: Tx, target: string, actor: string): Promise<boolean> {
  const { changes } = await tx.run(
    "UPDATE outbox_target SET stopped_at = NULL, stopped_reason = NULL WHERE name = ? AND stopped_at IS NOT NULL",
    target,
  );
  if (changes > 0) await appendEvent(tx, { topic: "webhook.resumed", actor, data: { webhook: target } });
  return changes > 0;
}
