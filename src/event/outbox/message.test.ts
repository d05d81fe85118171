import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import type { EventRow } from "../event.store.ts";
import { MAX_PAYLOAD_BYTES, payloadOf, signedHeaders } from "./message.ts";
import { signingKey } from "./webhook.ts";

const asItIs = (text: string) => text;

test("what is signed here is verified by the library of Standard Webhooks, and nothing else is", () => {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const payload = payloadOf(anEvent({ data: { note: "grüß dich, 世界" } }), asItIs);
  const headers = signedHeaders(signingKey(secret), "msg_1", Date.now(), payload);
  const receiver = new Webhook(secret);
  expect(receiver.verify(payload, headers)).toMatchObject({ type: "task.completed" });
  expect(() => receiver.verify(`${payload} `, headers)).toThrow();
  expect(() => receiver.verify(payload, { ...headers, "webhook-id": "msg_2" })).toThrow();
  const later = String(Number(headers["webhook-timestamp"]) + 1);
  expect(() => receiver.verify(payload, { ...headers, "webhook-timestamp": later })).toThrow();
});

test("a message says what happened, when, and where to read more", () => {
  expect(JSON.parse(payloadOf(anEvent({ data: { from: "running" } }), asItIs))).toEqual({
    type: "task.completed",
    timestamp: "2026-01-05T08:00:00.000Z",
    data: { number: 7, actor: "agent:shell", taskId: "task-17", runId: null, data: { from: "running" } },
  });
});

test("no text of it holds a secret, names and inner lists included, and it stays JSON whatever the secret is", () => {
  const data = { note: "it is hunter2", list: [{ hunter2: ['"hunter2"'] }], count: 2, none: null };
  const mask = (text: string) => text.replaceAll("hunter2", "*******").replaceAll('":"', "***");
  const payload = payloadOf(anEvent({ data }), mask);
  expect(payload).not.toContain("hunter2");
  expect(JSON.parse(payload).data.data).toEqual({
    note: "it is *******",
    list: [{ "*******": ['"*******"'] }],
    count: 2,
    none: null,
  });
});

test("an event that is too long is told without its data", () => {
  const payload = payloadOf(anEvent({ data: { text: "ü".repeat(MAX_PAYLOAD_BYTES / 2) } }), asItIs);
  expect(payload.length).toBeLessThan(1000);
  expect(JSON.parse(payload).data).toMatchObject({ number: 7, data: null });
});

function anEvent({ data }: { data: object }): EventRow {
  const at = Date.parse("2026-01-05T08:00:00Z");
  return {
    id: 7,
    at,
    topic: "task.completed",
    actor: "agent:shell",
    task_id: 17,
    run_id: null,
    data: JSON.stringify(data),
  };
}
