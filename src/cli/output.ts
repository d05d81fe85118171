/** Writes to stdout and stderr without losing the end of it, and notices when nobody reads any more. */
import { writeSync } from "node:fs";

/** More than this goes through the stream: a pipe may take only a part at once, in bytes. */
const SYNC_BYTES = 16 * 1024;

export interface Output {
  readonly isTerminal: boolean;
  /** Throws `ReaderGone` when the other end of a pipe is closed. */
  write(text: string | Buffer): Promise<void>;
}

/** `steward … | head`: no error, just the end. */
export class ReaderGone extends Error {
  constructor() {
    super("nobody reads the output any more");
    this.name = "ReaderGone";
  }
}

export function outputTo(fd: 1 | 2): Output {
  return {
    get isTerminal() {
      return process.getBuiltinModule("node:tty").isatty(fd);
    },
    async write(text) {
      const bytes = typeof text === "string" ? Buffer.from(text) : text;
      const written = bytes.length <= SYNC_BYTES ? writeNow(fd, bytes) : 0;
      if (written < bytes.length) await writeThroughStream(fd, bytes.subarray(written));
    },
  };
}

/** How many bytes were taken; the rest waits for a full pipe to be read. */
function writeNow(fd: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") throw new ReaderGone();
    if (code !== "EAGAIN") throw error;
  }
  return written;
}

function writeThroughStream(fd: 1 | 2, bytes: Buffer): Promise<void> {
  const stream = fd === 1 ? process.stdout : process.stderr;
  if (stream.listenerCount("error") === 0) stream.on("error", () => {}); // the callback below tells of it
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error?: NodeJS.ErrnoException | null) => {
      if (!error) resolve();
      else reject(error.code === "EPIPE" ? new ReaderGone() : error);
    });
  });
}
