/** A message as Standard Webhooks has it: what it says, and how its receiver knows that it is ours. */
import { createHmac } from "node:crypto";
import { iso } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import type { EventRow } from "../event.store.ts";

/** Longest payload, in bytes. A longer event is told without its data: `event.list` has it. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

export type Mask = (text: string) => string;

/** No text in it holds a secret that is known by now. */
export function payloadOf(event: EventRow, mask: Mask): string {
  const facts = {
    number: event.id,
    actor: event.actor,
    taskId: event.task_id === null ? null : publicId("task", event.task_id),
    runId: event.run_id === null ? null : publicId("run", event.run_id),
  };
  const message = (data: unknown) =>
    JSON.stringify(masked({ type: event.topic, timestamp: iso(event.at), data: { ...facts, data } }, mask));
  const whole = message(JSON.parse(event.data));
  return Buffer.byteLength(whole) <= MAX_PAYLOAD_BYTES ? whole : message(null);
}

/** The three headers of one attempt: the id stays the same through all of them, the time does not. */
export function signedHeaders(key: Buffer, webhookId: string, at: number, payload: string): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac("sha256", key).update(`${webhookId}.${timestamp}.${payload}`).digest("base64");
  return { "webhook-id": webhookId, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

/** Each text by itself, so that what is left is JSON whatever a secret looks like. */
function masked(value: unknown, mask: Mask): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((item) => masked(item, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [mask(name), masked(below, mask)]));
}
