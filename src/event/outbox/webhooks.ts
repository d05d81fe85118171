/** The webhooks that are configured. What sends is loaded with the first of them: most hosts have none. */
import { randomUUID } from "node:crypto";
import { iso } from "../../core/clock.ts";
import type { Delivering } from "./delivery.ts";
import type { Outbox } from "./outbox.ts";
import type { Send } from "./send.ts";
import { keepSwept, type SweepLimits } from "./sweep.ts";
import { listTargets, settleTargets } from "./target.store.ts";
import type { Webhook, Webhooks } from "./webhook.ts";

export interface WebhooksOptions extends Omit<Delivering, "send" | "maxPending"> {
  readonly limits: () => SweepLimits & { readonly outboxPendingMessages: number };
  /** Default: over the network. */
  readonly send?: Send;
}

export interface Tested {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly tookMs: number;
}

export interface WebhookDoor {
  readonly configured: () => Webhooks;
  /** Follows the settings. */
  readonly apply: (webhooks: Webhooks) => Promise<void>;
  /** Looks again at what the store says: it was stopped, resumed, or something is to be sent again. */
  readonly lookAgain: () => Promise<void>;
  /** Why nothing leaves for one though something should, to follow its name. */
  readonly problemOf: (name: string) => string | undefined;
  readonly problems: () => string[];
  /** Sends a message about nothing, past the outbox. */
  readonly test: (webhook: Webhook, signal: AbortSignal) => Promise<Tested>;
  readonly stop: () => Promise<void>;
}

export function createWebhooks(options: WebhooksOptions): WebhookDoor {
  const { store, clock, log } = options;
  let configured: Webhooks = {};
  let outbox: Outbox | undefined;
  const stopSweeping = keepSwept({ store, clock, log, limits: options.limits });
  const problemOf = (name: string) => outbox?.problemOf(name);
  const sender = async (): Promise<Send> => {
    if (options.send) return options.send;
    const { createSend } = await import("./send.ts");
    return createSend({ clock });
  };
  const delivering = async (): Promise<Delivering> => ({
    ...options,
    send: await sender(),
    maxPending: () => options.limits().outboxPendingMessages,
  });

  return {
    configured: () => configured,
    problemOf,
    problems: () =>
      Object.keys(configured).flatMap((name) => {
        const problem = problemOf(name);
        return problem === undefined ? [] : [`The webhook "${name}" ${problem.replace(/\.$/, "")}.`];
      }),
    async apply(webhooks) {
      configured = webhooks;
      const names = Object.keys(webhooks);
      const known = (await listTargets(store.read)).map(({ name }) => name);
      if (new Set([...names, ...known]).size !== known.length || names.length !== known.length) {
        await store.write((tx) => settleTargets(tx, names));
      }
      if (names.length > 0 && !outbox) {
        const { Outbox } = await import("./outbox.ts");
        outbox = new Outbox(await delivering());
        outbox.start();
      }
      await outbox?.renew(webhooks);
    },
    lookAgain: async () => outbox?.renew(configured),
    async test(webhook, signal) {
      const { letterFor } = await import("./letter.ts");
      const { wordedError } = await import("./delivery.ts");
      const { mask, readSecret } = options;
      const began = clock.monotonic();
      const ended = (rest: Omit<Tested, "tookMs">) => ({ ...rest, tookMs: Math.round(clock.monotonic() - began) });
      try {
        const payload = JSON.stringify({ type: "webhook.tested", timestamp: iso(clock.now()), data: {} });
        const message = { webhook_id: `msg_${randomUUID()}`, payload };
        const letter = letterFor(webhook, message, { at: clock.now(), readSecret });
        const { status } = await (await sender())(letter, signal);
        const delivered = status >= 200 && status < 300;
        return ended({ delivered, status, error: delivered ? null : `it answered ${status}` });
      } catch (error) {
        return ended({ delivered: false, status: null, error: wordedError(error, mask) });
      }
    },
    async stop() {
      await stopSweeping();
      await outbox?.stop();
    },
  };
}
