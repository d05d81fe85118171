/** Lets reads begin a few at a time: what they answer is counted before more is asked, so that a crowd cannot fill the memory. */
import type { Operation, Ports } from "../core/operation.ts";
import { Refusal } from "../core/refusal.ts";
import type { Unread } from "./unread.ts";

/** Reads that begin in one turn of the event loop. Each may bring a prompt and a result, which pass through memory several times. */
const READS_A_TURN = 8;

/** Writes are not held up: the more come at once, the more are committed together, and what they answer is short. */
export function pacedPorts(ports: Ports, operations: readonly Operation[], unread: Unread): Ports {
  const reads = new Set(operations.filter(({ effect }) => effect === "read").map(({ name }) => name));
  const waiting: (() => void)[] = [];
  let begun = 0;
  let isTurning = false;

  /** Undefined: it may begin at once. */
  function turn(): Promise<void> | undefined {
    turnLater();
    if (waiting.length > 0 || begun >= READS_A_TURN || unread.isFull()) {
      return new Promise((resolve) => void waiting.push(resolve));
    }
    begun += 1;
    return undefined;
  }

  function turnLater(): void {
    if (isTurning) return;
    isTurning = true;
    setImmediate(() => {
      isTurning = false;
      begun = 0;
      if (waiting.length === 0) return;
      if (unread.isFull()) return unread.whenRoom(turnLater);
      for (const begin of waiting.splice(0, READS_A_TURN)) {
        begun += 1;
        begin();
      }
      turnLater();
    });
  }

  return {
    ...ports,
    call(name, input, actor, options) {
      const myTurn = reads.has(name) ? turn() : undefined;
      if (!myTurn) return ports.call(name, input, actor, options);
      return myTurn.then(() => {
        if (options?.signal?.aborted) throw new Refusal("unavailable", "Whoever asked is gone.");
        return ports.call(name, input, actor, options);
      });
    },
  };
}
