import { describe, expect, test } from "vitest";
import { openAgent } from "../../src/agent/limit.store.ts";
import { newState } from "../../src/agent/runtimes/conversation.ts";
import type { DialogueState } from "../../src/agent/runtimes/dialogue.ts";
import { tellPastLimit } from "../../src/run/agent-limit.ts";
import type { Claim } from "../../src/run/claim.store.ts";
import { nextDue } from "../../src/run/claim.store.ts";
import { anAgent } from "../builders.ts";
import { type Desk, openDesk, sitDown } from "./desk.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

const HALF_PAST = Date.parse("2026-01-05T08:30:00Z");
const LIMITED = { exit: 75, result: { retryAt: "2026-01-05T08:30:00Z" } };

const agents = { worker: anAgent(), other: anAgent() };
const roles = { default: { agent: "worker", wipLimit: 9 }, tester: { agent: "other", wipLimit: 9 } };

onEveryStore((openStore, newPlace) => {
  describe("an agent whose run met a limit", () => {
    test("is given nothing until the limit ends: its tasks stay queued, and none of them burns a start", async () => {
      const { desk, rest } = await limited(openStore);
      expect(await desk.claimAll()).toEqual([]);
      desk.clock.advance(HALF_PAST - desk.clock.now() - 1);
      expect(await desk.claimAll()).toEqual([]);
      expect(await Promise.all(rest.map((row) => desk.state(row)))).toEqual(["queued", "queued", "queued"]);
      expect(await nextDue(desk.store.read)).toBe(HALF_PAST);
    });

    test("hides nothing of the same role that another agent may do, whatever its priority", async () => {
      const { desk } = await limited(openStore);
      await Promise.all(times(3, () => desk.submit({ priority: 1000 })));
      const tied = await desk.submit({ agent: "other" });
      const tester = await desk.submit({ role: "tester" });
      expect((await desk.claimAll()).map(({ task }) => task.id)).toEqual([tied.id, tester.id]);
    });

    test("lets exactly one task through when it ends, and the others when that one got past its limit", async () => {
      const { desk } = await limited(openStore);
      desk.clock.advance(HALF_PAST - desk.clock.now());
      const probes = await desk.claimAll();
      expect(probes).toHaveLength(1);
      // Nothing is to be looked for again and again while that is not known.
      expect(await nextDue(desk.store.read)).toBeNull();
      await tellPastLimit(desk.store, runOf(probes[0]));
      expect(await desk.claimAll()).toHaveLength(3);
    });

    test("lets the others follow a task that completed without a word before", async () => {
      const { desk } = await limited(openStore);
      desk.clock.advance(HALF_PAST - desk.clock.now());
      await desk.settle(runOf(await desk.claim()));
      expect(await desk.claimAll()).toHaveLength(3);
    });

    test("is closed again, until the new time, when the one that tried meets the limit again", async () => {
      const { desk } = await limited(openStore);
      desk.clock.advance(HALF_PAST - desk.clock.now());
      await desk.settle(runOf(await desk.claim()), { exit: 75, result: { retryAt: "2026-01-05T09:00:00Z" } });
      expect(await desk.claimAll()).toEqual([]);
      desk.clock.advance(30 * 60_000 - 1);
      expect(await desk.claimAll()).toEqual([]);
      desk.clock.advance(1);
      expect(await desk.claimAll()).toHaveLength(1);
    });

    test.each([
      ["failed", { exit: 1 }],
      ["was lost", { exit: null }],
      ["never started", { exit: null, known: { outcome: "never_started", reason: "fork failed" } as const }],
      ["was cancelled", { exit: 143, stop: "cancelled" as const }],
    ])("sends the next one, alone as well, when the one that tried %s and nobody knows more", async (_, how) => {
      const { desk } = await limited(openStore);
      desk.clock.advance(HALF_PAST - desk.clock.now());
      await desk.settle(runOf(await desk.claim()), how);
      expect(await desk.claimAll()).toHaveLength(1);
    });

    test("of several that meet it the latest time is believed", async () => {
      const desk = await openDesk(openStore, { agents, roles });
      await Promise.all(times(4, () => desk.submit()));
      const [first, second, third] = await Promise.all([desk.claim(), desk.claim(), desk.claim()]);
      await desk.settle(runOf(first), { exit: 75 });
      await desk.settle(runOf(second), LIMITED);
      await desk.settle(runOf(third), { exit: 75 });
      desk.clock.advance(20 * 60_000);
      expect(await desk.claimAll()).toEqual([]);
      expect(await topics(desk)).toEqual(["agent.limited", "agent.limited"]);
    });

    test("is open at once when somebody has seen that it works", async () => {
      const { desk } = await limited(openStore);
      await desk.store.write((tx) => openAgent(tx, "worker", "person:ada"));
      expect(await desk.claimAll()).toHaveLength(3);
      expect(await topics(desk)).toEqual(["agent.limited", "agent.available"]);
    });

    test("is told by events, once each", async () => {
      const { desk } = await limited(openStore);
      desk.clock.advance(HALF_PAST - desk.clock.now());
      const { run } = (await desk.claim()) ?? {};
      if (!run) throw new Error("nothing was claimed");
      await tellPastLimit(desk.store, run);
      await tellPastLimit(desk.store, run);
      await desk.settle(run);
      expect(await topics(desk)).toEqual(["agent.limited", "agent.available"]);
    });

    test("is said to be why a task waits, and until when, and which run tries", async () => {
      const { desk, first, rest } = await limited(openStore);
      const reasons = async (task: { id: number } | undefined) =>
        (await desk.call("task.explain", { taskId: `task-${task?.id}` })).reasons;
      const sentence = 'The agent "worker" is at its limit until 2026-01-05T08:30:00.000Z.';
      const change = "That moment comes, and one task tries first; `steward agent test worker` tries now.";
      const resumed = "Once it works again, `steward task resume task-1` does not wait for that moment.";
      expect(await reasons(rest[0])).toMatchObject([{ code: "limited_agent", sentence, change }]);
      expect(await reasons(first)).toMatchObject([
        { code: "parked", change: `It goes on by itself at 2026-01-05T08:30:00.000Z. ${change} ${resumed}` },
      ]);
      desk.clock.advance(HALF_PAST - desk.clock.now());
      await desk.claim();
      expect(await reasons(rest[1])).toMatchObject([{ code: "limited_agent", data: { runId: "run-2" } }, {}]);
    });
  });

  test("twenty claims of two hosts that race for an agent whose limit is over give one run", async () => {
    const place = await newPlace();
    const first = await openDesk(place.open, { agents, roles });
    await Promise.all(times(9, () => first.submit()));
    await first.settle(runOf(await first.claim()), LIMITED);
    const second =
      place.kind.name === "SQLite"
        ? first
        : await sitDown(await place.open({ clock: first.clock }), first.clock, { agents, roles });
    expect([await first.claim(), await second.claim()]).toEqual([undefined, undefined]);
    first.clock.advance(HALF_PAST - first.clock.now());
    const claims = await Promise.all(times(20, (n) => (n % 2 === 0 ? first : second).claim()));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  test("a limit, and who tries whether it is over, are known after a restart", async () => {
    const place = await newPlace();
    const before = await openDesk(place.open, { agents, roles });
    await Promise.all(times(3, () => before.submit()));
    await before.settle(runOf(await before.claim()), LIMITED);
    await before.store.close();
    before.clock.advance(60_000);
    const after = await sitDown(await place.open({ clock: before.clock }), before.clock, { agents, roles });
    expect(await after.claimAll()).toEqual([]);
    after.clock.advance(HALF_PAST - after.clock.now());
    expect(await after.claimAll()).toHaveLength(1);
    await after.store.close();
    const last = await sitDown(await place.open({ clock: before.clock }), before.clock, { agents, roles });
    expect(await last.claimAll()).toEqual([]);
  });

  describe("a session that its agent does not find any more", () => {
    test("costs no attempt: the task is queued again at once, and begins a new one", async () => {
      const desk = await openDesk(openStore);
      const row = await desk.submit({ attempts: 2 });
      await desk.run(row, { exit: 1, told: inSession("s-1", "unknown") });
      desk.clock.advance(3_600_000);
      expect(await desk.run(row, { exit: 1, told: inSession("s-1", "session_gone") })).toMatchObject({
        state: "queued",
        attempts_spent: 1,
      });
      const [run] = (await desk.call("task.get", { taskId: `task-${row.id}` })).runs as { reason: string }[];
      expect(run).toMatchObject({ outcome: "failed", reason: "session_gone: not found" });
      expect(await desk.run(row, { told: inSession("s-2", null) })).toMatchObject({ state: "completed" });
    });

    test("costs one where it had just begun it: an agent that loses every session is not started for ever", async () => {
      const desk = await openDesk(openStore);
      const row = await desk.submit({ attempts: 2 });
      await desk.run(row, { exit: 1, told: inSession("s-1", "session_gone") });
      for (let runs = 1; (await desk.state(row)) !== "failed" && runs < 9; runs++) {
        desk.clock.advance(3_600_000);
        await desk.run(row, { exit: 1, told: inSession("s-1", "session_gone") });
      }
      expect(await desk.task(row)).toMatchObject({ state: "failed", attempts_spent: 2 });
    });
  });
});

/** Four tasks, of which one met the limit. */
async function limited(openStore: Parameters<typeof openDesk>[0]) {
  const desk = await openDesk(openStore, { agents, roles });
  const [first, ...rest] = [await desk.submit(), await desk.submit(), await desk.submit(), await desk.submit()];
  await desk.run(first, LIMITED);
  return { desk, first, rest };
}

function runOf(claim: Claim | undefined) {
  if (!claim) throw new Error("nothing was claimed");
  return claim.run;
}

async function topics(desk: Desk): Promise<string[]> {
  const rows = await desk.store.read.all<{ topic: string }>(
    "SELECT topic FROM event WHERE topic LIKE 'agent.%' ORDER BY id",
  );
  return rows.map(({ topic }) => topic);
}

function inSession(session: string, failure: "session_gone" | "unknown" | null): DialogueState {
  const ended = { ok: failure === null, failure, reason: failure && "not found", text: null, until: null };
  return { ...newState({}, { session, usage: null }), ended };
}
