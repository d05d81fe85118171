/** `steward queue import FILE`: the file is read here, for the daemon may not be allowed to. */
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { asFailure, Failure, usageFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { render } from "../render.ts";
import { readStdin } from "../stdin.ts";
import { visibleJson } from "../visible.ts";

/** A larger file is not sent: the line to the daemon has the same limit, in bytes. */
const QUEUE_FILE_BYTES = 8 * 1024 * 1024;

export async function importQueue({ input, json, out, call }: Invocation): Promise<number> {
  const file = String(input.file);
  const text = file === "-" ? await readStdin() : readQueueFile(file);
  const wanted = {
    ...{ text, file: file === "-" ? "stdin" : file, dryRun: input.dryRun === true },
    ...(input.project !== undefined && { project: input.project }),
  };
  const report = await call("queue.import", wanted)
    .catch((error: unknown) => withoutDaemon(error, wanted))
    .catch((error: unknown) => {
      throw json ? error : named(error, wanted.file);
    });
  await out.write(json ? `${visibleJson(JSON.stringify(report))}\n` : await render("queue.import", report));
  return EXIT.ok;
}

/** What a file says can be told without a daemon; only what is here already cannot. */
async function withoutDaemon(error: unknown, { text, dryRun }: { text: string; dryRun: boolean }): Promise<unknown> {
  if (!dryRun || asFailure(error).exit !== EXIT.noDaemon) throw error;
  const { readSprintQueue } = await import("../../task/sprint-queue/read.ts");
  const { queueReport } = await import("../../task/sprint-queue/queue-report.ts");
  const queue = readSprintQueue(text, { now: Date.now() });
  return queueReport(queue, { dryRun, created: queue.tasks.length, skipped: [] });
}

/** What the file does not fit for is told of the file. */
function named(thrown: unknown, file: string): unknown {
  const { exit, error } = asFailure(thrown);
  if (exit !== REFUSALS.invalid_input.exit) return thrown;
  return new Failure(exit, { ...error, message: `${file}: ${error.message}` });
}

/** A pipe could be waited for and a device read without an end: they come in as stdin, which is bounded. */
function readQueueFile(file: string): string {
  try {
    return readBoundedFile(file, QUEUE_FILE_BYTES).toString("utf8");
  } catch (error) {
    throw usageFailure(`${file} ${readFailure(error)}.`, "Give the path of a queue file, or - for stdin.");
  }
}
