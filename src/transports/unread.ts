/** Bounds what all clients together leave unread of their answers: beyond it nobody is asked for more, and whoever holds most is let go. */
import type { Log } from "../core/log.ts";

export interface Holder {
  /** What is kept for it until it reads, in bytes. */
  unreadBytes(): number;
  /** Ends it. What it has not read is lost, so there is no word that could reach it. */
  letGo(): void;
}

export interface Unread {
  /** Counts it until its memory is free, which is later than when it was let go. Returns how to count it no more. */
  hold(holder: Holder): () => void;
  /** To be called when something was written that may stay unread. */
  written(): void;
  /** To be called when something was read. */
  read(): void;
  /** As long as it is, nothing should be asked that brings more answers. */
  isFull(): boolean;
  /** Calls back once, when it is full no more. */
  whenRoom(tell: () => void): void;
}

export function createUnread(maxBytes: () => number, log: Log): Unread {
  const holders = new Map<Holder, { isGoing: boolean }>();
  const waiting = new Set<() => void>();
  let isFull = false;

  function measure() {
    let all = 0;
    let kept = 0;
    let most: { holder: Holder; bytes: number } | undefined;
    for (const [holder, { isGoing }] of holders) {
      const bytes = holder.unreadBytes();
      all += bytes;
      if (isGoing) continue;
      kept += bytes;
      if (bytes > (most?.bytes ?? 0)) most = { holder, bytes };
    }
    isFull = all > maxBytes();
    return { kept, most };
  }

  function read(): void {
    if (!isFull) return;
    measure();
    if (isFull) return;
    const told = [...waiting];
    waiting.clear();
    for (const tell of told) tell();
  }

  return {
    hold(holder) {
      holders.set(holder, { isGoing: false });
      return () => {
        holders.delete(holder);
        read();
      };
    },
    written() {
      for (let { kept, most } = measure(); most && kept > maxBytes(); { kept, most } = measure()) {
        const facts = { unreadBytes: most.bytes, ofAllBytes: kept, limitBytes: maxBytes() };
        log.warn("clients leave too much unread: dropped the one that leaves most", facts);
        holders.set(most.holder, { isGoing: true });
        most.holder.letGo();
      }
    },
    read,
    isFull: () => isFull,
    whenRoom: (tell) => void waiting.add(tell),
  };
}
