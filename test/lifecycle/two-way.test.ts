/** Agents that are talked with, over everything that happens to them and to the daemon: with a fake one, on every machine. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually, neverWithin } from "./eventually.ts";
import { agentsOf } from "./processes.ts";
import { done, inState, lastRun, look, settled, submit } from "./tasks.ts";
import { asked, aTwoWayHome, pending, said, told } from "./two-way.ts";

const prompt = (...steps: string[]) => steps.join("\n");
const yolo = { permissions: "yolo" };

test("it does what it is told, and its last word is the result", async () => {
  await using home = aTwoWayHome({ agent: yolo });
  const daemon = await home.start();
  const task = await done(daemon, prompt("think first", "say I begin.", "ask echo it > out", "say All done."));
  expect(task).toMatchObject({ state: "completed", result: { value: "All done." } });
  expect(told(home).map(({ type }) => type)).toEqual([
    ...["started", "thought", "text", "tool", "tool", "text", "usage", "ended"],
  ]);
  expect(readFileSync(join(home.path, "runs/run-1/work/out"), "utf8")).toBe("it\n");
});

test("a question outlives a killed daemon; it cannot be answered while none lives, and is answered then", async () => {
  await using home = aTwoWayHome();
  let daemon = await home.start();
  const taskId = await submit(daemon, prompt("ask echo it > out", "say Done."));
  const { approvalId, tool } = await asked(daemon);
  expect(tool).toBe("execute");
  expect(await daemon.call("approval.get", { approvalId })).toMatchObject({ input: { command: "echo it > out" } });
  const client = daemon.client();
  await daemon.kill("SIGKILL");
  await expect(client.call("approval.approve", { approvalId })).rejects.toThrow();

  daemon = await home.start();
  expect(await pending(daemon)).toMatchObject([{ approvalId, taskId }]);
  await daemon.call("approval.approve", { approvalId });
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "completed", attempts: { spent: 0 } });
  expect(task.runs).toHaveLength(1);
  expect(existsSync(join(home.path, "runs/run-1/work/out"))).toBe(true);
  const answers = said(home).filter(({ result }) => result !== undefined);
  expect(answers).toEqual([{ jsonrpc: "2.0", id: 1, result: { outcome: { outcome: "selected", optionId: "yes" } } }]);
});

test("a no reaches it, with what it did not do; where it stops at a no it is told why, and to go on", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("insist echo it > out", "say Then without."));
  const { approvalId } = await asked(daemon);
  await daemon.call("approval.deny", { approvalId, note: "Not on a Friday." });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed", result: { value: "Then without." } });
  expect(existsSync(join(home.path, "runs/run-1/work/out"))).toBe(false);
  expect(told(home)).toContainEqual(expect.objectContaining({ type: "tool", state: "denied" }));
  expect(JSON.stringify(said(home).at(-1))).toContain("Not on a Friday.");
});

test("half a line among its events is nothing yet: whoever follows them waits for the next", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  await submit(daemon, prompt("ask true", "say Done."));
  const { approvalId } = await asked(daemon);
  const after = await eventually("the question is told", () => told(home).find(({ type }) => type === "permission")?.n);
  appendFileSync(join(home.path, "runs/run-1/events.jsonl"), "half");
  const next = daemon.call<{ events: unknown[] }>("run.events", { runId: "run-1", after, waitMs: 30_000 });
  await daemon.call("approval.approve", { approvalId });
  expect((await next).events[0]).toMatchObject({ type: "permission", state: "approved" });
});

test("one that stops at every no has failed", async () => {
  await using home = aTwoWayHome({ agent: { permissions: "deny" } });
  const daemon = await home.start();
  const task = await done(daemon, prompt(...Array.from({ length: 9 }, () => "insist echo it")));
  expect(lastRun(task)).toMatchObject({ outcome: "failed", reason: expect.stringContaining("refused") });
});

test("it works on while no daemon lives, and the next one hears all of it once", async () => {
  await using home = aTwoWayHome({ agent: yolo });
  let daemon = await home.start();
  const go = join(home.ledger, "go");
  const taskId = await submit(daemon, prompt("say One.", "run true", "ask true", `wait ${go}`, "ask true", "say Two."));
  await eventually("it waits", () => told(home).filter(({ type }) => type === "tool").length === 2);
  await daemon.kill("SIGKILL");
  writeFileSync(go, "");
  const stdout = join(home.path, "runs/run-1/stdout.log");
  await eventually("it asks again", () => readFileSync(stdout, "utf8").split("request_permission").length === 3);
  daemon = await home.start();
  const task = await settled(daemon, taskId);
  expect(task).toMatchObject({ state: "completed", result: { value: "Two." } });
  expect(task.runs).toHaveLength(1);
  expect(told(home).map(({ n }) => n)).toEqual(told(home).map((_, at) => at + 1));
  expect(told(home).filter(({ type }) => type === "ended")).toHaveLength(1);
  expect(said(home).filter(({ method }) => method === "session/prompt")).toHaveLength(1);
});

test("cancelled while it asks, it ends, and nobody is asked any more", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("ask echo it > out"));
  const { approvalId } = await asked(daemon);
  await daemon.call("task.cancel", { taskId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled" });
  // Its question ends with its run, and the agent is told that or to stop: whichever comes first.
  const state = expect.stringMatching(/^(withdrawn|expired)$/);
  expect(told(home)).toContainEqual(expect.objectContaining({ type: "permission", state }));
  expect(told(home)).toContainEqual(expect.objectContaining({ type: "ended" }));
  expect(await daemon.call("approval.get", { approvalId })).toMatchObject({ state: "expired" });
  expect(agentsOf(home.path)).toEqual([]);
});

test("cancelled in a tool, it ends the tool and says so before anybody is killed", async () => {
  await using home = aTwoWayHome({ agent: yolo });
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("ask echo $$ > pid; exec sleep 300"));
  await eventually("its tool has begun", () => existsSync(join(home.path, "runs/run-1/work/pid")));
  await daemon.call("task.cancel", { taskId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "cancelled" });
  expect(told(home).at(-1)).toMatchObject({ type: "ended", failure: "interrupted" });
  expect(agentsOf(home.path)).toEqual([]);
});

test("silence is ended: before its first word, before its work, and in the middle of it", async () => {
  const limits = { runHandshakeSeconds: 1, runInterruptSeconds: 1 };
  await using mute = aTwoWayHome({ limits, agent: { env: { FAKE_ACP_MUTE: "1" } } });
  await using stalled = aTwoWayHome({ limits: { runProgressSeconds: 1 } });
  await using silent = aTwoWayHome({ agent: { idleTimeoutSeconds: 1 } });
  const ends = [
    [mute, prompt("say Hello."), "handshake_timeout"],
    [stalled, prompt("stall"), "progress_timeout"],
    [silent, prompt("say Hello.", "run true", "think hm", "stall"), "idle_timeout"],
  ] as const;
  await Promise.all(
    ends.map(async ([home, words, reason]) => {
      const task = await done(await home.start(), words);
      expect(lastRun(task)).toMatchObject({ outcome: "failed", reason });
      expect(agentsOf(home.path)).toEqual([]);
    }),
  );
});

test("lines that are none of the protocol are no sign of its work, however many come", async () => {
  const limits = { runProgressSeconds: 1, runInterruptSeconds: 1 };
  await using early = aTwoWayHome({ limits });
  await using late = aTwoWayHome({ agent: { idleTimeoutSeconds: 1 }, limits: { runInterruptSeconds: 1 } });
  await using mute = aTwoWayHome({
    limits: { runHandshakeSeconds: 1, runInterruptSeconds: 1 },
    agent: { command: ["sh", "-c", 'while sleep 0.05; do echo \'{"type":"what"}\'; done'] },
  });
  await using before = aTwoWayHome({
    limits: { runInterruptSeconds: 1 },
    agent: { idleTimeoutSeconds: 1, command: ["sh", "-c", "while sleep 0.05; do echo loading; done"] },
  });
  const ends = [
    [before, prompt("say Hello."), "idle_timeout"],
    [early, prompt("babble loading…"), "progress_timeout"],
    [late, prompt("say Hello.", "babble loading…"), "idle_timeout"],
    [mute, prompt("say Hello."), "handshake_timeout"],
  ] as const;
  await Promise.all(
    ends.map(async ([home, words, reason]) => {
      expect(lastRun(await done(await home.start(), words))).toMatchObject({ outcome: "failed", reason });
    }),
  );
});

test("time stands still while a person is asked", async () => {
  await using home = aTwoWayHome({ agent: { idleTimeoutSeconds: 1, timeoutSeconds: 2 } });
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("ask true", "say Done."));
  const { approvalId } = await asked(daemon);
  await neverWithin(2_500, "its time runs out", async () => (await look(daemon, taskId)).state !== "running");
  await daemon.call("approval.approve", { approvalId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
});

test("an agent cannot stay for ever by asking", async () => {
  await using home = aTwoWayHome({ limits: { runAskedSeconds: 1 }, agent: { timeoutSeconds: 1 }, attempts: 1 });
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("ask true", "say Done."));
  await asked(daemon);
  expect(await settled(daemon, taskId)).toMatchObject({
    state: "failed",
    runs: [{ outcome: "failed", reason: "wall_timeout" }],
  });
  expect((await daemon.call<{ approvals: unknown[] }>("approval.list", { state: "pending" })).approvals).toEqual([]);
});

test("one that stays after its last word is ended, and has done its work", async () => {
  await using home = aTwoWayHome({ limits: { runLeaveSeconds: 1 }, agent: { env: { FAKE_ACP_STAYS: "1" } } });
  const daemon = await home.start();
  expect(await done(daemon, prompt("say Done."))).toMatchObject({ state: "completed", result: { value: "Done." } });
  expect(agentsOf(home.path)).toEqual([]);
});

test("its session is taken up after it died, and what it tells of the past is not told again", async () => {
  const sessions = mkdtempSync(join(tmpdir(), "sessions-"));
  await using home = aTwoWayHome({ attempts: 2, agent: { env: { FAKE_ACP_SESSIONS: sessions } } });
  onTestFinished(() => rmSync(sessions, { recursive: true }));
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("say Begun.", "run true", "crash 3", "say Finished."));
  await inState(daemon, taskId, "completed");
  const [second, first] = (await look(daemon, taskId)).runs;
  expect(first).toMatchObject({ outcome: "failed", reason: expect.stringContaining("exit 3") });
  expect(second?.session).toBe(first?.session);
  expect(told(home, "run-2").filter(({ type }) => type === "text")).toMatchObject([{ text: "Finished." }]);
  expect(JSON.stringify(said(home, "run-2").at(-1))).toContain("was interrupted");
});

test("a session that is gone costs no attempt: the next run begins a new one at once, with the whole prompt", async () => {
  const sessions = mkdtempSync(join(tmpdir(), "sessions-"));
  onTestFinished(() => rmSync(sessions, { recursive: true, force: true }));
  await using home = aTwoWayHome({ attempts: 2, agent: { env: { FAKE_ACP_SESSIONS: sessions } } });
  const daemon = await home.start();
  const [gone, again] = [join(sessions, "*.json"), join(sessions, "again")];
  const taskId = await submit(
    daemon,
    prompt("say Begun.", `run [ -e ${again} ] || { touch ${again}; rm ${gone}; kill $PPID; }`, "say Done."),
  );
  await inState(daemon, taskId, "completed");
  const { runs, attempts } = await look(daemon, taskId);
  expect(runs.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
    "completed",
    expect.stringMatching(/^session_gone: There is no session/),
    expect.stringContaining("before it said how its work went"),
  ]);
  expect(attempts.spent).toBe(1);
  expect(JSON.stringify(said(home, "run-3").at(-1))).toContain("say Begun.");
});

test("where it keeps no sessions, the next run is told the whole prompt", async () => {
  await using home = aTwoWayHome({ attempts: 2 });
  const daemon = await home.start();
  const taskId = await submit(daemon, prompt("say Begun.", "crash 3", "say Finished."));
  await inState(daemon, taskId, "failed");
  expect(said(home, "run-2").map(({ method }) => method)).toEqual(["initialize", "session/new", "session/prompt"]);
  expect(JSON.stringify(said(home, "run-2").at(-1))).toContain("crash 3");
});

test("what it asks of its client is answered, whatever it is, and lines that are none of the protocol are passed over", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  expect(await done(daemon, prompt("noise {oops", "read /etc/passwd", "say Done."))).toMatchObject({
    state: "completed",
  });
  expect(said(home)).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: -32601 }) }));
});

test("with workspace-edits it changes what lies in its workspace unasked, and asks for what lies outside", async () => {
  await using home = aTwoWayHome({ agent: { permissions: "workspace-edits" } });
  const daemon = await home.start();
  const outside = join(home.ledger, "outside");
  const taskId = await submit(daemon, prompt("edit inside", `edit ${outside}`, "say Done."));
  const { approvalId, tool } = await asked(daemon);
  expect(tool).toBe("edit");
  expect(existsSync(join(home.path, "runs/run-1/work/inside"))).toBe(true);
  await daemon.call("approval.deny", { approvalId });
  expect(await settled(daemon, taskId)).toMatchObject({ state: "completed" });
  expect(existsSync(outside)).toBe(false);
});

/** What it is told to do at last, how its run ends, and what becomes of its task. */
const ENDS: readonly (readonly [string, object, object])[] = [
  ["fail -32603 Internal error", { outcome: "failed" }, { endReason: expect.stringContaining("Internal") }],
  ["fail 400 The prompt is too long", { outcome: "failed" }, { endReason: expect.stringContaining("context_full") }],
  ["stop max_turn_requests", { outcome: "failed" }, { endReason: expect.stringContaining("turns") }],
  ["stop refusal", { outcome: "failed" }, { endReason: expect.stringContaining("refused") }],
  ["stop something_new", { outcome: "failed" }, { state: "failed" }],
  ["stop end_turn", { outcome: "failed" }, { endReason: expect.stringContaining("without a word") }],
];

