import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { appendEvent, listEvents, oldestEvent } from "../../src/event/event.store.ts";
import { forgetEvents } from "../../src/event/event-retention.store.ts";
import { brokenLaws } from "../../src/run/laws.ts";
import { removeRunDirectories } from "../../src/run/retention/run-directory-retention.ts";
import { removeSessions } from "../../src/run/retention/session-retention.ts";
import { forgetTasks } from "../../src/run/retention/task-retention.store.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskRow } from "../../src/task/task.store.ts";
import { countTasks } from "../../src/task/task-list.store.ts";
import { testClock } from "../clock.ts";
import { scratch } from "../scratch.ts";
import { type Desk, openDesk } from "./desk.ts";
import { aRollUp } from "./family.ts";
import { times } from "./notes.ts";
import { makesUp, onEveryStore } from "./on-every-store.ts";

makesUp(/^test\.told$/);

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

const directory = scratch("retention");

onEveryStore((openStore) => {
  describe("events", () => {
    test("older ones are forgotten without a gap, younger ones stay, and whoever reads on can tell", async () => {
      const clock = testClock();
      const store = await openStore({ clock, synced: false });
      await tell(store, 1_200);
      clock.advance(10 * DAY_MS);
      await tell(store, 30);
      const options = { before: clock.now() - DAY_MS, isStopping: () => false };
      expect(await forgetEvents(store, { ...options, dryRun: true })).toBe(1_200);
      expect(await oldestEvent(store.read)).toBe(1);
      expect(await forgetEvents(store, { ...options, dryRun: false })).toBe(1_200);
      expect(await oldestEvent(store.read)).toBe(1_201);
      const left = await listEvents(store.read, { after: 0, limit: 1_000 });
      expect(left.filter(({ topic }) => topic === "test.told")).toHaveLength(30);
      expect(left.map(({ topic }) => topic)).toContain("store.events_pruned");
    });

    test("the newest always stays, however old it is", async () => {
      const clock = testClock();
      const store = await openStore({ clock, synced: false });
      await tell(store, 3);
      clock.advance(1_000 * DAY_MS);
      const forgotten = await forgetEvents(store, { before: clock.now(), dryRun: false, isStopping: () => false });
      expect(forgotten).toBe(2);
      expect(await oldestEvent(store.read)).toBe(3);
    });

    test("a number is never given again", async () => {
      const clock = testClock();
      const store = await openStore({ clock, synced: false });
      await tell(store, 5);
      clock.advance(DAY_MS);
      await forgetEvents(store, { before: clock.now(), dryRun: false, isStopping: () => false });
      await tell(store, 1);
      const numbers = (await listEvents(store.read, { after: 0, limit: 10 })).map(({ id }) => id);
      expect(numbers[0]).toBe(5);
      expect(new Set(numbers).size).toBe(numbers.length);
    });
  });

  describe("finished tasks", () => {
    test("go with their runs, details and needs when they are old; younger and unfinished ones stay", async () => {
      const desk = await openDesk(openStore);
      const old = await desk.submit({ key: "old" });
      await desk.run(old);
      const after = await desk.submit({ key: "after", needs: ["old"] });
      await desk.run(after);
      desk.clock.advance(10 * DAY_MS);
      const young = await desk.submit({ key: "young" });
      await desk.run(young);
      const waiting = await desk.submit({ key: "waiting" });
      expect(await counted(desk, 1)).toEqual({ tasks: 2, runs: 2 });
      expect(await forget(desk, 1)).toEqual({ tasks: 2, runs: 2 });
      expect(await left(desk)).toEqual([young.id, waiting.id]);
      expect(await rows(desk, "task_detail")).toBe(2);
      expect(await rows(desk, "run")).toBe(1);
      expect(await rows(desk, "need")).toBe(0);
      expect(await countTasks(desk.store.read)).toMatchObject({ completed: 1, queued: 1 });
      expect(await desk.submit({ key: "old" })).toMatchObject({ state: "queued" });
    });

    test("one that an unfinished task needs stays, and goes once that has ended", async () => {
      const desk = await openDesk(openStore);
      const needed = await desk.submit({ key: "needed" });
      await desk.run(needed);
      const other = await desk.submit({ key: "other" });
      await desk.submit({ key: "waits", needs: ["needed", "other"] });
      desk.clock.advance(10 * DAY_MS);
      expect(await forget(desk, 1)).toEqual({ tasks: 0, runs: 0 });
      await desk.run(other);
      await desk.run(await desk.task("waits"));
      expect(await forget(desk, 1)).toEqual({ tasks: 1, runs: 1 });
      desk.clock.advance(10 * DAY_MS);
      expect(await forget(desk, 1)).toEqual({ tasks: 2, runs: 2 });
    });

    test("a child stays as long as its parent is not finished, so that the parent ends as it should", async () => {
      const desk = await openDesk(openStore);
      const { parent, children } = await aRollUp(desk, "parent", ["first", "second"]);
      const [first, second] = children as [TaskRow, TaskRow];
      await desk.cancel(first);
      desk.clock.advance(100 * DAY_MS);
      expect(await forget(desk, 1)).toEqual({ tasks: 0, runs: 0 });
      await desk.cancel(second);
      expect(await desk.state(parent)).toBe("cancelled");
      desk.clock.advance(2 * DAY_MS);
      expect(await forget(desk, 1)).toMatchObject({ tasks: 3 });
    });

    test("what is being tried again stays until that has ended", async () => {
      const desk = await openDesk(openStore, { roles: { default: { agent: "worker", attempts: 1 } } });
      const failed = await desk.submit();
      await desk.run(failed, { exit: 1 });
      desk.clock.advance(10 * DAY_MS);
      const again = await desk.retry(failed);
      expect(await forget(desk, 1)).toEqual({ tasks: 0, runs: 0 });
      await desk.run(again);
      desk.clock.advance(10 * DAY_MS);
      expect(await forget(desk, 1)).toEqual({ tasks: 2, runs: 2 });
    });

    test("an import goes whole or not at all: imported again, nothing of it is done twice", async () => {
      const desk = await openDesk(openStore, { roles: { builder: { agent: "worker", wipLimit: 5 } } });
      const tasks = ["T1", "T2"].map((id) => ({ id, title: id, status: "ready" }));
      const text = JSON.stringify({ sprint_id: "S1", wip_limits: {}, tasks });
      await desk.call("queue.import", { text });
      await desk.run(await desk.task("T1"));
      desk.clock.advance(100 * DAY_MS);
      expect(await forget(desk, 1)).toEqual({ tasks: 0, runs: 0 });
      expect(await desk.call("queue.import", { text })).toMatchObject({ created: 0 });
      await desk.run(await desk.task("T2"));
      desk.clock.advance(2 * DAY_MS);
      expect(await forget(desk, 1)).toEqual({ tasks: 2, runs: 2 });
      expect(await rows(desk, "imported_queue")).toBe(0);
    });

    test("over two years of daily work what is kept stays the same, and every law holds", async () => {
      const desk = await openDesk(openStore);
      const sizes: number[] = [];
      for (const day of times(730, (n) => n)) {
        const first = await desk.submit({ title: `morning ${day}`, key: `day-${day}` });
        const second = await desk.submit({ title: `evening ${day}`, needs: [`day-${day}`] });
        await desk.run(first);
        await desk.run(second);
        desk.clock.advance(DAY_MS);
        await forget(desk, 90);
        await forgetEvents(desk.store, {
          before: desk.clock.now() - 30 * DAY_MS,
          dryRun: false,
          isStopping: () => false,
        });
        if (day >= 100) sizes.push((await rows(desk, "task")) * 1_000 + (await rows(desk, "run")));
      }
      expect(new Set(sizes)).toEqual(new Set([180 * 1_000 + 180]));
      expect(await rows(desk, "event")).toBeLessThan(30 * 2 * 8);
      expect(await brokenLaws(desk.store.read, 10)).toEqual([]);
    });
  });

  describe("run directories", () => {
    test("go so long after the run ended; those of live and of younger runs stay", async () => {
      const desk = await openDesk(openStore);
      const place = places();
      const [ended, living] = [await desk.submit(), await desk.submit()];
      await desk.run(ended);
      const live = await desk.claim();
      expect(live?.task.id).toBe(living.id);
      for (const run of [1, 2]) place.leave(`runs/run-${run}/stdout.log`, desk.clock.now());
      desk.clock.advance(10 * DAY_MS);
      const young = await desk.submit();
      await desk.run(young);
      place.leave("runs/run-3/stdout.log", desk.clock.now());
      expect(await sweep(desk, place, { dryRun: true })).toMatchObject({ runDirectories: 1, strays: 0 });
      expect(await sweep(desk, place)).toEqual({ runDirectories: 1, strays: 0, failed: [] });
      expect(readdirSync(place.runs).sort()).toEqual(["run-2", "run-3"]);
    });

    test("what belongs to no run goes a day after it was last written, and what is not called like a run stays", async () => {
      const desk = await openDesk(openStore);
      const place = places();
      const now = desk.clock.now();
      place.leave("runs/run-7/stdout.log", now - 2 * DAY_MS);
      place.leave("runs/run-8/stdout.log", now - HOUR_MS);
      place.leave("runs/notes/mine.txt", now - 99 * DAY_MS);
      place.leave("exits/run-7", now - 2 * DAY_MS);
      place.leave("exits/run-8", now - HOUR_MS);
      expect(await sweep(desk, place)).toEqual({ runDirectories: 0, strays: 2, failed: [] });
      expect(readdirSync(place.runs).sort()).toEqual(["notes", "run-8"]);
      expect(readdirSync(place.exits)).toEqual(["run-8"]);
    });

    test("the exit of a run that is still recorded as alive stays, however old it is", async () => {
      const desk = await openDesk(openStore);
      const place = places();
      await desk.submit();
      await desk.claim();
      place.leave("exits/run-1", desk.clock.now() - 99 * DAY_MS);
      await sweep(desk, place);
      expect(existsSync(join(place.exits, "run-1"))).toBe(true);
    });

    test("a directory that the agent closed to everybody goes as well", async () => {
      const desk = await openDesk(openStore);
      const place = places();
      place.leave("runs/run-7/cache/deep/file", desk.clock.now() - 2 * DAY_MS);
      chmodSync(join(place.runs, "run-7/cache/deep"), 0o000);
      chmodSync(join(place.runs, "run-7/cache"), 0o500);
      expect(await sweep(desk, place)).toMatchObject({ strays: 1, failed: [] });
      expect(readdirSync(place.runs)).toEqual([]);
    });

    test("what agents' programs kept goes with the directories of runs, once their task is over", async () => {
      const desk = await openDesk(openStore);
      const place = places();
      await desk.run(await desk.submit());
      await desk.submit();
      for (const task of [1, 2, 9]) place.leave(`sessions/task-${task}/claude/session.jsonl`, desk.clock.now());
      place.leave("sessions/mine/notes.txt", desk.clock.now());
      const sessionsDirectory = join(place.runs, "../sessions");
      const sweepSessions = (dryRun: boolean) =>
        removeSessions({
          ...{ store: desk.store, sessionsDirectory, dryRun, isStopping: () => false },
          before: desk.clock.now() - 7 * DAY_MS,
        });
      expect(await sweepSessions(false)).toEqual({ sessions: 1, failed: [] });
      expect(readdirSync(sessionsDirectory).sort()).toEqual(["mine", "task-1", "task-2"]);
      desk.clock.advance(10 * DAY_MS);
      expect(await sweepSessions(true)).toEqual({ sessions: 1, failed: [] });
      expect(await sweepSessions(false)).toEqual({ sessions: 1, failed: [] });
      expect(readdirSync(sessionsDirectory).sort()).toEqual(["mine", "task-2"]);
    });
  });
});

