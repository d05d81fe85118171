/** What is under way: aborted when its client goes away or the daemon stops, and counted where an address may have only so many. */
import { HttpRefusal } from "./problem.ts";

export interface Calls {
  /** Gives what to abort, and how to say that it is over. */
  begin(client: AbortSignal): { readonly controller: AbortController; readonly end: () => void };
  /** Refuses when the address has too many streams. Gives how to say that one has ended. */
  openStream(address: string): () => void;
  /** From now on nothing waits. */
  abortAll(): void;
}

export function createCalls(streamsPerAddress: number): Calls {
  const underWay = new Set<AbortController>();
  const streams = new Map<string, number>();
  let isOver = false;
  return {
    begin(client) {
      const controller = new AbortController();
      const abort = () => controller.abort();
      if (client.aborted || isOver) abort();
      client.addEventListener("abort", abort);
      underWay.add(controller);
      const end = () => {
        underWay.delete(controller);
        client.removeEventListener("abort", abort);
      };
      return { controller, end };
    },
    openStream(address) {
      const open = streams.get(address) ?? 0;
      if (open >= streamsPerAddress) {
        throw new HttpRefusal("rate_limited", `One address has ${streamsPerAddress} streams at most.`, {
          hint: "Close one, or try again later.",
        });
      }
      streams.set(address, open + 1);
      return () => {
        const left = (streams.get(address) ?? 1) - 1;
        if (left > 0) streams.set(address, left);
        else streams.delete(address);
      };
    },
    abortAll() {
      isOver = true;
      for (const controller of underWay) controller.abort();
    },
  };
}
