/** From events to messages: what a target wants is written into the outbox, with the target's cursor, in one transaction. */
import type { Ids } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Store } from "../../store/store.ts";
import { type Cursor, CursorMoved, consume, findCursor } from "../cursor.store.ts";
import { type EventRow, oldestEvent } from "../event.store.ts";
import { type Mask, payloadOf } from "./message.ts";
import { addMessage, waitingFor } from "./outbox.store.ts";
import { cursorName } from "./target.store.ts";
import { type Webhook, wantsTopic } from "./webhook.ts";

export interface Collecting {
  readonly store: Store;
  readonly ids: Ids;
  readonly mask: Mask;
  readonly log: Log;
  /** Messages of one target that may wait; beyond it events stay where they are, and the cursor with them. */
  readonly maxPending: () => number;
}

/** Events of one target looked at in one transaction. */
export const COLLECT_BATCH = 200;

/** What one target has yet to be told. */
export class Collector {
  readonly #all: Collecting;
  readonly #target: string;
  #cursor: Cursor | undefined;

  constructor(all: Collecting, target: string) {
    this.#all = all;
    this.#target = target;
  }

  /** Takes what there is, as far as there is room and it is open. Resolves to whether it got to the end. */
  async collect(webhook: Webhook, isOpen: () => boolean): Promise<boolean> {
    const { store, maxPending } = this.#all;
    try {
      while (isOpen()) {
        this.#cursor ??= await findCursor(store.read, cursorName(this.#target));
        // Taken out of the settings a moment ago.
        if (!this.#cursor) return true;
        await this.#tellOfGap(this.#cursor);
        const room = maxPending() - (await waitingFor(store.read, this.#target)).pending;
        if (room <= 0) return false;
        if (!(await this.#next(this.#cursor, webhook, Math.min(COLLECT_BATCH, room)))) return true;
      }
      return false;
    } catch (error) {
      this.#cursor = undefined;
      if (error instanceof CursorMoved) return false;
      throw error;
    }
  }

  /** A webhook that was disabled or stopped for longer than events are kept is not told of some, and that is not hidden. */
  async #tellOfGap(cursor: Cursor): Promise<void> {
    const oldest = await oldestEvent(this.#all.store.read);
    if (oldest === undefined || oldest <= cursor.seen + 1 || cursor.seen === 0) return;
    this.#all.log.warn("events were removed before a webhook was told of them", {
      webhook: this.#target,
      after: cursor.seen,
      before: oldest,
    });
    cursor.seen = oldest - 1;
  }

  #next(cursor: Cursor, webhook: Webhook, batch: number): Promise<boolean> {
    const { store, ids, mask } = this.#all;
    return consume(store, {
      cursor,
      batch,
      wants: (event) => wantsTopic(webhook, event.topic) && !isAbout(event, this.#target),
      effect: async (tx, wanted) => {
        for (const event of wanted) {
          await addMessage(tx, {
            target: this.#target,
            event_id: event.id,
            topic: event.topic,
            webhook_id: `msg_${ids.token()}`,
            payload: payloadOf(event, mask),
          });
        }
      },
    });
  }
}

/** A target is never told of itself. */
function isAbout({ topic, data }: EventRow, target: string): boolean {
  return topic.startsWith("webhook.") && (JSON.parse(data) as { webhook?: unknown }).webhook === target;
}
