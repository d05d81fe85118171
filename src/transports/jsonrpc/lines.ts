/** Cuts a byte stream into lines within bounded memory: work stays linear however the bytes are chunked. */

const NEWLINE = 0x0a;

/** The smallest buffer that unfinished lines are gathered in, in bytes. */
const GATHER_BYTES = 16 * 1024;

export interface LineSplitter {
  feed(chunk: Buffer): void;
  /** The next whole line without its newline, valid until the next `feed`; undefined when more bytes are needed. */
  next(): Buffer | "too long" | undefined;
  /** Bytes that belong to no line given out yet. */
  waiting(): number;
}

/** The lines of a stream as they come, each valid until the next is asked for. Nothing is read ahead of its reader. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<Buffer | "too long"> {
  const lines = lineSplitter(maxLineBytes);
  for await (const chunk of chunks) {
    lines.feed(chunk);
    for (let line = lines.next(); line !== undefined; line = lines.next()) yield line;
  }
}

export function lineSplitter(maxLineBytes: number): LineSplitter {
  let held: Buffer = Buffer.alloc(0);
  let start = 0;
  let end = 0;
  let scanned = 0;

  function append(chunk: Buffer): void {
    const waiting = end - start;
    // A chunk as it came is full, so it is never written to; a buffer of our own has room to grow.
    if (end + chunk.length > held.length) {
      const roomier = Buffer.allocUnsafe(Math.max(GATHER_BYTES, 2 * (waiting + chunk.length)));
      held.copy(roomier, 0, start, end);
      held = roomier;
      scanned -= start;
      start = 0;
      end = waiting;
    }
    end += chunk.copy(held, end);
  }

  return {
    feed(chunk) {
      if (start < end) return append(chunk);
      held = chunk;
      start = 0;
      scanned = 0;
      end = chunk.length;
    },
    next() {
      const offset = held.subarray(scanned, end).indexOf(NEWLINE);
      const at = offset < 0 ? end : scanned + offset;
      if (at - start > maxLineBytes) return "too long";
      scanned = at;
      if (offset < 0) return undefined;
      const line = held.subarray(start, at);
      start = at + 1;
      scanned = start;
      return line;
    },
    waiting: () => end - start,
  };
}
