/** Approvals and what they do to their tasks, on every store. */
import { describe, expect, test } from "vitest";
import type { Actor } from "../../src/core/actor.ts";
import { listEvents } from "../../src/event/event.store.ts";
import { answer } from "../../src/run/approval/approval.service.ts";
import { shiftWaits } from "../../src/run/claim.store.ts";
import type { RunRow } from "../../src/run/run.store.ts";
import {
  type ApprovalRow,
  approvalById,
  approvalsOfRun,
  askApproval,
  useApproval,
} from "../../src/trust/approval.store.ts";
import type { Question } from "../../src/trust/approval.ts";
import { expireInTime, withdrawApproval } from "../../src/trust/approval-end.store.ts";
import { ada } from "../builders.ts";
import { type Desk, type DeskOptions, openDesk } from "./desk.ts";
import { brokenLaws } from "./laws.ts";
import { onEveryStore } from "./on-every-store.ts";

const DAY_MS = 86_400_000;
const YIELDED = { exit: 77, result: { waitsFor: "approval" } } as const;
const A_PUSH = { tool: "Bash", input: { command: "git push", timeout: 5 } } as const;

const eve: Actor = { kind: "token", name: "eve", scope: "operate" };

onEveryStore((openStore) => {
  async function aRun(options: DeskOptions = {}) {
    const desk = await openDesk(openStore, options);
    const row = await desk.submit();
    const claimed = await desk.claim();
    if (!claimed) throw new Error("nothing was claimed");
    return { desk, row, run: claimed.run };
  }
  const ask = ({ store, limits }: Desk, run: RunRow, key: string, rest: Partial<Question> = {}) =>
    store.write((tx) => askApproval(tx, { runId: run.id, key, ...A_PUSH, ...rest }, limits()));
  const say = ({ store }: Desk, { id }: ApprovalRow, state: "approved" | "denied", actor = ada, digest?: string) =>
    store.write((tx) => answer(tx, { id, state, actor, note: null, digest }));
  const use = ({ store }: Desk, { id }: ApprovalRow) => store.write((tx) => useApproval(tx, id));
  const now = async ({ store }: Desk, { id }: ApprovalRow) => (await approvalById(store.read, id)) as ApprovalRow;
  const again = async (desk: Desk): Promise<RunRow> => {
    const claimed = await desk.claim();
    if (!claimed) throw new Error("nothing was claimed");
    return claimed.run;
  };
  const topics = async ({ store }: Desk) =>
    (await listEvents(store.read, { after: 0, topic: "approval.*", limit: 100 })).map(({ topic, actor }) => [
      topic,
      actor,
    ]);

  describe("a question", () => {
    test("is bound to the task, the run and the agent that the store knows, and to the whole input", async () => {
      const { desk, row, run } = await aRun();
      const made = await ask(desk, run, "call-1", { title: "Push", why: "The tests are green." });
      expect(made).toMatchObject({
        state: "pending",
        task_id: row.id,
        run_id: run.id,
        agent: "worker",
        tool: "Bash",
        input: '{"command":"git push","timeout":5}',
        title: "Push",
        why: "The tests are green.",
        expires_at: desk.clock.now() + DAY_MS,
        used_at: null,
      });
      expect(await topics(desk)).toEqual([["approval.requested", "agent:worker"]]);
    });

    test("asked twice under one key is one question, also with its names in another order", async () => {
      const { desk, run } = await aRun();
      const first = await ask(desk, run, "call-1");
      const second = await ask(desk, run, "call-1", { input: { timeout: 5, command: "git push" } });
      expect(second).toEqual(first);
      expect(await approvalsOfRun(desk.store.read, run.id)).toHaveLength(1);
    });

    test.each([
      ["another input", { input: { command: "rm -rf /", timeout: 5 } }],
      ["another tool", { tool: "Write" }],
    ])("under a known key with %s is refused, whatever was answered before", async (_, rest) => {
      const { desk, run } = await aRun();
      await say(desk, await ask(desk, run, "call-1"), "approved");
      await expect(ask(desk, run, "call-1", rest)).rejects.toMatchObject({ code: "conflict" });
    });

    test.each<[string, Partial<Question>]>([
      ["an input beyond the limit", { input: { content: "x".repeat(2048) } }],
      ["an input nested too deep", { input: JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`) }],
      ["a tool with an endless name", { tool: "x".repeat(201) }],
    ])("about %s is denied unseen, and nobody can approve it", async (_, rest) => {
      const { desk, run } = await aRun({ limits: { approvalInputBytes: 1024 } });
      const made = await ask(desk, run, "call-1", rest);
      expect(made).toMatchObject({ state: "denied", decided_by: "host:limits", input: null, digest: null });
      await expect(say(desk, made, "approved")).rejects.toMatchObject({ code: "conflict" });
      expect(await topics(desk)).toEqual([
        ["approval.requested", "agent:worker"],
        ["approval.denied", "host:limits"],
      ]);
    });

    test("at the limit is kept whole", async () => {
      const { desk, run } = await aRun({ limits: { approvalInputBytes: 1024 } });
      const content = "x".repeat(1024 - '{"content":""}'.length);
      expect(await ask(desk, run, "call-1", { input: { content } })).toMatchObject({
        state: "pending",
        input: JSON.stringify({ content }),
      });
    });

    test("beyond those that a run may ask is refused", async () => {
      const { desk, run } = await aRun({ limits: { runApprovals: 2 } });
      await ask(desk, run, "1");
      await ask(desk, run, "2");
      await expect(ask(desk, run, "3")).rejects.toMatchObject({ code: "too_large" });
      expect(await ask(desk, run, "1")).toMatchObject({ state: "pending" });
    });

    test.each(["", "k".repeat(501), "k\0", "k\ud800"])("under the key %j is refused", async (key) => {
      const { desk, run } = await aRun();
      await expect(ask(desk, run, key)).rejects.toMatchObject({ code: "invalid_input" });
    });

    test("of a run that has ended is refused", async () => {
      const { desk, run } = await aRun();
      await desk.settle(run);
      await expect(ask(desk, run, "call-1")).rejects.toMatchObject({ code: "conflict" });
    });

    test("in hostile words is kept: half characters, no characters, endless ones", async () => {
      const { desk, run } = await aRun();
      const made = await ask(desk, run, "k".repeat(500), {
        title: "t".repeat(900),
        why: "w\ud800\0",
        input: JSON.parse('{"__proto__":{"a":1},"command":"\\u202e\\u0000\\ud800"}'),
      });
      expect(made.title).toBe(`${"t".repeat(500)}… (400 more characters)`);
      expect(made.input).toBe('{"__proto__":{"a":1},"command":"\u202e\\u0000\\ud800"}');
      expect(await now(desk, made)).toEqual(made);
    });
  });

  describe("an answer", () => {
    test("is final: whoever comes second is told who was first, and when", async () => {
      const { desk, run } = await aRun();
      const made = await ask(desk, run, "call-1");
      expect(await say(desk, made, "denied", eve)).toMatchObject({ state: "denied", decided_by: "token:eve" });
      for (const state of ["approved", "denied"] as const) {
        await expect(say(desk, made, state)).rejects.toMatchObject({
          code: "conflict",
          message: expect.stringMatching(/denied by token:eve at 2026-01-05T08:00/),
        });
      }
      expect(await now(desk, made)).toMatchObject({ state: "denied", decided_by: "token:eve" });
    });

    test("of twenty who answer at once is one", async () => {
      const { desk, run } = await aRun();
      const made = await ask(desk, run, "call-1");
      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, (_, at) =>
          say(desk, made, at % 2 === 0 ? "approved" : "denied", { ...eve, name: `p${at}` }),
        ),
      );
      const won = answers.filter(({ status }) => status === "fulfilled");
      expect(won).toHaveLength(1);
      expect(await topics(desk)).toHaveLength(2);
    });

    test.each<Actor>([
      { kind: "run", name: "run-1", scope: "admin", runId: 1 },
      { kind: "run", name: "run-2", scope: "admin", runId: 2 },
      { kind: "automation", name: "nightly", scope: "admin" },
      { kind: "host", name: "clock", scope: "admin" },
    ])("of $kind $name counts for nothing", async (actor) => {
      const { desk, run } = await aRun();
      const made = await ask(desk, run, "call-1");
      await expect(say(desk, made, "approved", actor)).rejects.toMatchObject({ code: "denied" });
      expect(await now(desk, made)).toMatchObject({ state: "pending" });
    });

    test("to something else than what was shown is refused", async () => {
      const { desk, run } = await aRun();
      const [shown, other] = [await ask(desk, run, "1"), await ask(desk, run, "2", { input: { command: "ls" } })];
      await expect(say(desk, other, "approved", ada, shown.digest ?? "")).rejects.toMatchObject({ code: "conflict" });
      expect(await say(desk, shown, "approved", ada, shown.digest ?? "")).toMatchObject({ state: "approved" });
    });

    test("is handed out once, and never before it is there", async () => {
      const { desk, run } = await aRun();
      const made = await ask(desk, run, "call-1");
      expect(await use(desk, made)).toBe(false);
      await say(desk, made, "approved");
      expect(await Promise.all(Array.from({ length: 5 }, () => use(desk, made)))).toEqual([
        true,
        false,
        false,
        false,
        false,
      ]);
      expect((await topics(desk)).map(([topic]) => topic)).toEqual([
        "approval.requested",
        "approval.approved",
        "approval.used",
      ]);
    });
  });

  describe("without an answer a question expires", () => {
    test("when its time is up, not a moment earlier, and then no answer counts", async () => {
      const { desk, run } = await aRun({ limits: { approvalSeconds: 60 } });
      const made = await ask(desk, run, "call-1");
      desk.clock.advance(59_999);
      await desk.claim();
      expect(await now(desk, made)).toMatchObject({ state: "pending" });
      desk.clock.advance(1);
      await expect(say(desk, made, "approved")).rejects.toMatchObject({ code: "conflict" });
      await desk.claim();
      expect(await now(desk, made)).toMatchObject({
        state: "expired",
        expired_because: "time",
        decided_by: "host:clock",
      });
      await expect(say(desk, made, "approved")).rejects.toThrow(/expired at/);
    });

    test("but the time that somebody sets on the clock is not time that passed", async () => {
      const { desk, run } = await aRun({ limits: { approvalSeconds: 60 } });
      const made = await ask(desk, run, "call-1");
      desk.clock.setWall(desk.clock.now() + DAY_MS);
      await desk.store.write((tx) => shiftWaits(tx, DAY_MS));
      await desk.claim();
      expect(await now(desk, made)).toMatchObject({ state: "pending", expires_at: desk.clock.now() + 60_000 });
    });

    test.each([
      ["completes", {}],
      ["fails", { exit: 1 }],
      ["is lost", { exit: null }],
      ["is cancelled", { exit: 143, stop: "cancelled" as const }],
      ["asks a question instead", { exit: 77, result: { question: "Which?" } }],
    ])("when its run %s", async (_, how) => {
      const { desk, run } = await aRun();
      const [open, answered] = [await ask(desk, run, "1"), await ask(desk, run, "2")];
      await say(desk, answered, "approved");
      await desk.settle(run, how);
      expect(await now(desk, open)).toMatchObject({ state: "expired", expired_because: "run_ended" });
      expect(await now(desk, answered)).toMatchObject({ state: "approved" });
    });

    test("as soon as its run is to be ended, and that run asks nothing any more", async () => {
      const { desk, row, run } = await aRun();
      const made = await ask(desk, run, "1");
      await desk.cancel(row);
      expect(await now(desk, made)).toMatchObject({ state: "expired", expired_because: "run_ended" });
      await expect(ask(desk, run, "2")).rejects.toMatchObject({ code: "conflict" });
    });

    test("when its agent takes it back", async () => {
      const { desk, run } = await aRun();
      const made = await ask(desk, run, "1");
      expect(await desk.store.write((tx) => withdrawApproval(tx, made.id))).toBe(true);
      expect(await desk.store.write((tx) => withdrawApproval(tx, made.id))).toBe(false);
      expect(await now(desk, made)).toMatchObject({ state: "expired", expired_because: "withdrawn" });
    });
  });

  describe("a task that is parked for an approval", () => {
    async function parked(options: DeskOptions = {}) {
      const all = await aRun(options);
      const made = await ask(all.desk, all.run, "call-1");
      await all.desk.settle(all.run, YIELDED);
      expect(await all.desk.task(all.row)).toMatchObject({ state: "parked", parked_reason: "approval" });
      expect(await now(all.desk, made)).toMatchObject({ state: "pending" });
      return { ...all, made };
    }

    test.each([
      "approved",
      "denied",
    ] as const)("is queued by the answer %s, and its next run is given it once", async (state) => {
      const { desk, row, made } = await parked();
      await say(desk, made, state);
      expect(await desk.state(row)).toBe("queued");
      const run = await again(desk);
      const given = await ask(desk, run, "other-key");
      expect(given).toMatchObject({ id: made.id, state, taken_run_id: run.id });
      expect(await ask(desk, run, "other-key")).toEqual(given);
      expect(await approvalsOfRun(desk.store.read, run.id)).toEqual([given]);
      expect(await use(desk, given)).toBe(true);
      expect(await ask(desk, run, "third-key")).toMatchObject({ state: "pending", run_id: run.id });
    });

    test("is given no answer to another input, another tool, or another task's question", async () => {
      const { desk, made } = await parked();
      await say(desk, made, "approved");
      const run = await again(desk);
      const other = await ask(desk, run, "1", { input: { command: "git push -f", timeout: 5 } });
      expect([other.state, (await ask(desk, run, "2", { tool: "Shell" })).state]).toEqual(["pending", "pending"]);
      await desk.submit();
      expect(await ask(desk, await again(desk), "1")).toMatchObject({ state: "pending" });
    });

    test("passes the answer on to the run after next when the next one ends before it was handed over", async () => {
      const { desk, made } = await parked();
      await say(desk, made, "approved");
      const lost = await again(desk);
      await ask(desk, lost, "k");
      await desk.settle(lost, { exit: null });
      desk.clock.advance(3_600_000);
      const next = await again(desk);
      expect(await ask(desk, next, "k")).toMatchObject({ id: made.id, taken_run_id: next.id });
    });

    test("is given no answer that another run has used, whether it asked first or took it over", async () => {
      const { desk, made } = await parked();
      await say(desk, made, "approved");
      const taker = await again(desk);
      expect(await use(desk, await ask(desk, taker, "1"))).toBe(true);
      const fresh = await ask(desk, taker, "2");
      await say(desk, fresh, "approved");
      expect(await use(desk, fresh)).toBe(true);
      await desk.settle(taker, { exit: 1 });
      desk.clock.advance(3_600_000);
      const next = await again(desk);
      expect(await ask(desk, next, "3")).toMatchObject({ state: "pending", run_id: next.id });
    });

    test("stays so while one of its questions is open, though another was answered before its run ended", async () => {
      const { desk, row, run } = await aRun();
      const [answered, open] = [await ask(desk, run, "1"), await ask(desk, run, "2", { input: "ls" })];
      await say(desk, answered, "approved");
      await desk.settle(run, YIELDED);
      expect(await desk.task(row)).toMatchObject({ state: "parked", parked_reason: "approval" });
      await say(desk, open, "approved");
      expect(await desk.state(row)).toBe("queued");
    });

    test("with two questions waits for both answers", async () => {
      const { desk, row, run } = await aRun();
      const [first, second] = [await ask(desk, run, "1"), await ask(desk, run, "2", { input: "ls" })];
      await desk.settle(run, YIELDED);
      await say(desk, first, "approved");
      expect(await desk.state(row)).toBe("parked");
      await say(desk, second, "denied");
      expect(await desk.state(row)).toBe("queued");
    });

    test("waits for a person when its question expires, and asks anew when it is resumed", async () => {
      const { desk, row, made } = await parked({ limits: { approvalSeconds: 60 } });
      desk.clock.advance(60_000);
      expect(await desk.claim()).toBeUndefined();
      expect(await now(desk, made)).toMatchObject({ state: "expired", expired_because: "time" });
      expect(await desk.task(row)).toMatchObject({
        state: "parked",
        parked_reason: "person",
        parked_note: expect.stringContaining(`approval-${made.id} expired`),
      });
      await desk.resume(row);
      expect(await ask(desk, await again(desk), "1")).toMatchObject({ state: "pending" });
    });

    test.each(["resume", "cancel"] as const)("asks nothing any more after a person's %s", async (way) => {
      const { desk, row, made } = await parked();
      await desk[way](row);
      expect(await now(desk, made)).toMatchObject({ state: "expired", expired_because: "task_went_on" });
    });

    test("is not parked at all when the answer came while its agent was going", async () => {
      const { desk, row, run } = await aRun();
      await say(desk, await ask(desk, run, "call-1"), "approved");
      await desk.settle(run, YIELDED);
      expect(await desk.state(row)).toBe("queued");
    });

    test("waits for a person when none of its questions is open any more and no answer is left to be used", async () => {
      const { desk, row, run } = await aRun({ limits: { approvalSeconds: 60 } });
      const used = await ask(desk, run, "1", { input: "ls" });
      await say(desk, used, "approved");
      await use(desk, used);
      const made = await ask(desk, run, "2");
      desk.clock.advance(60_000);
      await desk.store.write((tx) => expireInTime(tx, 10));
      expect(await now(desk, made)).toMatchObject({ state: "expired" });
      await desk.settle(run, YIELDED);
      expect(await desk.task(row)).toMatchObject({
        state: "parked",
        parked_reason: "person",
        parked_note: expect.stringContaining("steward task resume"),
      });
    });

    test("waits as ever when its agent yields for an approval that it never asked here", async () => {
      const { desk, row, run } = await aRun();
      await desk.settle(run, YIELDED);
      desk.clock.advance(30 * DAY_MS);
      await desk.claim();
      expect(await desk.task(row)).toMatchObject({ state: "parked", parked_reason: "approval" });
    });

    test.each([
      0, 1, 2, 3, 4,
    ])("obeys the laws of the store whoever is first: answer, time, cancel, resume (%i)", async (first) => {
      const { desk, row, made } = await parked({ limits: { approvalSeconds: 60 } });
      desk.clock.advance(60_000);
      const all = [
        () => desk.claim(),
        () => say(desk, made, "approved"),
        () => desk.cancel(row),
        () => say(desk, made, "denied", eve),
        () => desk.resume(row),
      ];
      await Promise.allSettled([...all.slice(first), ...all.slice(0, first)].map((one) => one()));
      expect(await now(desk, made)).toMatchObject({ state: "expired" });
      const bounds = { maxRuns: 1000, wipLimits: { default: 1000 }, now: desk.clock.now() };
      expect(await brokenLaws(desk.store, bounds)).toEqual([]);
    });

    test.each(["the answer", "the end"])("goes on when answer and end come at once and %s is first", async (first) => {
      const { desk, row, run } = await aRun();
      const made = await ask(desk, run, "call-1");
      const both = [() => say(desk, made, "approved"), () => desk.settle(run, YIELDED)];
      await Promise.all((first === "the end" ? both.reverse() : both).map((one) => one()));
      expect(await desk.state(row)).toBe("queued");
    });
  });

  test("a question that nobody can be waiting for breaks a law", async () => {
    const { desk, run } = await aRun();
    const made = await ask(desk, run, "call-1");
    await desk.settle(run);
    await desk.store.write((tx) =>
      tx.run(
        "UPDATE approval SET state = 'pending', decided_at = NULL, decided_by = NULL, expired_because = NULL WHERE id = ?",
        made.id,
      ),
    );
    const bounds = { maxRuns: 1000, wipLimits: { default: 1000 }, now: desk.clock.now() };
    expect(await brokenLaws(desk.store, bounds)).toEqual([expect.stringContaining("approval 1 is pending")]);
  });
});
