/** What leaves the house by itself: webhooks, and with them everything that the outbox needs of the other rooms. */
import { systemClock } from "../core/clock.ts";
import { systemIds } from "../core/ids.ts";
import { createWebhooks, type WebhookDoor } from "../event/outbox/webhooks.ts";
import { maskSecrets } from "../run/process/mask.ts";
import type { Store } from "../store/store.ts";
import type { Ground } from "./ground.ts";

/** In standby, too: that only means that nothing is claimed. Stopped by the lifetime. */
export async function openWebhooks(store: Store, ground: Ground): Promise<WebhookDoor> {
  const { lifetime, log, settings, secretBook } = ground;
  const webhooks = createWebhooks({
    store,
    clock: systemClock,
    ids: systemIds,
    log,
    readSecret: (value) => secretBook.read(value),
    mask: (text) => maskSecrets(Buffer.from(text), secretBook.values()).toString(),
    limits: () => settings.current().limits,
  });
  lifetime.add("webhooks", () => webhooks.stop());
  await webhooks.apply(settings.current().webhooks);
  return webhooks;
}
