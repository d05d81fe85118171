/** Everything that leaves the house: one delivery for each target, woken by the events that it wants. */
import { subscribe } from "../event.store.ts";
import { type Delivering, Delivery } from "./delivery.ts";
import { listTargets } from "./target.store.ts";
import { type Webhooks, wantsTopic } from "./webhook.ts";

/** How long stopping waits for an attempt that is under way, in ms. */
const STOP_GRACE_MS = 2_000;

export class Outbox {
  readonly #all: Delivering;
  readonly #deliveries = new Map<string, Delivery>();
  #webhooks: Webhooks = {};
  #unsubscribe: () => void = () => {};

  constructor(all: Delivering) {
    this.#all = all;
  }

  start(): void {
    this.#unsubscribe = subscribe(this.#all.store, ({ topic }) => {
      for (const [name, delivery] of this.#deliveries) {
        const webhook = this.#webhooks[name];
        if (webhook && wantsTopic(webhook, topic)) delivery.wake();
      }
    });
  }

  /** What the settings and the store say now; each begins with what it has missed. */
  async renew(webhooks: Webhooks): Promise<void> {
    const known = await listTargets(this.#all.store.read);
    this.#webhooks = webhooks;
    for (const [name, webhook] of Object.entries(webhooks)) {
      const standing = known.find((target) => target.name === name) ?? { stopped_reason: null, last_error: null };
      const delivery = this.#deliveries.get(name) ?? new Delivery(this.#all, name, webhook, standing);
      this.#deliveries.set(name, delivery);
      delivery.renew(webhook, standing);
    }
    const gone = [...this.#deliveries].filter(([name]) => !Object.hasOwn(webhooks, name));
    for (const [name] of gone) this.#deliveries.delete(name);
    await Promise.all(gone.map(([, delivery]) => delivery.end(STOP_GRACE_MS)));
  }

  wake(target: string): void {
    this.#deliveries.get(target)?.wake();
  }

  /** Why nothing leaves for a target though something should, to follow its name. */
  problemOf(target: string): string | undefined {
    return this.#deliveries.get(target)?.problem();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.end(STOP_GRACE_MS)));
  }
}
