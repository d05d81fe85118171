/** The outbox between real events and a network that tests decide: what is sent is written down instead. */

import type { Clock } from "../../src/core/clock.ts";
import type { Ids } from "../../src/core/ids.ts";
import { type Log, silentLog } from "../../src/core/log.ts";
import { appendEvent } from "../../src/event/event.store.ts";
import { listMessages, type MessageRow } from "../../src/event/outbox/outbox.store.ts";
import type { Answer, Send } from "../../src/event/outbox/send.ts";
import { Webhook } from "../../src/event/outbox/webhook.ts";
import { createWebhooks, type WebhookDoor } from "../../src/event/outbox/webhooks.ts";
import type { Store } from "../../src/store/store.ts";
import { testIds } from "../builders.ts";
import { type TestClock, testClock } from "../clock.ts";
import type { OpenStore } from "./on-every-store.ts";

export const KEY = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export interface Sent {
  readonly url: string;
  readonly webhookId: string;
  readonly type: string;
  /** The event's number. */
  readonly number: number;
  readonly at: number;
}

export interface Office {
  readonly store: WatchedStore;
  readonly clock: TestClock;
  readonly ids: Ids;
  readonly sent: readonly Sent[];
  readonly door: WebhookDoor;
  /** One more event. */
  tell(topic?: string): Promise<void>;
  messages(): Promise<MessageRow[]>;
  /** Resolves when everything that was begun is done; what has to wait for a time waits on. */
  settled(): Promise<void>;
}

export interface OfficeOptions {
  /** What the target answers: a status, or nothing at all by throwing. */
  readonly answer?: (sent: Sent, signal: AbortSignal) => number | Answer | Promise<number | Answer>;
  readonly limits?: { readonly outboxPendingMessages?: number };
  readonly readSecret?: () => string;
  readonly log?: Log;
}

export function aWebhook(rest: object = {}): Webhook {
  return Webhook.parse({ url: "https://example.com/hook", topics: ["*"], secret: { env: "KEY" }, ...rest });
}

export const SOME_LIMITS = { outboxPendingMessages: 1_000, outboxDeliveredDays: 7, outboxDeadDays: 30 };

export async function openOffice(openStore: OpenStore, options: OfficeOptions = {}): Promise<Office> {
  const clock = testClock();
  const store = watched(await openStore({ clock, synced: false }));
  return anOffice(store, clock, testIds(), options);
}

export function anOffice(store: WatchedStore, clock: TestClock, ids: Ids, options: OfficeOptions = {}): Office {
  const { answer = () => 204, limits, readSecret = () => KEY, log = silentLog } = options;
  const sent: Sent[] = [];
  const door = createWebhooks({
    store,
    clock,
    ids,
    log,
    mask: (text) => text,
    readSecret,
    limits: () => ({ ...SOME_LIMITS, ...limits }),
    send: sendingTo(sent, clock, answer),
  });
  return {
    store,
    clock,
    ids,
    sent,
    door,
    tell: (topic = "task.completed") => store.write((tx) => appendEvent(tx, { topic, actor: "person:ada" })),
    messages: async () => (await listMessages(store.read, { limit: 10_000 })).reverse(),
    settled: () => store.settled(),
  };
}

function sendingTo(sent: Sent[], clock: Clock, answer: NonNullable<OfficeOptions["answer"]>): Send {
  return async ({ url, headers, body }, signal) => {
    const { type, data } = JSON.parse(body);
    const one = { url, webhookId: headers["webhook-id"] ?? "", type, number: data.number, at: clock.now() };
    sent.push(one);
    const given = await answer(one, signal);
    return typeof given === "number" ? { status: given, retryAfterMs: 0 } : given;
  };
}

/** A store that knows when nothing is asked of it any more, however long its database takes. */
export interface WatchedStore extends Store {
  settled(): Promise<void>;
}

/** Turns of the event loop in which nothing is asked, until nothing more is to be expected. */
const QUIET_TURNS = 5;

export function watched(store: Store): WatchedStore {
  let open = 0;
  const counted = <T>(work: Promise<T>): Promise<T> => {
    open++;
    return work.finally(() => {
      open--;
    });
  };
  return {
    ...store,
    read: {
      get: (sql, ...params) => counted(store.read.get(sql, ...params)),
      all: (sql, ...params) => counted(store.read.all(sql, ...params)),
    },
    write: (work) => counted(store.write(work)),
    async settled() {
      for (let quiet = 0; quiet < QUIET_TURNS; ) {
        await new Promise((resolve) => setImmediate(resolve));
        quiet = open === 0 ? quiet + 1 : 0;
      }
    },
  };
}