test("how it ends is what it says", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  await Promise.all(
    ENDS.map(async ([step, run, task]) => {
      const seen = await done(daemon, step);
      expect(seen).toMatchObject(task);
      expect(lastRun(seen)).toMatchObject(run);
    }),
  );
  const limited = await done(daemon, "fail 429 Too many requests. Try again in 2 hours");
  expect(limited).toMatchObject({ state: "parked", parked: { reason: "limit" }, attempts: { spent: 0 } });
  expect(lastRun(limited)).toMatchObject({ outcome: "limited" });
});

test("one that is not logged in is given nothing more until a person has seen to that", async () => {
  await using home = aTwoWayHome();
  const daemon = await home.start();
  const seen = await done(daemon, "fail -32000 Authentication required");
  expect(seen).toMatchObject({ state: "parked", parked: { reason: "person" }, attempts: { spent: 0 } });
  expect(await daemon.call("agent.list")).toMatchObject({ agents: [{ healthy: false }] });
});

test("twenty at once ask, are answered each for itself, and end", async () => {
  await using home = aTwoWayHome({ atOnce: 20 });
  const daemon = await home.start();
  const numbers = Array.from({ length: 20 }, (_, at) => at);
  const tasks = await Promise.all(
    numbers.map((n) => submit(daemon, prompt(`ask echo ${n} > out`, `say Number ${n}.`))),
  );
  await eventually("all ask", async () => (await pending(daemon)).length === 20);
  for (const { approvalId, taskId } of await pending(daemon)) {
    const isOdd = tasks.indexOf(taskId) % 2 === 1;
    await daemon.call(isOdd ? "approval.deny" : "approval.approve", { approvalId });
  }
  const ended = await Promise.all(tasks.map((taskId) => settled(daemon, taskId)));
  expect(ended.map(({ result }) => result?.value)).toEqual(numbers.map((n) => `Number ${n}.`));
  const wrote = ended.map((task) => existsSync(join(home.path, "runs", lastRun(task).runId, "work/out")));
  expect(wrote).toEqual(numbers.map((n) => n % 2 === 0));
  expect(agentsOf(home.path)).toEqual([]);
});
