/** Whether a socket's reader keeps up, and waiting until it does. */
import type { Writable } from "node:stream";
import type { Clock } from "../../core/clock.ts";

/** Resolves with true when all was read, with false when it was not within `stallMs` or the socket is gone. */
export function drained(socket: Writable, clock: Clock, stallMs: number): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (isDrained: boolean) => () => {
      timer.cancel();
      socket.off("drain", onDrain);
      socket.off("close", onClose);
      resolve(isDrained);
    };
    const onDrain = end(true);
    const onClose = end(false);
    const timer = clock.after(stallMs, end(false));
    socket.once("drain", onDrain);
    socket.once("close", onClose);
  });
}