async function tell(store: Store, count: number): Promise<void> {
  await store.write(async (tx) => {
    for (let n = 0; n < count; n++) await appendEvent(tx, { topic: "test.told", actor: "person:ada" });
  });
}

function forget(desk: Desk, days: number) {
  return forgetTasks(desk.store, { before: desk.clock.now() - days * DAY_MS, dryRun: false, isStopping: () => false });
}

function counted(desk: Desk, days: number) {
  return forgetTasks(desk.store, { before: desk.clock.now() - days * DAY_MS, dryRun: true, isStopping: () => false });
}

async function left(desk: Desk): Promise<number[]> {
  return (await desk.store.read.all<{ id: number }>("SELECT id FROM task ORDER BY id")).map(({ id }) => id);
}

async function rows(desk: Desk, table: string): Promise<number> {
  return Number((await desk.store.read.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n);
}

interface Places {
  readonly runs: string;
  readonly exits: string;
  /** A file, and the directories that lead to it, as they were then. */
  leave(path: string, at: number): void;
}

function places(): Places {
  const root = directory();
  const [runs, exits] = [join(root, "runs"), join(root, "exits")];
  for (const made of [runs, exits]) mkdirSync(made);
  return {
    runs,
    exits,
    leave(path, at) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), "");
      for (let place = path; place.includes("/"); place = place.slice(0, place.lastIndexOf("/"))) {
        utimesSync(join(root, place), at / 1000, at / 1000);
      }
    },
  };
}

function sweep({ store, clock }: Desk, { runs, exits }: Places, { dryRun = false } = {}) {
  const before = clock.now() - 5 * DAY_MS;
  const where = { store, runsDirectory: runs, exitsDirectory: exits };
  return removeRunDirectories({ ...where, before, now: clock.now(), dryRun, isStopping: () => false });
}
