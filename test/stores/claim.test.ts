import { describe, expect, test } from "vitest";
import { markHealthy, markUnhealthy } from "../../src/agent/agent.store.ts";
import { claimNext, classesWithRunning, liveRuns, nextDue } from "../../src/run/claim.store.ts";
import { anAgent } from "../builders.ts";
import { openDesk } from "./desk.ts";
import { eventsOf } from "./history.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

const worker = (wipLimit?: number) => ({ agent: "worker", ...(wipLimit !== undefined && { wipLimit }) });

onEveryStore((openStore) => {
  describe("which task is claimed", () => {
    test("the higher priority first, then the older, across roles", async () => {
      const desk = await openDesk(openStore, { roles: { builder: worker(9), tester: worker(9) } });
      await desk.submit({ title: "old", role: "builder" });
      await desk.submit({ title: "urgent", role: "tester", priority: 5 });
      await desk.submit({ title: "young", role: "tester" });
      await desk.submit({ title: "also urgent", role: "builder", priority: 5 });
      await desk.submit({ title: "later", role: "builder", priority: -1 });
      const titles = (await desk.claimAll()).map(({ task }) => task.title);
      expect(titles).toEqual(["urgent", "also urgent", "old", "young", "later"]);
    });

    test("a priority that was raised meanwhile counts", async () => {
      const desk = await openDesk(openStore);
      await desk.submit({ title: "first" });
      const second = await desk.submit({ title: "second" });
      await desk.update(second, { priority: 1 });
      expect((await desk.claim())?.task.title).toBe("second");
    });

    test("only of one role, when that is asked for", async () => {
      const desk = await openDesk(openStore, { roles: { builder: worker(9), tester: worker(9) } });
      await desk.submit({ role: "builder", priority: 9 });
      const task = await desk.submit({ role: "tester" });
      expect((await desk.claim("tester"))?.task.id).toBe(task.id);
      expect(await desk.claim("tester")).toBeUndefined();
      expect(await desk.claim("nobody-knows")).toBeUndefined();
    });

    test("the claim makes the run: who does it, in which version, under which token, and says so", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      expect(await desk.claim()).toMatchObject({
        task: { id: task.id, state: "running" },
        run: { task_id: task.id, number: 1, agent: "worker", agent_version: 1, state: "starting", token: "token-1" },
      });
      expect(await eventsOf(desk.store, task)).toEqual(["task.submitted", "task.started"]);
    });

    test("a task that is tied to an agent is done by that one, whoever fills its role", async () => {
      const agents = { worker: anAgent(), claude: anAgent() };
      const desk = await openDesk(openStore, { agents, roles: { default: worker(9) } });
      await desk.submit({ agent: "claude" });
      await desk.submit();
      expect((await desk.claimAll()).map(({ run }) => run.agent)).toEqual(["claude", "worker"]);
    });
  });

  describe("limits", () => {
    test("a role's WIP limit holds over all its classes, whichever agents its tasks are tied to", async () => {
      const agents = { worker: anAgent(), claude: anAgent(), codex: anAgent() };
      const desk = await openDesk(openStore, { agents, roles: { default: worker(3) } });
      for (const agent of ["claude", "codex", undefined, "claude", "codex", undefined]) {
        await desk.submit(agent ? { agent } : {});
      }
      expect(await desk.claimAll()).toHaveLength(3);
      expect((await classesWithRunning(desk.store.read)).map(({ running }) => running)).toEqual([1, 1, 1]);
    });

    test("a run that ends makes room for the next", async () => {
      const desk = await openDesk(openStore, { roles: { default: worker(1) } });
      for (const title of ["first", "second"]) await desk.submit({ title });
      const first = await desk.claim();
      expect(await desk.claim()).toBeUndefined();
      if (first) await desk.settle(first.run);
      expect((await desk.claim())?.task.title).toBe("second");
    });

    test("a parked task takes no place of its role", async () => {
      const desk = await openDesk(openStore, { roles: { default: worker(1) } });
      const first = await desk.submit({ priority: 1 });
      const second = await desk.submit();
      await desk.run(first, { exit: 77 });
      expect((await desk.claim())?.task.id).toBe(second.id);
    });

    test("a role without a limit has the default, a limit of zero pauses it", async () => {
      const desk = await openDesk(openStore, {
        roles: { default: worker(), paused: worker(0) },
        limits: { wipRuns: 2 },
      });
      for (const role of ["default", "paused"]) await Promise.all(times(4, () => desk.submit({ role })));
      expect((await desk.claimAll()).map(({ task }) => task.role)).toEqual(["default", "default"]);
    });

    test("the host's limit holds over all roles", async () => {
      const desk = await openDesk(openStore, { roles: { builder: worker(9), tester: worker(9) }, maxRuns: 3 });
      for (const role of ["builder", "tester"]) await Promise.all(times(4, () => desk.submit({ role })));
      const claims = await desk.claimAll();
      expect([claims.length, await liveRuns(desk.store.read, desk.hostId)]).toEqual([3, 3]);
    });

    test("sixty claims that race for two hundred tasks under a WIP limit of seven: seven runs, no task twice", async () => {
      const desk = await openDesk(openStore, { roles: { default: worker(7) } });
      await Promise.all(times(200, (n) => desk.submit({ priority: n % 5 })));
      const claims = (await Promise.all(times(60, () => desk.claim()))).filter((claim) => claim !== undefined);
      expect(claims).toHaveLength(7);
      expect(new Set(claims.map(({ task }) => task.id)).size).toBe(7);
      expect(new Set(claims.map(({ run }) => run.token)).size).toBe(7);
      expect(new Set(claims.map(({ task }) => task.priority))).toEqual(new Set([4]));
    });
  });

  describe("what cannot be claimed hides nothing behind it", () => {
    test.each([
      ["whose role nobody fills", { role: "nobody" }],
      ["whose role is filled by an agent that does not exist", { role: "haunted" }],
      ["whose role is paused", { role: "paused" }],
      ["that is tied to an agent that does not exist", { agent: "ghost" }],
      ["that is tied to an unhealthy agent", { agent: "sick" }],
    ])("a task %s", async (_, unclaimable) => {
      const desk = await openDesk(openStore, {
        agents: { worker: anAgent(), sick: anAgent() },
        roles: {
          default: worker(9),
          haunted: { agent: "ghost", wipLimit: 9 },
          paused: worker(0),
          sickbay: { agent: "sick" },
        },
      });
      const patient = await desk.submit({ role: "sickbay" });
      await desk.run(patient, { exit: 78 });
      await Promise.all(times(3, () => desk.submit({ ...unclaimable, priority: 1000 })));
      const behind = await desk.submit();
      expect((await desk.claimAll()).map(({ task }) => task.id)).toEqual([behind.id]);
    });

    test("a role that is full", async () => {
      const desk = await openDesk(openStore, { roles: { builder: worker(1), tester: worker(1) } });
      await Promise.all(times(3, () => desk.submit({ role: "builder", priority: 1000 })));
      await desk.submit({ role: "tester" });
      expect((await desk.claimAll()).map(({ task }) => task.role)).toEqual(["builder", "tester"]);
    });

    test("an agent that has just become unhealthy, whatever was known before", async () => {
      const desk = await openDesk(openStore);
      await desk.submit();
      const known = desk.catalog.current();
      const claim = await desk.store.write(async (tx) => {
        await markUnhealthy(tx, "worker", "not logged in");
        const rules = { hostId: 1, maxRuns: 9, defaultWip: 1, catalog: known, token: "token" };
        return await claimNext(tx, rules);
      });
      expect(known.unhealthy.size).toBe(0);
      expect(claim).toBeUndefined();
    });

    test("an agent that tests well again is given tasks again", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.run(task, { exit: 78 });
      const next = await desk.submit();
      expect(await desk.claim()).toBeUndefined();
      await desk.store.write((tx) => markHealthy(tx, "worker", "person:ada"));
      expect((await desk.claim())?.task.id).toBe(next.id);
    });

    test("a role that is given an agent later gets its tasks done", async () => {
      const desk = await openDesk(openStore, { roles: {} });
      const task = await desk.submit();
      expect(await desk.claim()).toBeUndefined();
      await desk.define({ roles: { default: worker(1) }, agents: { worker: anAgent() } });
      expect((await desk.claim())?.task.id).toBe(task.id);
    });
  });

  describe("what waits for a time", () => {
    test("becomes claimable when that has come, in the order of priority and age", async () => {
      const desk = await openDesk(openStore);
      await desk.submit({ title: "at nine", notBefore: "2026-01-05T09:00:00Z" });
      await desk.submit({ title: "at eight thirty", notBefore: "2026-01-05T08:30:00Z" });
      expect(await nextDue(desk.store.read)).toBe(Date.parse("2026-01-05T08:30:00Z"));
      desk.clock.advance(30 * 60_000);
      expect((await desk.claimAll()).map(({ task }) => task.title)).toEqual(["at eight thirty"]);
      desk.clock.advance(30 * 60_000);
      expect((await desk.claimAll()).map(({ task }) => task.title)).toEqual(["at nine"]);
      expect(await nextDue(desk.store.read)).toBeNull();
    });

    test("a task that was parked for a limit goes on by itself when the limit ends", async () => {
      const desk = await openDesk(openStore);
      const task = await desk.submit();
      await desk.run(task, { exit: 75, result: { retryAt: "2026-01-05T08:10:00Z" } });
      expect(await nextDue(desk.store.read)).toBe(Date.parse("2026-01-05T08:10:00Z"));
      desk.clock.advance(600_000 - 1);
      expect(await desk.claim()).toBeUndefined();
      desk.clock.advance(1);
      expect((await desk.claim())?.task.id).toBe(task.id);
    });

    test("twelve hundred that become due at once are all queued, a batch at a time", async () => {
      const desk = await openDesk(openStore);
      await Promise.all(times(1200, () => desk.submit({ notBefore: "2026-01-05T09:00:00Z" })));
      desk.clock.advance(3_600_000);
      for (let round = 0; round < 3; round++) await desk.claim();
      expect(await desk.call("task.stats", {})).toMatchObject({ scheduled: 0, queued: 1197, running: 3 });
    });
  });

  test("what explain says of a waiting task is what the claim does with it", async () => {
    const desk = await openDesk(openStore, { roles: { default: worker(1), nobody: {} }, maxRuns: 1 });
    const [first, second] = [await desk.submit(), await desk.submit()];
    const lost = await desk.submit({ role: "nobody" });
    const codes = async (taskId: number) => {
      const { reasons } = await desk.call("task.explain", { taskId: `task-${taskId}` });
      return (reasons as { code: string }[]).map(({ code }) => code);
    };
    expect([await codes(first.id), await codes(second.id), await codes(lost.id)]).toEqual([
      [],
      ["others_first"],
      ["no_agent"],
    ]);
    expect((await desk.claim())?.task.id).toBe(first.id);
    expect([await codes(first.id), await codes(second.id)]).toEqual([["running"], ["wip_limit", "host_full"]]);
  });
});
