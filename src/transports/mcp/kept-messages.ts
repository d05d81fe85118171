/** The last messages of a session, for a reader that was cut off and goes on where it stood (Last-Event-ID). */
import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

interface Kept {
  readonly number: number;
  readonly stream: string;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
}

/** Keeps the newest within `maxBytes`; one that is longer by itself is not kept. */
export function keptMessages(maxBytes: number): EventStore {
  const kept: Kept[] = [];
  let bytes = 0;
  let last = 0;
  return {
    async storeEvent(stream, message) {
      const number = ++last;
      const length = JSON.stringify(message).length;
      if (length <= maxBytes) {
        kept.push({ number, stream, message, bytes: length });
        bytes += length;
      }
      while (bytes > maxBytes) bytes -= kept.shift()?.bytes ?? 0;
      return `${number}_${stream}`;
    },
    getStreamIdForEventId: async (id) => streamOf(id, last),
    async replayEventsAfter(id, { send }) {
      const stream = streamOf(id, last) ?? "";
      const after = Number.parseInt(id, 10);
      for (const entry of [...kept]) {
        // What opens a stream has no message to give again.
        if (entry.stream !== stream || entry.number <= after || !("jsonrpc" in entry.message)) continue;
        await send(`${entry.number}_${stream}`, entry.message);
      }
      return stream;
    },
  };
}

/** Undefined for what was never given as an id. */
function streamOf(id: string, last: number): string | undefined {
  const [, number, stream] = /^(\d{1,15})_(.{1,100})$/.exec(id) ?? [];
  return number !== undefined && Number(number) <= last ? stream : undefined;
}
