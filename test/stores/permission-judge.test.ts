/** How the decision about a question reaches the agent that asked, on every store, wherever a daemon dies between. */
import { expect, test } from "vitest";
import type { Question } from "../../src/agent/runtimes/dialogue.ts";
import { answer } from "../../src/run/approval/approval.service.ts";
import { permissionJudge } from "../../src/run/dialogue/permission-judge.ts";
import type { RunRow } from "../../src/run/run.store.ts";
import { approvalsOfRun } from "../../src/trust/approval.store.ts";
import { ada } from "../builders.ts";
import { type Desk, openDesk } from "./desk.ts";
import { onEveryStore } from "./on-every-store.ts";

const A_PUSH: Question = {
  ...{ key: "call-1", tool: "Bash", input: { command: "git push" }, kind: "execute", paths: [] },
  ...{ title: null, why: null, insists: true },
};

onEveryStore((openStore) => {
  const judgeOf = ({ store, limits }: Desk, { id }: RunRow) =>
    permissionJudge({
      ...{ store, runId: id, workspace: "/workspace", limits },
      mask: (text) => text,
      permissions: () => "ask",
    });
  async function claimed(desk: Desk): Promise<RunRow> {
    const found = await desk.claim();
    if (!found) throw new Error("nothing was claimed");
    return found.run;
  }
  /** A run whose task was parked for a question of an earlier one, which a person has approved since. */
  async function approved() {
    const desk = await openDesk(openStore);
    await desk.submit();
    const first = await claimed(desk);
    await judgeOf(desk, first).ask(A_PUSH);
    await desk.settle(first, { exit: 77, result: { waitsFor: "approval" } });
    const [row] = await approvalsOfRun(desk.store.read, first.id);
    if (!row) throw new Error("nothing was asked");
    await desk.store.write((tx) => answer(tx, { id: row.id, state: "approved", actor: ada, note: null }));
    return { desk, run: await claimed(desk) };
  }

  test("a yes to an earlier run's question is heard, also by a daemon that finds the one before died with it", async () => {
    const { desk, run } = await approved();
    const open = { answer: undefined, approvalId: "approval-1" };
    expect(await judgeOf(desk, run).ask(A_PUSH)).toEqual(open);
    // It died before it wrote down that this was asked: the next one hears the agent ask.
    expect(await judgeOf(desk, run).ask(A_PUSH)).toEqual(open);
    for (const judge of [judgeOf(desk, run), judgeOf(desk, run)]) {
      expect((await judge.answers(["call-1"])).get("call-1")).toMatchObject({ state: "approved" });
    }
  });

  test("a yes that was heard is none for whoever asks anew under its key, or under another one", async () => {
    const { desk, run } = await approved();
    const judge = judgeOf(desk, run);
    await judge.ask(A_PUSH);
    expect((await judge.ask({ ...A_PUSH, key: "call-2" })).approvalId).toBe("approval-2");
    await judge.answers(["call-1"]);
    expect(await judge.ask(A_PUSH)).toMatchObject({ answer: { verdict: "deny" } });
    expect(await judge.ask({ ...A_PUSH, key: "call-3" })).toEqual({ answer: undefined, approvalId: "approval-3" });
    expect(await judge.answers(["call-2", "call-3"])).toEqual(new Map());
  });
});
