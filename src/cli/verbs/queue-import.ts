/** `steward queue import FILE`: the file is read here, for the daemon may not be allowed to. */
import { readFile, stat } from "node:fs/promises";
import { EXIT } from "../../core/refusal.ts";
import { refusalFailure, usageFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { render } from "../render.ts";
import { readStdin } from "../stdin.ts";
import { visibleJson } from "../visible.ts";

/** A larger file is not sent: the line to the daemon has the same limit, in bytes. */
const QUEUE_FILE_BYTES = 8 * 1024 * 1024;

export async function importQueue({ input, json, out, call }: Invocation): Promise<number> {
  const file = String(input.file);
  const text = file === "-" ? await readStdin() : await readQueueFile(file);
  const report = await call("queue.import", {
    text,
    file: file === "-" ? "stdin" : file,
    dryRun: input.dryRun === true,
  });
  await out.write(json ? `${visibleJson(JSON.stringify(report))}\n` : await render("queue.import", report));
  return EXIT.ok;
}

async function readQueueFile(file: string): Promise<string> {
  try {
    if ((await stat(file)).size <= QUEUE_FILE_BYTES) return await readFile(file, "utf8");
  } catch (error) {
    throw usageFailure(
      `${file} cannot be read: ${(error as Error).message}.`,
      "Give the path of a queue file, or - for stdin.",
    );
  }
  throw refusalFailure({ code: "too_large", message: `${file} is larger than ${QUEUE_FILE_BYTES} bytes.` });
}
