import { describe, expect, test } from "vitest";
import { STEWARD } from "../../../test/lifecycle/programs.ts";
import { atTerminal, hasTerminal, NO_TERMINAL } from "../../../test/lifecycle/terminal.ts";
import { aDaemon, aHome } from "../command-line.testing.ts";

const AT = "2030-01-31T10:00:00.000Z";
const APPROVAL = {
  ...{ approvalId: "approval-7", taskId: "task-1", runId: "run-1", agent: "claude", tool: "Bash", digest: "abc" },
  ...{ title: null, why: null, input: { command: "npm install" }, unseen: false, askedAt: AT, expiresAt: AT },
  ...{ decidedAt: null, decidedBy: null, note: null, expiredBecause: null, usedAt: null, takenByRunId: null },
};

/** A task whose agent asks, and goes on when it was answered; `state` is that of the approval. */
function anAgentThatAsks() {
  const answered = Promise.withResolvers<void>();
  const approval: Record<string, unknown> = { state: "pending" };
  const asked = { type: "permission", callId: "c", tool: "Bash", input: APPROVAL.input, approvalId: "approval-7" };
  const events = [
    { n: 1, at: AT, ...asked, state: "asked" },
    { n: 2, at: AT, type: "text", text: "Installed." },
  ];
  const task = { taskId: "task-1", state: "completed", settled: true, parked: null, endReason: null, notBefore: null };
  const handlers = {
    "agent.list": () => ({ agents: [{ agent: "claude", runtime: "claude" }] }),
    "task.get": () => task,
    "task.wait": () => ({ ...task, runs: [{ runId: "run-1", outcome: null, reason: null }] }),
    "run.get": () => ({ agent: "claude", state: "running" }),
    "run.events": async ({ from }: Record<string, unknown>) => {
      const at = Number(from ?? 0);
      if (at === 1) await answered.promise;
      return { ...events[at], next: at + 1, ended: at === 1 };
    },
    "approval.get": () => ({ ...APPROVAL, ...approval }),
    "approval.approve": () => {
      approval.state = "approved";
      answered.resolve();
      return { ...APPROVAL, ...approval };
    },
  };
  return { handlers, approval, goOn: () => answered.resolve() };
}

describe.skipIf(!hasTerminal)(`at a terminal (skipped where ${NO_TERMINAL})`, () => {
  test("a question is shown whole where the task is watched, and its answer lets the agent go on", async () => {
    const home = aHome();
    const { handlers } = anAgentThatAsks();
    const { calls } = await aDaemon(home, handlers);
    const terminal = atTerminal([STEWARD, "--home", home, "attach", "task-1"]);
    await terminal.until("npm install");
    await terminal.until("[a]pprove once  [d]eny  [s]kip for now  [q]uit  [?] explain: ");
    terminal.press("a");
    await terminal.until("Installed.");
    expect(await terminal.ended).toBe(0);
    expect(calls.find(({ name }) => name === "approval.approve")?.input).toEqual({
      approvalId: "approval-7",
      digest: "abc",
    });
  });

  test("who quits at a question leaves the task and its question as they are", async () => {
    const home = aHome();
    const { handlers, approval } = anAgentThatAsks();
    await aDaemon(home, handlers);
    const terminal = atTerminal([STEWARD, "--home", home, "attach", "task-1"]);
    await terminal.until("[q]uit  [?] explain: ");
    terminal.press("q");
    await terminal.until("task-1 goes on.");
    expect(await terminal.ended).toBe(130);
    expect(approval.state).toBe("pending");
  });

  test.each([
    [
      "another person denied",
      { state: "denied", decidedBy: "person:grace", decidedAt: AT, note: "Use\u001b[2J pnpm." },
      "approval-7 was denied by person:grace at 2030-01-31 10:00:00Z: Use\\e[2J pnpm.",
    ],
    [
      "nobody answered in time",
      { state: "expired", decidedBy: "host:clock", decidedAt: AT, expiredBecause: "time" },
      "approval-7 expired at 2030-01-31 10:00:00Z: nobody answered in time.",
    ],
  ])("a question that %s goes away by itself, with who decided what, and the agent is watched on", async (_, how, line) => {
    const home = aHome();
    const { handlers, approval, goOn } = anAgentThatAsks();
    const { calls } = await aDaemon(home, handlers);
    const terminal = atTerminal([STEWARD, "--home", home, "attach", "task-1"]);
    await terminal.until("explain: ");
    Object.assign(approval, how);
    goOn();
    await terminal.until(line);
    await terminal.until("Installed.");
    expect(await terminal.ended).toBe(0);
    expect(calls.filter(({ name }) => /approve|deny/.test(name))).toEqual([]);
  });

  test("a reason that is being typed is given up when somebody else has answered", async () => {
    const home = aHome();
    const { handlers, approval, goOn } = anAgentThatAsks();
    const { calls } = await aDaemon(home, handlers);
    const terminal = atTerminal([STEWARD, "--home", home, "attach", "task-1"]);
    await terminal.until("explain: ");
    terminal.press("d");
    await terminal.until("no reason)? ");
    terminal.press("becau");
    Object.assign(approval, { state: "approved", decidedBy: "person:grace", decidedAt: AT });
    goOn();
    await terminal.until("approval-7 was approved by person:grace");
    expect(await terminal.ended).toBe(0);
    expect(calls.filter(({ name }) => /approve|deny/.test(name))).toEqual([]);
  });

  test("? says what each answer does, and asks again", async () => {
    const home = aHome();
    const { handlers } = anAgentThatAsks();
    await aDaemon(home, handlers);
    const terminal = atTerminal([STEWARD, "--home", home, "attach", "task-1"]);
    await terminal.until("explain: ");
    terminal.press("?");
    for (const line of ["a  approve: ", "d  deny: ", "s  skip: ", "q  quit: stop watching: task-1 goes on"])
      await terminal.until(line);
    await terminal.until("[a]pprove once");
    terminal.press("a");
    await terminal.until("Installed.");
    expect(await terminal.ended).toBe(0);
  });

  test("what was answered long ago is a line of the past, and nobody is asked again", async () => {
    const home = aHome();
    const { handlers, approval } = anAgentThatAsks();
    approval.state = "denied";
    await aDaemon(home, { ...handlers, "run.events": async (input) => eventsAtOnce(handlers, input) });
    const terminal = atTerminal([STEWARD, "--home", home, "attach", "task-1"]);
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).toContain("approval-7: may it? Bash  npm install");
    expect(terminal.shown()).not.toContain("[a]pprove");
  });
});

/** Nothing waits for an answer. */
async function eventsAtOnce(
  { "run.events": events, "approval.approve": approve }: ReturnType<typeof anAgentThatAsks>["handlers"],
  input: Record<string, unknown>,
) {
  if (Number(input.from ?? 0) === 1) approve();
  return await events(input);
}
