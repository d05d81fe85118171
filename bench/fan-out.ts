/** One event to a hundred readers of server-sent events: how soon the last has it, how many arrive, and what that costs who submits. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Bench, Measurement } from "./bench.ts";
import { median, pause, percentile } from "./figures.ts";
import { connectHttp, type Door, doorFlags } from "./http.ts";
import { startPlain } from "./plain.ts";
import { httpDoors, pausedDaemon } from "./round-trip.ts";
import type { Row } from "./rows.ts";
import { submitOnAndOn } from "./submits.ts";

const READERS = 100;
const CLIENTS = 32;
const ROUNDS = { full: 5, quick: 2 };
const SLICE_MS = { full: 1000, quick: 400 };
/** Events of a round whose way to the last reader is timed, one after the other. */
const TIMED = { full: 40, quick: 15 };
/** Nothing new for so long: all have everything. In ms. */
const QUIET_MS = 100;
/** Between two timed events, in ms. */
const REST_MS = 5;
/** Until the clients submit at their full pace, in ms; and the share of their time in which deliveries are counted. */
const WARM_UP_MS = 450;
const COUNTED = 0.8;

const STREAM = "/api/v1/events/stream?topic=task.submitted";
const TASK = JSON.stringify({ prompt: "Fix the flaky test", title: "flaky", priority: 3 });

export const fanOut: Measurement = {
  name: "fan-out",
  async measure(bench) {
    const read = await pausedDaemon(bench, "fan-out");
    const unread = await pausedDaemon(bench, "fan-out-unread");
    const plain = await startPlain(bench, "fan-out", { written: ANSWER_LENGTH, event: EVENT });
    const doors = { plain: { at: plain.at }, ours: (await httpDoors(read)).port };
    const readers = { plain: await startReaders(bench, doors.plain), ours: await startReaders(bench, doors.ours) };
    const alone = (await httpDoors(unread)).port;
    try {
      const waits = { plain: [] as number[], ours: [] as number[] };
      const rates = { plain: [] as Rate[], ours: [] as Rate[] };
      const submits = [] as number[];
      for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round++) {
        for (const arm of ["plain", "ours"] as const) {
          waits[arm].push(...(await waitsOf(bench, doors[arm], readers[arm])));
          rates[arm].push(await rateOf(bench, doors[arm], readers[arm]));
        }
        submits.push((await submitting(bench, alone)).perSecond);
      }
      return rowsOf(waits, rates, submits);
    } finally {
      for (const each of Object.values(readers)) each.stop();
      plain.stop();
      await read.stop();
      await unread.stop();
    }
  },
};

/** As long as that of a submit, and what the stream says of one. */
const ANSWER_LENGTH = 51;
const EVENT = `id: 1000000
event: item
data: {"number":1000000,"at":"2026-01-01T00:00:00.000Z","topic":"task.submitted","actor":"person:root","taskId":"task-1000000","runId":null,"data":{"state":"queued","role":"default"}}

`;

interface Rate {
  readonly delivered: number;
  readonly submitted: number;
}

function rowsOf(
  waits: Record<"plain" | "ours", number[]>,
  rates: Record<"plain" | "ours", Rate[]>,
  submits: readonly number[],
): Row[] {
  const middle = (arm: "plain" | "ours", figure: keyof Rate) => median(rates[arm].map((rate) => rate[figure]));
  return [
    {
      what: `submit answered → the last of ${READERS} SSE readers has its event, p50, against a bare Node server`,
      unit: "ms",
      baseline: median(waits.plain),
      ours: median(waits.ours),
      note: `p99 ${percentile(waits.plain, 0.99).toFixed(1)} / ${percentile(waits.ours, 0.99).toFixed(1)} ms`,
    },
    {
      what: `events delivered to ${READERS} SSE readers, ${CLIENTS} clients submitting over REST, against a bare Node server`,
      unit: "/s",
      baseline: middle("plain", "delivered"),
      ours: middle("ours", "delivered"),
      note: `submits /s ${middle("plain", "submitted").toFixed(0)} / ${middle("ours", "submitted").toFixed(0)}`,
    },
    {
      what: `durable submits over REST, ${CLIENTS} clients, with ${READERS} SSE readers, against with none`,
      unit: "/s",
      baseline: median(submits),
      ours: middle("ours", "submitted"),
    },
  ];
}

interface Seen {
  /** To all of them together. */
  readonly delivered: number;
  /** When the last reader had the newest item that all of them have, in ms of the machine's monotonic clock. */
  readonly lastHad?: number;
  readonly at: number;
}

interface Readers {
  /** A number: answered when all of them have so many items. */
  ask(word: "count" | "forget" | number): Promise<Seen>;
  stop(): void;
}

async function startReaders(bench: Bench, door: Door): Promise<Readers> {
  const program = fileURLToPath(new URL("./fan-out-readers.ts", import.meta.url));
  const flags = { ...doorFlags(door), path: STREAM, readers: READERS };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const child = bench.spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const gone = once(child, "exit").then(() => Promise.reject(new Error("the readers lost their stream")));
  gone.catch(() => {}); // Whoever asks them is told.
  const answer = async () => (await Promise.race([once(child, "message"), gone]))[0];
  await answer();
  return {
    ask: (word) => {
      const answered = answer();
      child.send(word);
      return answered;
    },
    stop: () => void child.kill(),
  };
}

/** From the answer to a submit until the last reader has its event, in ms: below zero when all had it sooner. */
async function waitsOf(bench: Bench, door: Door, readers: Readers): Promise<number[]> {
  await readers.ask("forget");
  const http = await connectHttp(door);
  const waits: number[] = [];
  for (let n = 1; n <= (bench.quick ? TIMED.quick : TIMED.full); n++) {
    const all = readers.ask(n);
    await http.ask("POST", "/api/v1/tasks", TASK);
    const answeredAt = Number(process.hrtime.bigint()) / 1e6;
    waits.push(((await all).lastHad ?? Number.NaN) - answeredAt);
    await pause(REST_MS);
  }
  http.close();
  return waits;
}

async function rateOf(bench: Bench, door: Door, readers: Readers): Promise<Rate> {
  const slice = submitting(bench, door);
  await pause(WARM_UP_MS);
  const first = await readers.ask("forget");
  await pause(COUNTED * (bench.quick ? SLICE_MS.quick : SLICE_MS.full));
  const last = await readers.ask("count");
  const submitted = (await slice).perSecond;
  for (let before = -1, now = last.delivered; now !== before; now = (await readers.ask("count")).delivered) {
    before = now;
    await pause(QUIET_MS);
  }
  return { delivered: (last.delivered * 1000) / (last.at - first.at), submitted };
}

function submitting(bench: Bench, door: Door) {
  const ms = bench.quick ? SLICE_MS.quick : SLICE_MS.full;
  return submitOnAndOn({ ...doorFlags(door), clients: CLIENTS, ms });
}
