/** `steward queue import FILE`: the file is read here, for the daemon may not be allowed to. */
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { asFailure, Failure, refusalFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { render } from "../render.ts";
import { visibleJson } from "../visible.ts";
import { readQueueText } from "./queue-text.ts";

/** A message this long fits in every line that a daemon may be told to read, in bytes: no settings need to be looked at. */
const ALWAYS_SENT_BYTES = 64 * 1024;

/** What stands around the input in a message, in bytes. */
const ENVELOPE_BYTES = 100;

interface Wanted {
  readonly text: string;
  readonly file: string;
  readonly dryRun: boolean;
  readonly project?: unknown;
}

export async function importQueue({ input, json, out, call, paths }: Invocation): Promise<number> {
  const file = String(input.file);
  const wanted: Wanted = {
    ...{ text: await readQueueText(file), file: file === "-" ? "stdin" : file, dryRun: input.dryRun === true },
    ...(input.project !== undefined && { project: input.project }),
  };
  await checkItFits(wanted, paths.settings);
  const report = await call("queue.import", wanted)
    .catch((error: unknown) => withoutDaemon(error, wanted))
    .catch((error: unknown) => {
      throw json ? error : named(error, wanted);
    });
  await out.write(json ? `${visibleJson(JSON.stringify(report))}\n` : await render("queue.import", report));
  return EXIT.ok;
}

/** Before anything is sent: the daemon could only say that a line is too long. */
async function checkItFits(wanted: Wanted, settingsPath: string): Promise<void> {
  const bytes = messageBytes(wanted);
  if (bytes <= ALWAYS_SENT_BYTES) return;
  const { readSettings } = await import("../../config/load.ts");
  const { LIMIT_DEFAULTS } = await import("../../config/limits.ts");
  const { fragments } = await import("../../settings.ts");
  const read = readSettings(settingsPath, fragments);
  const { rpcLineBytes } = read.ok ? read.settings.limits : LIMIT_DEFAULTS;
  if (bytes > rpcLineBytes) throw tooLong(wanted, rpcLineBytes);
}

function messageBytes(wanted: Wanted): number {
  return Buffer.byteLength(JSON.stringify(wanted)) + ENVELOPE_BYTES;
}

function tooLong(wanted: Wanted, limitBytes: number): Failure {
  const size = `${wanted.file} has ${Buffer.byteLength(wanted.text)} bytes`;
  return refusalFailure({
    code: "too_large",
    message: `${size}, as a message to the daemon ${messageBytes(wanted)}: it takes up to ${limitBytes} (limits.rpcLineBytes).`,
    hint: "Raise that limit in steward.json and `steward restart`, or write the file without indentation.",
    data: { limitBytes, bytes: messageBytes(wanted) },
  });
}

/** What a file says can be told without a daemon; only what is here already cannot. */
async function withoutDaemon(error: unknown, { text, dryRun }: Wanted): Promise<unknown> {
  if (!dryRun || asFailure(error).exit !== EXIT.noDaemon) throw error;
  const { readSprintQueue } = await import("../../task/sprint-queue/read.ts");
  const { queueReport } = await import("../../task/sprint-queue/queue-report.ts");
  const queue = readSprintQueue(text, { now: Date.now() });
  return queueReport(queue, { dryRun, created: queue.tasks.length, skipped: [] });
}

/** What the file does not fit for is told of the file. */
function named(thrown: unknown, wanted: Wanted): unknown {
  const { exit, error } = asFailure(thrown);
  if (exit !== REFUSALS.invalid_input.exit) return thrown;
  // A daemon whose settings were changed since it started.
  if (typeof error.data?.limitBytes === "number") return tooLong(wanted, error.data.limitBytes);
  return new Failure(exit, { ...error, message: `${wanted.file}: ${error.message}` });
}
