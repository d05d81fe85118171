/** What an agent says with a secret in it, on every store: nothing of that is kept. */
import { expect, test } from "vitest";
import { newState } from "../../src/agent/runtimes/conversation.ts";
import type { DialogueState } from "../../src/agent/runtimes/dialogue.ts";
import { listEvents } from "../../src/event/event.store.ts";
import { permissionJudge } from "../../src/run/dialogue/permission-judge.ts";
import { sessionBefore } from "../../src/run/dialogue/session.ts";
import { asInJson } from "../../src/run/process/mask.ts";
import { type RunRow, runById } from "../../src/run/run.store.ts";
import { approvalsOfRun, askApproval } from "../../src/trust/approval.store.ts";
import { maskText } from "../../src/trust/mask.ts";
import { type Desk, openDesk } from "./desk.ts";
import { onEveryStore } from "./on-every-store.ts";

const SECRET = 'sk-"live"-4f9a1c77e2';
const ESCAPED = JSON.stringify(SECRET).slice(1, -1);

onEveryStore((openStore) => {
  async function aRun() {
    const desk = await openDesk(openStore, { secrets: [SECRET] });
    const row = await desk.submit({ attempts: 1 });
    const claimed = await desk.claim();
    if (!claimed) throw new Error("nothing was claimed");
    return { desk, row, run: claimed.run };
  }
  const state = (more: Partial<DialogueState>): DialogueState => ({
    ...newState({}, { session: "s-1", usage: null }),
    progressed: true,
    ...more,
  });
  /** All that the store and its readers know of the run and its task. */
  const known = async ({ store, call }: Desk, { id, task_id }: RunRow) =>
    JSON.stringify([
      await runById(store.read, id),
      await call("task.get", { taskId: `task-${task_id}` }),
      await call("task.explain", { taskId: `task-${task_id}` }),
      await listEvents(store.read, { after: 0, limit: 100 }),
    ]);
  const expectHidden = (told: string) => {
    expect(told).toContain("[masked]");
    expect(told).not.toContain("4f9a1c77e2");
  };

  test.each([
    ["failed", { ok: false, failure: "server", reason: `bad key ${SECRET}`, text: null, until: null }],
    ["failed, in JSON", { ok: false, failure: "server", reason: `{"key":"${ESCAPED}"}`, text: null, until: null }],
    ["needs a login", { ok: false, failure: "auth", reason: `bad key ${SECRET}`, text: null, until: null }],
    ["is limited", { ok: false, failure: "limit", reason: `key ${SECRET}`, text: SECRET, until: null }],
    ["is done", { ok: true, failure: null, reason: null, text: `The key is ${SECRET}.`, until: null }],
  ] as const)("its last word: it %s", async (_, ended) => {
    const { desk, run } = await aRun();
    await desk.settle(run, { exit: 0, told: state({ ended, model: SECRET }), printed: ended.text ?? "" });
    expectHidden(await known(desk, run));
  });

  test.each([
    ["what it printed last", { printed: `The key is ${SECRET}.` }],
    ["the same in JSON", { printed: `{"key":"${ESCAPED}"}` }],
    ["why it could not be launched", { exit: null, known: { outcome: "budget", reason: SECRET } }],
  ] as const)("%s", async (_, how) => {
    const { desk, run } = await aRun();
    await desk.settle(run, how);
    expectHidden(await known(desk, run));
  });

  test("its session, which then cannot be gone on with", async () => {
    const { desk, run } = await aRun();
    await desk.settle(run, { exit: 1, told: state({ session: `session of ${SECRET}` }) });
    expectHidden(await known(desk, run));
    const row = await runById(desk.store.read, run.id);
    expect(row).toMatchObject({ session: "session of [masked]", session_state: "retired" });
    expect(sessionBefore(row)).toBeNull();
  });

  test("the name of a tool that a person is asked for, and the agent's words about it", async () => {
    const { desk, run } = await aRun();
    const judge = permissionJudge({
      ...{ store: desk.store, runId: run.id, workspace: "/workspace", limits: desk.limits, permissions: () => "ask" },
      mask: (text) => maskText(text, asInJson([SECRET])),
    });
    const question = {
      key: "1",
      tool: `tool ${SECRET}`,
      input: {},
      title: `${"x".repeat(490)} ${SECRET}`,
      why: `Because of ${ESCAPED}`,
      kind: "other",
      insists: false,
    } as const;
    const asked = await judge.ask({ ...question, paths: [] });
    expect(await judge.ask({ ...question, paths: [] })).toEqual(asked);
    expect(asked.answer).toBeUndefined();
    expectHidden(await known(desk, run));
    expectHidden(JSON.stringify(await approvalsOfRun(desk.store.read, run.id)));
  });

  test("what is asked for, also where it is JSON in a text", async () => {
    const { desk, run } = await aRun();
    const question = { runId: run.id, key: "1", tool: "Bash", input: { command: `curl -d '{"key":"${ESCAPED}"}'` } };
    await desk.store.write((tx) => askApproval(tx, question, desk.limits()));
    for (const name of ["approval.list", "approval.get"]) {
      const shown = JSON.stringify(await desk.call(name, name === "approval.get" ? { approvalId: "approval-1" } : {}));
      expect(shown).not.toContain("4f9a1c77e2");
    }
  });
});
