/** The public door of webhooks: how each is, try one, let one go on that was stopped. */
import * as z from "zod";
import { actorLabel } from "../../core/actor.ts";
import { iso } from "../../core/clock.ts";
import { type Call, operation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import type { Store } from "../../store/store.ts";
import { countDead, waitingFor } from "./outbox.store.ts";
import { listTargets, resumeTarget } from "./target.store.ts";
import { shownUrl, type Webhook, WebhookName } from "./webhook.ts";
import type { WebhookDoor } from "./webhooks.ts";

export interface WebhookRoom {
  readonly store: Store;
  readonly webhooks: WebhookDoor;
}

const Named = z.strictObject({ webhook: WebhookName.describe("Its name in the settings.") });

export const listWebhooks = operation({
  name: "webhook.list",
  summary: "List the configured webhooks and how they are.",
  effect: "read",
  scope: "read",
  rest: "GET /webhooks",
  input: z.strictObject({}),
  output: z.object({
    webhooks: z.array(
      z.object({
        webhook: z.string(),
        url: z.string().describe("Without its query, which may hold a token."),
        topics: z.array(z.string()),
        state: z
          .enum(["active", "disabled", "stopped"])
          .describe("stopped: it wants no more, or somebody has to look."),
        pending: z.int().describe("Messages that wait for it."),
        oldestPendingAt: z.string().nullable(),
        dead: z.int().describe("Messages that were given up."),
        deliveredAt: z.string().nullable().describe("When it last took a message."),
        failedAt: z.string().nullable().describe("When it last did not."),
        lastError: z.string().nullable().describe("Of the last attempt, when that failed."),
        problem: z.string().nullable(),
      }),
    ),
  }),
  refuses: [],
  example: {},
  handle: async ({ store, webhooks }: WebhookRoom) => {
    const targets = new Map((await listTargets(store.read)).map((target) => [target.name, target]));
    const views = Object.entries(webhooks.configured()).map(async ([name, { url, topics, enabled }]) => {
      const target = targets.get(name);
      const { pending, oldest_at } = await waitingFor(store.read, name);
      return {
        webhook: name,
        url: shownUrl(url),
        topics,
        state: enabled ? (target?.stopped_at ? ("stopped" as const) : ("active" as const)) : ("disabled" as const),
        pending,
        oldestPendingAt: iso(oldest_at),
        dead: await countDead(store.read, name),
        deliveredAt: iso(target?.delivered_at),
        failedAt: iso(target?.failed_at),
        lastError: target?.last_error ?? null,
        problem: webhooks.problemOf(name) ?? null,
      };
    });
    return { webhooks: await Promise.all(views) };
  },
});

export const testWebhook = operation({
  name: "webhook.test",
  summary: "Send a webhook a signed message of the type webhook.tested now, and tell how it was taken.",
  effect: "write",
  scope: "operate",
  rest: "POST /webhooks/{webhook}/test",
  args: ["webhook"],
  input: Named,
  output: z.object({
    webhook: z.string(),
    delivered: z.boolean(),
    status: z.int().nullable().describe("What it answered."),
    error: z.string().nullable(),
    tookMs: z.int(),
  }),
  refuses: ["not_found"],
  example: { webhook: "ci" },
  handle: async ({ webhooks, signal }: WebhookRoom & Call, { webhook }) => ({
    webhook,
    ...(await webhooks.test(configured(webhooks, webhook), signal)),
  }),
});

export const resumeWebhook = operation({
  name: "webhook.resume",
  summary: "Let a stopped webhook go on where it stopped.",
  effect: "write",
  scope: "operate",
  rest: "POST /webhooks/{webhook}/resume",
  args: ["webhook"],
  input: Named,
  output: z.object({ webhook: z.string(), resumed: z.boolean().describe("false: it was not stopped.") }),
  refuses: ["not_found"],
  example: { webhook: "ci" },
  handle: async ({ store, webhooks, actor }: WebhookRoom & Call, { webhook }) => {
    configured(webhooks, webhook);
    const resumed = await store.write((tx) => resumeTarget(tx, webhook, actorLabel(actor)));
    await webhooks.lookAgain();
    return { webhook, resumed };
  },
});

function configured(webhooks: WebhookDoor, name: string): Webhook {
  const webhook = Object.hasOwn(webhooks.configured(), name) ? webhooks.configured()[name] : undefined;
  return (
    webhook ??
    refuse("not_found", `There is no webhook "${name}".`, { hint: "`steward webhook list` shows what there is." })
  );
}

export const webhookOperations = [listWebhooks, testWebhook, resumeWebhook] as const;
