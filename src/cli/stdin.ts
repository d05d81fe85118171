/** Reads what is piped in, up to a limit. */
import { refusalFailure } from "./failure.ts";

/** More than this is not read from stdin, in bytes. */
const STDIN_BYTES = 8 * 1024 * 1024;

export async function readStdin(): Promise<string> {
  return (await readStdinBytes()).toString();
}

export async function readStdinBytes(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > STDIN_BYTES)
      throw refusalFailure({ code: "too_large", message: `stdin may have up to ${STDIN_BYTES} bytes.` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
