import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { countTasks } from "../../src/task/task-list.store.ts";
import { times } from "./notes.ts";
import { onEveryStore, type Place } from "./on-every-store.ts";

const WRITER = fileURLToPath(new URL("./writes-in-a-loop.ts", import.meta.url));
const ROUNDS = 20;

onEveryStore((_, newPlace) => {
  test("what was acknowledged is there after kill -9 of the writer, twenty times in a row", async () => {
    const place = await newPlace();
    const acknowledged = new Set<string>();
    for (const round of times(ROUNDS, (n) => n)) {
      // Another moment in each round: right after the first acknowledgement, or somewhere in a stream of them.
      for (const key of await writeAndBeKilled(place, `round${round}`, 1 + round * 7)) acknowledged.add(key);
      expect(await missing(place, acknowledged)).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 50);
  });
});

/** Kills it once it has acknowledged `after` writes. Everything that it said, up to its last word. */
async function writeAndBeKilled({ kind, address }: Place, prefix: string, after: number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, kind.name, address, prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(writer, "close");
  const keys: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    if (keys.push(line) === after) writer.kill("SIGKILL");
  }
  const [, signal] = await closed;
  expect(signal).toBe("SIGKILL");
  return keys;
}

/** Acknowledged tasks that are not there whole: the row, its detail, its event, and each counted once. */
async function missing(place: Place, acknowledged: ReadonlySet<string>): Promise<string[]> {
  const store = await place.kind.open(place.address);
  try {
    const rows = await store.read.all<{ key: string; events: number }>(
      `SELECT t.key, (SELECT count(*) FROM event e WHERE e.task_id = t.id AND e.topic = 'task.submitted') AS events
       FROM task t JOIN task_detail d ON d.task_id = t.id WHERE t.state = 'queued'`,
    );
    expect(rows.filter(({ events }) => events !== 1)).toEqual([]);
    expect((await countTasks(store.read)).queued).toBe(rows.length);
    const there = new Set(rows.map(({ key }) => key));
    return [...acknowledged].filter((key) => !there.has(key));
  } finally {
    await store.close();
  }
}
