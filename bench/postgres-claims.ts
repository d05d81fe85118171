/** Claim and completion on PostgreSQL, a transaction each, against what one would write instead: SELECT … FOR UPDATE SKIP LOCKED on the same tasks. */
import pg from "pg";
import { openPostgres } from "../src/store/postgres.ts";
import { migrations } from "../src/tables.ts";
import type { PostgresServer } from "../test/stores/postgres-server.ts";
import type { Bench } from "./bench.ts";
import { furnish, OPEN } from "./claim-data.ts";
import { type Seat, takeSeat } from "./claim-seat.ts";
import { interleave, median, timed } from "./figures.ts";
import type { Row } from "./rows.ts";

/** Enough for all rounds of both rows. */
const TASKS = 10_000;
const ROUNDS = { full: 8, quick: 3 };
/** Tasks that are claimed and completed in a round, one after the other or by so many at once. */
const PAIRS = { full: 200, quick: 60 };
const AT_ONCE = 16;

/** The best one that nobody else is just taking; of needs, limits, events and runs it knows nothing. */
const CLAIM = `UPDATE plain SET state = 'running' WHERE id = (
  SELECT id FROM plain WHERE state = 'queued' ORDER BY priority DESC, id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id`;
const COMPLETE = "UPDATE plain SET state = 'completed' WHERE id = $1";

export async function claimRows(bench: Bench, server: PostgresServer): Promise<Row[]> {
  const url = await server.newDatabase("claims");
  const store = await openPostgres({ url, migrations });
  const seat = await takeSeat(store, await furnish(store), bench.directory("postgres-claims"));
  await Promise.all(Array.from({ length: TASKS }, (_, n) => seat.submit({ role: OPEN[n % OPEN.length] ?? "" })));
  const naive = await openNaive(url);
  try {
    const rows: Row[] = [];
    for (const atOnce of [1, AT_ONCE]) rows.push(await compare(bench, atOnce, seat, naive));
    return rows;
  } finally {
    await naive.close();
    await seat.close();
  }
}

async function compare(bench: Bench, atOnce: number, seat: Seat, naive: Naive): Promise<Row> {
  const pairs = bench.quick ? PAIRS.quick : PAIRS.full;
  const arm = (pair: (worker: number) => Promise<void>) => async () => {
    const workers = Array.from({ length: atOnce }, async (_, worker) => {
      for (let n = 0; n < pairs / atOnce; n++) await pair(worker);
    });
    const ms = await timed(() => Promise.all(workers));
    return (pairs * 1000) / ms;
  };
  const took = await interleave(bench.quick ? ROUNDS.quick : ROUNDS.full, {
    naive: arm(naive.pair),
    ours: arm(() => pairOf(seat)),
  });
  const how = atOnce === 1 ? "one after the other" : `${atOnce} at once`;
  return {
    what: `tasks claimed and completed on PostgreSQL, ${how}, against a naive SKIP LOCKED`,
    unit: "/s",
    baseline: median(took.naive),
    ours: median(took.ours),
  };
}

async function pairOf(seat: Seat): Promise<void> {
  const claimed = await seat.claim();
  if (!claimed) throw new Error("nothing could be claimed");
  await seat.complete(claimed.run);
}

interface Naive {
  pair(worker: number): Promise<void>;
  close(): Promise<void>;
}

/** A connection for each of those who are at work at once. */
async function openNaive(url: string): Promise<Naive> {
  const clients = Array.from({ length: AT_ONCE }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) await client.connect();
  await clients[0]?.query(`
    CREATE TABLE plain AS SELECT id, role, priority, state FROM task;
    ALTER TABLE plain ADD PRIMARY KEY (id);
    CREATE INDEX plain_queued ON plain(priority DESC, id) WHERE state = 'queued'`);
  return {
    async pair(worker) {
      const client = clients[worker] as pg.Client;
      const { rows } = await client.query({ name: "claim", text: CLAIM });
      if (rows.length === 0) throw new Error("the naive query found nothing");
      await client.query({ name: "complete", text: COMPLETE, values: [rows[0].id] });
    },
    async close() {
      for (const client of clients) await client.end();
    },
  };
}
