/** Claim and completion at 1k, 100k and 1M tasks: does what lies there slow down what is done next? */
import { copyFileSync } from "node:fs";
import { openSqlite } from "../src/store/sqlite.ts";
import { migrations } from "../src/tables.ts";
import type { Bench, Measurement } from "./bench.ts";
import { type Filled, fillStore, OPEN, shown } from "./claim-data.ts";
import { naiveRows } from "./claim-naive.ts";
import { type Claimed, type Seat, takeSeat } from "./claim-seat.ts";
import { median, percentile, timed } from "./figures.ts";
import type { Row } from "./rows.ts";

const SIZES = { full: [1_000, 100_000, 1_000_000], quick: [1_000, 100_000] };
const ROUNDS = { full: 60, quick: 20 };
/** Claims and completions of one size before it is the next one's turn: few, because the noise of a disk comes in waves. */
const PAIRS_A_TURN = 10;
const WARM_UP_PAIRS = 20;
const FLAT = { ratioAtMost: 1.2 };

export const claim: Measurement = {
  name: "claim",
  async measure(bench) {
    const directory = bench.directory("claim");
    const filled: Filled[] = [];
    for (const tasks of bench.quick ? SIZES.quick : SIZES.full) {
      filled.push(await fillStore(directory, tasks));
      bench.say(`  ${tasks} tasks are there`);
    }
    return [
      ...(await rowsOf(bench, filled, "FULL")),
      ...(await rowsOf(bench, filled, "OFF")),
      ...naiveRows(filled.filter(({ tasks }) => tasks <= 100_000)),
    ];
  },
};

interface Pairs {
  readonly claim: number[];
  readonly complete: number[];
}

async function rowsOf(bench: Bench, filled: readonly Filled[], synchronous: "FULL" | "OFF"): Promise<Row[]> {
  const seats = await Promise.all(filled.map((one) => openPlace(one, synchronous)));
  const pairs = new Map<number, Pairs>(filled.map(({ tasks }) => [tasks, { claim: [], complete: [] }]));
  for (const seat of seats) await takeTurn(seat, WARM_UP_PAIRS);
  for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round++) {
    for (const seat of seats) await takeTurn(seat, PAIRS_A_TURN, pairs.get(seat.tasks));
  }
  for (const seat of seats) await seat.close();
  const [smallest, ...larger] = filled.map(({ tasks }) => tasks);
  const least = pairs.get(smallest ?? 0);
  if (!least) return [];
  return (["claim", "complete"] as const).flatMap((what) =>
    larger.map((tasks) => ({
      what: `${what} among ${shown(tasks)} tasks, sync ${synchronous}, against ${shown(smallest ?? 0)}`,
      unit: "ms" as const,
      baseline: median(least[what]),
      ours: median(pairs.get(tasks)?.[what] ?? []),
      ...(tasks === larger.at(-1) && { goal: FLAT }),
      note: `p99 ${percentile(least[what], 0.99).toFixed(2)} / ${percentile(pairs.get(tasks)?.[what] ?? [], 0.99).toFixed(2)} ms`,
    })),
  );
}

interface Place extends Seat {
  readonly tasks: number;
  /** Puts back what a completion took away: one task to claim, and one that waits for it. */
  replace(): Promise<void>;
}

/** Works on a copy, where that is cheap. */
async function openPlace({ tasks, path, directory }: Filled, synchronous: "FULL" | "OFF"): Promise<Place> {
  const copy = `${path}.${synchronous}`;
  copyFileSync(path, copy);
  const seat = await takeSeat(await openSqlite({ path: copy, migrations, synchronous }), HOST_ID, directory);
  let replaced = 0;
  return {
    ...seat,
    tasks,
    async replace() {
      replaced += 1;
      const role = OPEN[replaced % OPEN.length] ?? "";
      await seat.submit({ role, needs: [`task-${await seat.submit({ role })}`] });
    },
  };
}

/** The only one that was ever registered. */
const HOST_ID = 1;

async function takeTurn(seat: Place, times: number, pairs?: Pairs): Promise<void> {
  for (let n = 0; n < times; n++) {
    let claimed: Claimed | undefined;
    const claimMs = await timed(async () => {
      claimed = await seat.claim();
    });
    if (!claimed) throw new Error(`nothing could be claimed among ${seat.tasks} tasks`);
    const { run } = claimed;
    const completeMs = await timed(() => seat.complete(run));
    await seat.replace();
    pairs?.claim.push(claimMs);
    pairs?.complete.push(completeMs);
  }
}
