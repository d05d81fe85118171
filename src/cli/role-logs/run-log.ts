/** What one run did, as lines: in the words of all agents where it was talked with, else what it printed. */
import { showEvents } from "../attach/show-events.ts";
import type { Invocation } from "../invocation.ts";
import type { Part } from "../stream.ts";
import type { View } from "../view.ts";
import { lineWriter } from "./lines-of.ts";

export interface RunOfRole {
  readonly runId: string;
  readonly taskId: string;
  readonly role: string;
  readonly agent: string;
  readonly gate: string | null;
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly claimedBy?: string | null;
}

export type Asking = Pick<Invocation, "call" | "follow">;
type Line = (text: string) => Promise<void> | void;

/** As a run's lines are shown, whoever looks: they stand behind its name. */
const PLAIN: View = { isLive: false, hasControl: false, columns: undefined };

/** Bytes of the end of an output that are looked at for its last lines. */
const END_BYTES = 256 * 1024;

const STREAMS = ["stdout", "stderr"] as const;

/** Where its lines go on. */
export interface Place {
  /** Of its events. */
  readonly after: number;
  /** Of what it printed, in bytes. */
  readonly from: Readonly<Record<(typeof STREAMS)[number], number>>;
}

export const START: Place = { after: 0, from: { stdout: 0, stderr: 0 } };

/** What there is now, and where more would come. Of a long output its end. */
export async function linesUntilNow(asking: Asking, run: RunOfRole, isTalkedWith: boolean, line: Line): Promise<Place> {
  if (isTalkedWith) {
    let after = 0;
    await tell(
      eventsUntilNow(asking, run, (next) => {
        after = next;
      }),
      line,
    );
    return { ...START, after };
  }
  const [stdout, stderr] = [
    await printedUntilNow(asking, run, "stdout", line),
    await printedUntilNow(asking, run, "stderr", line),
  ];
  return { ...START, from: { stdout, stderr } };
}

/** What comes from a place on, until it ends. */
export async function linesToCome(asking: Asking, run: RunOfRole, isTalkedWith: boolean, at: Place, line: Line) {
  const { runId } = run;
  if (isTalkedWith) return void (await tell(asking.follow("run.events", { runId, after: at.after }), line));
  const follow = async (stream: (typeof STREAMS)[number]) => {
    const writer = lineWriter(line);
    for await (const part of asking.follow("run.output", { runId, stream, from: at.from[stream] })) {
      if ("item" in part) await writer.write(String(part.item.text));
    }
    await writer.close();
  };
  await Promise.all(STREAMS.map(follow));
}

async function tell(parts: AsyncIterable<Part>, line: Line): Promise<void> {
  const out = lineWriter(line);
  await showEvents(parts, { view: PLAIN, out });
  await out.close();
}

async function* eventsUntilNow(
  { call }: Asking,
  { runId }: RunOfRole,
  on: (next: number) => void,
): AsyncGenerator<Part> {
  for (let after = 0; ; ) {
    const page = (await call("run.events", { runId, after })) as {
      events: Readonly<Record<string, unknown>>[];
      next: number;
    };
    for (const item of page.events) yield { item, next: page.next };
    if (page.events.length === 0) return;
    after = page.next;
    on(after);
  }
}

interface Piece {
  readonly text: string;
  readonly next: number;
}

/** Gives where more would come: behind the last whole line, so that none is told in two. */
async function printedUntilNow(
  { call }: Asking,
  { runId, state }: RunOfRole,
  stream: string,
  line: Line,
): Promise<number> {
  const read = (from: number, limit: number) => call("run.output", { runId, stream, from, limit }) as Promise<Piece>;
  let piece = await read(0, END_BYTES);
  let begin = 0;
  if (piece.next >= END_BYTES) {
    begin = Math.max(0, (await endOfOutput(read)) - END_BYTES);
    piece = await read(begin, END_BYTES);
  }
  const whole = state === "ended" ? piece.text.length : piece.text.lastIndexOf("\n") + 1;
  const lines = piece.text.slice(0, whole).replace(/\n$/, "").split("\n");
  // The first may be the end of a longer one.
  for (const each of whole === 0 ? [] : begin === 0 ? lines : lines.slice(1)) await line(each);
  return piece.next - Buffer.byteLength(piece.text.slice(whole));
}

/** How far it is written, found by asking for a byte here and there: nobody tells of it. Within `END_BYTES` / 4. */
async function endOfOutput(read: (from: number, limit: number) => Promise<Piece>): Promise<number> {
  const isWritten = async (at: number) => (await read(at, 4)).text !== "";
  let low = 0;
  let high = END_BYTES;
  while (await isWritten(high)) [low, high] = [high, high * 4];
  while (high - low > END_BYTES / 4) {
    const middle = Math.floor((low + high) / 2);
    if (await isWritten(middle)) low = middle;
    else high = middle;
  }
  return high;
}
