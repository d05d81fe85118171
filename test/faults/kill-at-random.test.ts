/**
 * The daemon is killed with SIGKILL at random moments under load, again and again.
 * `STEWARD_SOAK=1 vitest run test/faults/kill-at-random.test.ts` kills it 100 times; STEWARD_SEED=n repeats one sequence.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Client, Refused } from "../lifecycle/client.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { agentsOf } from "../lifecycle/processes.ts";
import { settled } from "../lifecycle/tasks.ts";
import { tell } from "./figures.ts";
import { expectSound } from "./soundness.ts";

const SOAK = process.env.STEWARD_SOAK === "1";
const KILLS = SOAK ? 100 : 12;
const SEED = Number(process.env.STEWARD_SEED ?? Date.now() % 100_000);
/** A daemon is killed this long after it answers, in ms: during adoption, launches, ends and commits. */
const LIVES_MS = [0, 600] as const;
/** Between its first line of code and its first answer, in ms. */
const STARTING_MS = [80, 500] as const;
const AGENT_LIVES_MS = [50, 800] as const;
const CLIENTS = 3;
/** Tasks that may be unfinished at once: enough to keep every slot busy, few enough to end soon after. */
const MAX_OPEN = 24;

test(`killed ${KILLS} times under load, nothing acknowledged is lost and nothing runs twice (seed ${SEED})`, async () => {
  await using home = aHome();
  const program = join(import.meta.dirname, "../fixtures/programs/lives-alone");
  home.settings(
    shellAgent({
      host: { maxRuns: 6 },
      agent: { command: [program, "{prompt}"], env: { LEDGER: home.ledger } },
      role: { wipLimit: 6, attempts: 1 },
    }),
  );
  const random = mulberry32(SEED);
  const between = ([from, to]: readonly [number, number]) => from + random() * (to - from);
  const current: { daemon: DaemonProcess } = { daemon: await home.start() };
  const acknowledged = new Map<string, string>();
  const recoveries: number[] = [];
  const load = { over: false };

  async function submitAll(name: number): Promise<void> {
    for (let number = 0; !load.over; number += 1) {
      const params = { key: `client-${name}-${number}`, prompt: `${(between(AGENT_LIVES_MS) / 1000).toFixed(3)}` };
      const taskId = await insist((client) => client.call<{ taskId: string }>("task.submit", params));
      if (taskId) acknowledged.set(params.key, taskId.taskId);
      await eventually("there is room", async () => load.over || (await openTasks()) < MAX_OPEN, 60_000);
    }
  }

  async function openTasks(): Promise<number> {
    const stats = await insist((client) => client.call<Record<string, number>>("task.stats"));
    return stats ? (stats.queued ?? 0) + (stats.running ?? 0) + (stats.scheduled ?? 0) : 0;
  }

  /** Asks until a daemon answers, whoever that is; undefined when the load is over. */
  async function insist<T>(ask: (client: Client) => Promise<T>): Promise<T | undefined> {
    while (!load.over) {
      const client = current.daemon.client();
      try {
        return await ask(client);
      } catch (error) {
        if (error instanceof Refused && error.code !== "unavailable") throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      } finally {
        client.close();
      }
    }
    return undefined;
  }

  const clients = Array.from({ length: CLIENTS }, (_, name) => submitAll(name));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, between(LIVES_MS)));
    await current.daemon.kill("SIGKILL");
    // Sometimes at once, sometimes only after agents have ended while nobody looked.
    if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, between([0, 900])));
    // And sometimes another one dies on the way to its first answer.
    if (random() < 0.3) await diesWhileStarting(home, between(STARTING_MS));
    const began = performance.now();
    current.daemon = await home.start();
    recoveries.push(performance.now() - began);
  }
  tell(`${KILLS} recoveries`, { longestMs: Math.max(...recoveries) });
  load.over = true;
  await Promise.all(clients);

  const { daemon } = current;
  const known = await everyTask(daemon);
  for (const [key, taskId] of acknowledged) expect(known.get(key)).toBe(taskId);
  for (const taskId of known.values()) await settled(daemon, taskId);
  const ledger = readFileSync(join(home.ledger, "starts"), "utf8").trim().split("\n");
  const stats = await daemon.call<Record<string, number>>("task.stats");

  expect(stats).toMatchObject({ total: known.size, completed: known.size });
  expect(existsSync(join(home.ledger, "clash"))).toBe(false);
  expect(new Set(ledger).size).toBe(ledger.length);
  // Every agent completes here, so whatever was started once must never have been started again.
  expect(ledger.map((line) => line.split(" ")[0]).sort()).toEqual([...known.values()].sort());
  expect(agentsOf(home.path)).toEqual([]);
  await expectSound(home, daemon);
}, 900_000);

async function diesWhileStarting(home: Home, ms: number): Promise<void> {
  const daemon = await home.launch({ prefix: ["timeout", "--signal=KILL", (ms / 1000).toFixed(3)] });
  await daemon.ended;
}

/** Key to id, of all tasks. */
async function everyTask(daemon: DaemonProcess): Promise<Map<string, string>> {
  const tasks = new Map<string, string>();
  for (let before: string | null | undefined; before !== null; ) {
    const page = await daemon.call<{ tasks: { key: string; taskId: string }[]; next: string | null }>("task.list", {
      limit: 500,
      ...(before !== undefined && { before }),
    });
    for (const { key, taskId } of page.tasks) tasks.set(key, taskId);
    before = page.next;
  }
  return tasks;
}

/** A small seeded generator, so that a sequence that failed can be had again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
