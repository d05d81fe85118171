/** Very many tasks, dependents and log lines: answers stay quick, memory stays bounded, files stay within their sizes. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { migrations } from "../../src/tables.ts";
import { aHome, type DaemonProcess, shellAgent } from "../lifecycle/daemon.ts";
import { residentBytes } from "../lifecycle/processes.ts";
import { done, settled, submit } from "../lifecycle/tasks.ts";
import { insertChain, insertStar, type Many } from "../stores/masses.ts";
import { tell } from "./figures.ts";
import { expectSound } from "./soundness.ts";

const SOAK = process.env.STEWARD_SOAK === "1";
const MIB = 2 ** 20;
const KIB = 2 ** 10;
/** Each is an event too, and its cancel another. */
const SUBMITS = SOAK ? 100_000 : 3_000;
const DEPENDENTS = SOAK ? 20_000 : 500;
/** Of one task, in one store: more than any stack or list of arguments holds. */
const WAITING = SOAK ? 200_000 : 10_000;
const CHAIN = SOAK ? 100_000 : 5_000;
const CLIENTS = 16;
const LOG_LINES = SOAK ? 20_000 : 1_500;

/** In ms, sorted: how long each answer took while `until` was not over. */
async function answersOf(daemon: DaemonProcess, until: Promise<unknown>): Promise<number[]> {
  const client = daemon.client();
  const over = { is: false };
  void until.finally(() => {
    over.is = true;
  });
  const times: number[] = [];
  while (!over.is) {
    const asked = performance.now();
    await client.call("daemon.status");
    times.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times.sort((a, b) => a - b);
}

const p99 = (sorted: readonly number[]) => sorted[Math.floor(sorted.length * 0.99)] ?? 0;

test(`${SUBMITS} submits by ${CLIENTS} clients leave status answering and memory bounded, and each has its event`, async () => {
  await using home = aHome(shellAgent());
  const daemon = await home.start({ args: ["--standby"] });
  await daemon.call("daemon.status");
  const before = residentBytes(daemon.pid);
  const submitting = Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const client = daemon.client();
      for (let n = 0; n < SUBMITS / CLIENTS; n += 1) await submit(client, "echo on");
    }),
  );
  const times = await answersOf(daemon, submitting);
  await submitting;
  const grown = residentBytes(daemon.pid) - before;
  tell(`${SUBMITS} submits`, { statusP99Ms: p99(times), grownMib: grown / MIB });
  const total = Math.ceil(SUBMITS / CLIENTS) * CLIENTS;
  expect(await daemon.call("task.stats")).toMatchObject({ total, queued: total });
  expect(grown).toBeLessThan(100 * MIB);
  // Ten times what is wanted on a quiet machine: this one is not.
  expect(p99(times)).toBeLessThan(2_000);
  let events = 0;
  for (let after = 0; ; ) {
    const page = await daemon.call<{ events: object[]; next: number | null }>("event.list", {
      after,
      topic: "task.submitted",
      limit: 500,
    });
    events += page.events.length;
    if (page.events.length === 0) break;
    after = Number(page.next);
  }
  expect(events).toBe(total);
  await expectSound(home, daemon);
}, 900_000);

test(`${DEPENDENTS} tasks that wait for one are all let go by its end, also when the daemon is killed meanwhile`, async () => {
  await using home = aHome(shellAgent());
  const first = await home.start({ args: ["--standby"] });
  const head = await submit(first, "echo head", { role: "default", priority: 10 });
  const clients = Array.from({ length: CLIENTS }, () => first.client());
  await Promise.all(
    clients.map(async (client) => {
      for (let n = 0; n < DEPENDENTS / CLIENTS; n += 1) {
        await submit(client, "echo tail", { needs: [head], notBefore: "2999-01-01T00:00:00Z" });
      }
    }),
  );
  const began = performance.now();
  await first.call("daemon.activate");
  await settled(first, head);
  tell(`${DEPENDENTS} dependents`, { ms: performance.now() - began });
  await first.kill("SIGKILL");
  const next = await home.start();
  const total = Math.ceil(DEPENDENTS / CLIENTS) * CLIENTS;
  expect(await next.call("task.stats")).toMatchObject({ completed: 1, scheduled: total, blocked: 0 });
  await expectSound(home, next, { acknowledged: [head] });
}, 900_000);

test.each([
  [`${WAITING} that may go on`, insertStar, { count: WAITING, policy: "continue" }, { queued: WAITING }],
  [`${WAITING} that fail with it`, insertStar, { count: WAITING, policy: "fail" }, { failed: WAITING }],
  [`${CHAIN} that fail one by the other`, insertChain, { count: CHAIN, policy: "fail" }, { failed: CHAIN }],
] as const)(
  "the end of one task reaches %s in one transaction, while the daemon answers",
  async (_, insert, many, then) => {
    await using home = aHome(shellAgent());
    const head = await filled(home.paths.database, insert, many);
    const daemon = await home.start({ args: ["--standby"] });
    await daemon.call("daemon.status");
    const before = residentBytes(daemon.pid);
    const began = performance.now();
    const cancelling = daemon.client().call("task.cancel", { taskId: `task-${head}` });
    const times = await answersOf(daemon, cancelling);
    const ms = performance.now() - began;
    const grown = residentBytes(daemon.pid) - before;
    tell("the end of one", { ms, answers: times.length, slowestMs: times.at(-1) ?? 0, grownMib: grown / MIB });
    expect(await daemon.call("task.stats")).toMatchObject({ total: many.count + 1, cancelled: 1, blocked: 0, ...then });
    // It would be one or two that wait for the end of it, however fast the machine is.
    expect(times.length).toBeGreaterThan(4);
    expect(times.at(-1)).toBeLessThan(2_000);
    expect(grown).toBeLessThan(300 * MIB);
    await expectSound(home, daemon);
  },
  300_000,
);

async function filled(path: string, insert: (store: Store, many: Many) => Promise<number>, many: Many) {
  const store = await openSqlite({ path, migrations });
  try {
    return await insert(store, many);
  } finally {
    await store.close();
  }
}

test("a log that is flooded stays within its size and count, and every line in it is whole", async () => {
  const logFileBytes = 64 * KIB;
  const settings = shellAgent({ limits: { logFileBytes, logFiles: 3 } });
  await using home = aHome(settings);
  const daemon = await home.start();
  home.settings('{ "broken": ');
  for (let line = 0; line < LOG_LINES; line += 1) await daemon.call("daemon.reload");
  home.settings(settings);
  await daemon.call("daemon.reload");
  expect(await done(daemon, "echo on")).toMatchObject({ state: "completed" });
  const files = readdirSync(home.paths.logs).filter((name) => name.startsWith("steward.log"));
  expect(files.sort()).toEqual(["steward.log", "steward.log.1", "steward.log.2"]);
  for (const file of files.map((name) => join(home.paths.logs, name))) {
    expect(statSync(file).size).toBeLessThanOrEqual(logFileBytes);
    for (const line of readFileSync(file, "utf8").trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
  }
  await expectSound(home, daemon);
}, 300_000);
