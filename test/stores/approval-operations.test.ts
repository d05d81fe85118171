/** The public door of approvals, on every store: what is shown to whom, in which order, and who may answer. */
import { expect, test } from "vitest";
import { type Actor, SCOPES } from "../../src/core/actor.ts";
import { forgetTasks } from "../../src/run/retention/task-retention.store.ts";
import type { RunRow } from "../../src/run/run.store.ts";
import { type ApprovalRow, askApproval, useApproval } from "../../src/trust/approval.store.ts";
import { type Desk, type DeskOptions, openDesk } from "./desk.ts";
import { onEveryStore } from "./on-every-store.ts";

const ci: Actor = { kind: "token", name: "ci", scope: "operate" };

interface Page {
  readonly approvals: { approvalId: string; state: string }[];
  readonly next: string | null;
  readonly pending: number;
}

onEveryStore((openStore) => {
  async function aRun(options: DeskOptions = {}) {
    const desk = await openDesk(openStore, options);
    const row = await desk.submit({ key: "push-it" });
    const claimed = await desk.claim();
    if (!claimed) throw new Error("nothing was claimed");
    return { desk, row, run: claimed.run };
  }
  const ask = ({ store, limits }: Desk, run: RunRow, command: string): Promise<ApprovalRow> =>
    store.write((tx) =>
      askApproval(tx, { runId: run.id, key: command, tool: "Bash", input: { command }, why: "I must." }, limits()),
    );
  const page = async (desk: Desk, input: object) => {
    const { approvals, next } = (await desk.call("approval.list", input)) as unknown as Page;
    return { ids: approvals.map(({ approvalId }) => approvalId), next };
  };

  test("the list has what is open first, each part the newest first, over as many pages as it takes", async () => {
    const { desk, run } = await aRun();
    for (const n of [1, 2, 3, 4, 5, 6]) await ask(desk, run, `command ${n}`);
    await desk.call("approval.approve", { approvalId: "approval-5" });
    await desk.call("approval.deny", { approvalId: "approval-2" });
    const inOrder = ["approval-6", "approval-4", "approval-3", "approval-1", "approval-5", "approval-2"];
    expect(await page(desk, {})).toEqual({ ids: inOrder, next: null });
    for (const limit of [1, 2, 3, 4, 5]) {
      const seen: string[] = [];
      let before: string | null | undefined;
      while (before !== null) {
        const { ids, next } = await page(desk, { limit, ...(before && { before }) });
        seen.push(...ids);
        expect(seen.length).toBeLessThanOrEqual(inOrder.length);
        before = next;
      }
      expect(seen).toEqual(inOrder);
    }
  });

  test("every page tells how many are open in all", async () => {
    const { desk, run } = await aRun();
    for (const n of [1, 2, 3]) await ask(desk, run, `command ${n}`);
    await desk.call("approval.approve", { approvalId: "approval-2" });
    for (const input of [{}, { limit: 1 }, { state: "approved" }])
      expect(await desk.call("approval.list", input)).toMatchObject({ pending: 2 });
  });

  test("the list can be narrowed to a state, a task by id or key, and a run", async () => {
    const { desk, row, run } = await aRun();
    await ask(desk, run, "one");
    await ask(desk, run, "two");
    await desk.submit();
    const other = await desk.claim();
    await ask(desk, other?.run as RunRow, "three");
    await desk.call("approval.deny", { approvalId: "approval-1" });
    expect((await page(desk, { state: "pending" })).ids).toEqual(["approval-3", "approval-2"]);
    expect((await page(desk, { state: "denied" })).ids).toEqual(["approval-1"]);
    expect((await page(desk, { state: "denied", before: "decided-1" })).ids).toEqual([]);
    for (const taskId of ["push-it", `task-${row.id}`]) {
      expect((await page(desk, { taskId })).ids).toEqual(["approval-2", "approval-1"]);
    }
    expect((await page(desk, { runId: `run-${other?.run.id}`, state: "pending" })).ids).toEqual(["approval-3"]);
    await expect(page(desk, { taskId: "nobody" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("what is shown is what was asked, with known secrets masked; a list has no input at all", async () => {
    const { desk, run } = await aRun({ secrets: ["hunter2-secret"] });
    const { digest } = await ask(desk, run, "curl -H 'Authorization: hunter2-secret'\u202e");
    const shown = await desk.call("approval.get", { approvalId: "approval-1" });
    expect(shown).toMatchObject({
      state: "pending",
      agent: "worker",
      taskId: `task-${run.task_id}`,
      runId: `run-${run.id}`,
      tool: "Bash",
      input: { command: "curl -H 'Authorization: [masked]'\u202e" },
      why: "I must.",
      digest,
      unseen: false,
    });
    const listed = JSON.stringify(await desk.call("approval.list", {}));
    expect(listed).not.toContain("curl");
    expect(listed + JSON.stringify(await desk.call("approval.approve", { approvalId: "approval-1" }))).not.toContain(
      "hunter2",
    );
  });

  test("an answer tells who, when and why, and lets the parked task go on", async () => {
    const { desk, row, run } = await aRun();
    await ask(desk, run, "git push");
    await desk.settle(run, { exit: 77, result: { waitsFor: "approval" } });
    const answered = await desk.callAs(ci, "approval.deny", { approvalId: "approval-1", note: "Tests first." });
    expect(answered).toMatchObject({
      state: "denied",
      decidedBy: "token:ci",
      decidedAt: new Date(desk.clock.now()).toISOString(),
      note: "Tests first.",
      usedAt: null,
    });
    expect(await desk.state(row)).toBe("queued");
    await expect(desk.call("approval.approve", { approvalId: "approval-1" })).rejects.toMatchObject({
      code: "conflict",
      data: { state: "denied", decidedBy: "token:ci" },
    });
    await desk.store.write((tx) => useApproval(tx, 1));
    expect(await desk.call("approval.get", { approvalId: "approval-1" })).toMatchObject({
      usedAt: new Date(desk.clock.now()).toISOString(),
    });
  });

  test.each(
    SCOPES,
  )("an agent that speaks for a run with the scope %s sees no approval and answers none", async (scope) => {
    const { desk, run } = await aRun();
    await ask(desk, run, "git push");
    for (const runId of [run.id, run.id + 1]) {
      const agent: Actor = { kind: "run", name: `run-${runId}`, scope, runId };
      for (const name of ["approve", "deny", "get"]) {
        const asked = desk.callAs(agent, `approval.${name}`, { approvalId: "approval-1" });
        await expect(asked).rejects.toMatchObject({ code: "denied" });
      }
      await expect(desk.callAs(agent, "approval.list", {})).rejects.toMatchObject({ code: "denied" });
    }
    expect(await page(desk, { state: "pending" })).toMatchObject({ ids: ["approval-1"] });
  });

  test("who may only read answers nothing", async () => {
    const { desk, run } = await aRun();
    await ask(desk, run, "git push");
    const reader: Actor = { ...ci, scope: "read" };
    expect(await desk.callAs(reader, "approval.get", { approvalId: "approval-1" })).toMatchObject({ state: "pending" });
    const asked = desk.callAs(reader, "approval.approve", { approvalId: "approval-1" });
    await expect(asked).rejects.toMatchObject({ code: "denied" });
  });

  test.each([
    "approval-99",
    "task-1",
    "1",
    "approval-1 ",
    "approval-0",
  ])("there is no approval %j", async (approvalId) => {
    const { desk, run } = await aRun();
    await ask(desk, run, "git push");
    for (const name of ["get", "approve", "deny"]) {
      await expect(desk.call(`approval.${name}`, { approvalId })).rejects.toMatchObject({ code: "not_found" });
    }
  });

  test("approvals are forgotten with their task, and not before", async () => {
    const { desk, row, run } = await aRun();
    await ask(desk, run, "git push");
    await desk.settle(run);
    expect(await desk.state(row)).toBe("completed");
    const prune = async (days: number) => {
      const before = desk.clock.now() + days * 86_400_000;
      return await forgetTasks(desk.store, { before, dryRun: false, isStopping: () => false });
    };
    expect(await prune(-1)).toMatchObject({ tasks: 0 });
    expect((await page(desk, {})).ids).toEqual(["approval-1"]);
    expect(await prune(1)).toMatchObject({ tasks: 1, runs: 1 });
    expect((await page(desk, {})).ids).toEqual([]);
  });
});
