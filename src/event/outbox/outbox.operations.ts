/** The public door of the outbox: see what is on its way, send it again, give it up. */
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { iso } from "../../core/clock.ts";
import { parseId, publicId } from "../../core/ids.ts";
import { type Call, operation } from "../../core/operation.ts";
import { PageLimit, type PageLimits, pageSize } from "../../core/page.ts";
import { refuse } from "../../core/refusal.ts";
import type { Store } from "../../store/store.ts";
import { bury, listMessages, MESSAGE_STATES, messageById, reviveDead, reviveOne } from "./outbox.store.ts";
import { WebhookName } from "./webhook.ts";
import type { WebhookDoor } from "./webhooks.ts";

export interface OutboxRoom {
  readonly store: Store;
  readonly webhooks: WebhookDoor;
  readonly limits: () => PageLimits;
}

/** Dead messages that one call brings back. */
const MAX_REVIVED = 1_000;

const MessageId = z.string().max(64).describe("Its id, as message-17.");

export const listOutbox = operation({
  name: "outbox.list",
  summary: "List messages of the outbox, the newest first.",
  effect: "read",
  scope: "read",
  rest: "GET /outbox",
  input: z.strictObject({
    state: z.enum(MESSAGE_STATES).optional().describe("Only those in this state."),
    target: WebhookName.optional().describe("Only those for this webhook."),
    before: MessageId.optional().describe("Only those older than this one: `next` of the page before."),
    limit: PageLimit,
  }),
  output: z.object({
    messages: z.array(
      z.object({
        messageId: z.string(),
        target: z.string(),
        topic: z.string(),
        event: z.int().describe("The number of the event that it tells of."),
        state: z.enum(MESSAGE_STATES),
        attempts: z.int(),
        nextAt: z.string().nullable().describe("When it is sent again; null: as soon as it is its turn, or never."),
        lastStatus: z.int().nullable(),
        lastError: z.string().nullable(),
        createdAt: z.string(),
        endedAt: z.string().nullable(),
        webhookId: z.string().describe("What its receiver knows it by; the same in all attempts."),
      }),
    ),
    next: z.string().nullable().describe("Give it as `before` for the next page."),
  }),
  refuses: ["not_found"],
  example: { state: "dead" },
  handle: async ({ store, limits }: OutboxRoom, { state, target, before, limit }) => {
    const size = pageSize(limit, limits());
    const from = before === undefined ? undefined : idOf(before);
    const rows = await listMessages(store.read, { state, target, before: from, limit: size + 1 });
    const page = rows.slice(0, size);
    const last = page.at(-1);
    return {
      messages: page.map((row) => ({
        messageId: publicId("message", row.id),
        target: row.target,
        topic: row.topic,
        event: row.event_id,
        state: row.state,
        attempts: row.attempts,
        nextAt: row.state === "pending" && row.next_at > 0 ? iso(row.next_at) : null,
        lastStatus: row.last_status,
        lastError: row.last_error,
        createdAt: iso(row.created_at),
        endedAt: iso(row.ended_at),
        webhookId: row.webhook_id,
      })),
      next: rows.length > size && last ? publicId("message", last.id) : null,
    };
  },
});

export const redeliver = operation({
  name: "outbox.redeliver",
  summary: "Send a message again now, or all dead ones of a webhook: same id, same text, before what came after.",
  effect: "write",
  scope: "operate",
  rest: "POST /outbox/redeliver",
  args: ["messageId"],
  input: z.strictObject({
    messageId: MessageId.optional(),
    target: WebhookName.optional().describe("With allDead: whose."),
    allDead: z.boolean().default(false).describe(`All dead messages of the target, the oldest ${MAX_REVIVED} at once.`),
  }),
  output: z.object({
    redelivered: z.int(),
    more: z.boolean().describe("There may be more dead ones: ask again."),
  }),
  refuses: ["not_found", "conflict"],
  example: { messageId: "message-17" },
  handle: async ({ store, webhooks }: OutboxRoom, { messageId, target, allDead }) => {
    if ((messageId === undefined) !== allDead || (target === undefined) === allDead) {
      refuse("invalid_input", "Name one message, or a target with allDead.");
    }
    const redelivered =
      messageId === undefined
        ? await reviveAll(store, webhooks, target ?? "")
        : await reviveNamed(store, webhooks, messageId);
    await webhooks.lookAgain();
    return { redelivered, more: redelivered === MAX_REVIVED };
  },
});

export const drop = operation({
  name: "outbox.drop",
  summary: "Give up a message that waits: it is dead, and what stands behind it goes on.",
  confirm: "Give up {messageId}? It is not sent any more.",
  effect: "destroy",
  scope: "operate",
  rest: "POST /outbox/{messageId}/drop",
  args: ["messageId"],
  input: z.strictObject({ messageId: MessageId }),
  output: z.object({ messageId: z.string(), state: z.literal("dead") }),
  refuses: ["not_found", "conflict"],
  example: { messageId: "message-17" },
  handle: async ({ store, webhooks, actor }: OutboxRoom & Call, { messageId }) => {
    const id = idOf(messageId);
    const by = actorLabel(actor);
    const state = await store.write(async (tx) => {
      const message = await messageById(tx, id);
      if (!message) return undefined;
      const failure = { error: `dropped by ${by}`, status: message.last_status };
      return (await bury(tx, message, failure, by, 0)) ? "dropped" : message.state;
    });
    if (state === undefined) noSuch(messageId);
    if (state !== "dropped") refuse("conflict", `${messageId} is ${state}: only one that is pending can be dropped.`);
    await webhooks.lookAgain();
    return { messageId, state: "dead" as const };
  },
});

async function reviveNamed(store: Store, webhooks: WebhookDoor, messageId: string): Promise<number> {
  const id = idOf(messageId);
  const message = await messageById(store.read, id);
  if (!message) noSuch(messageId);
  insistOn(webhooks, message.target);
  return (await store.write((tx) => reviveOne(tx, id))) ? 1 : noSuch(messageId);
}

function reviveAll(store: Store, webhooks: WebhookDoor, target: string): Promise<number> {
  insistOn(webhooks, target);
  return store.write((tx) => reviveDead(tx, target, MAX_REVIVED));
}

function insistOn(webhooks: WebhookDoor, target: string): void {
  if (Object.hasOwn(webhooks.configured(), target)) return;
  refuse("conflict", `There is no webhook "${target}" to send to.`, { hint: "Put it back into the settings." });
}

function idOf(messageId: string): number {
  return parseId("message", messageId) ?? noSuch(messageId);
}

function noSuch(messageId: string): never {
  refuse("not_found", `There is no message "${messageId}".`, { hint: "`steward outbox list` shows what there is." });
}

export const outboxOperations = [listOutbox, redeliver, drop] as const;
