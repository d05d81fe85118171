/** Whatever a task is parked for, `task explain` names a way out, and whoever follows it gets the task done. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseId } from "../../src/core/ids.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { migrations } from "../../src/tables.ts";
import { askApproval } from "../../src/trust/approval.store.ts";
import { someLimits } from "../builders.ts";
import { steward } from "../lifecycle/command-line.ts";
import { aHome, type DaemonProcess, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { STEWARD } from "../lifecycle/programs.ts";
import { done, inState, lastRun, look, says, settled, submit, type TaskSeen } from "../lifecycle/tasks.ts";
import { shellWords } from "../shell-words.ts";

const ACP_AGENT = join(import.meta.dirname, "../fixtures/agents/acp-agent.ts");

/** Says why it stopped, once: after that it does its work. */
const once = (result: object | undefined, exit: number) =>
  `test -e ok && exit 0; ${result ? `echo '${JSON.stringify(result)}' > "$STEWARD_RESULT"; ` : ""}exit ${exit}`;

const bob = (script: string) => ({ bob: { runtime: "command", command: ["sh", "-c", script] } });

/** A home with an agent that runs this script, in the home's ledger; `gate` is the command of its one gate. */
function aHouse(script: string, { role = {}, roles = {}, ...more }: Parameters<typeof shellAgent>[0] = {}): Home {
  const home = aHome();
  const agents = { ...bob(`cd ${home.ledger}; ${script}`), ...more.agents };
  const all = { default: { agent: "bob", attempts: 1, ...role }, ...roles };
  home.settings({ ...shellAgent(more), agents, roles: all });
  return home;
}

const mend = (home: Home) => writeFileSync(join(home.ledger, "ok"), "");
const inLedger = (home: Home) => ({ cwd: home.ledger });

/** The commands that `task explain` names, in its order. */
async function namedFor(home: Home, taskId: string): Promise<{ text: string; commands: string[] }> {
  const { code, out } = await steward(home, "task", "explain", taskId);
  expect(code).toBe(0);
  return { text: out, commands: [...out.matchAll(/`steward ([^`]+)`/g)].map(([, command = ""]) => command) };
}

/** Runs those of the named commands that begin so; each has to be among them. */
async function follow(home: Home, taskId: string, ...which: readonly string[]): Promise<string> {
  const { text, commands } = await namedFor(home, taskId);
  for (const begin of which) {
    const command = commands.find((one) => one.startsWith(begin));
    expect(command, `${text} names ${begin}`).toBeDefined();
    const said = await steward(home, ...shellWords(command ?? ""));
    expect(said, `${command}: ${said.err}`).toMatchObject({ code: 0 });
  }
  return text;
}

async function completes(daemon: DaemonProcess, { taskId }: Pick<TaskSeen, "taskId">) {
  await eventually(`${taskId} is done`, async () => (await look(daemon, taskId)).state === "completed");
}

const parkedFor = (reason: string) => ({ state: "parked", parked: { reason } });

test("a limit: its agent is tried now, and the task need not wait", async () => {
  await using home = aHouse(once(undefined, 75));
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task).toMatchObject(parkedFor("limit"));
  mend(home);
  expect(await follow(home, task.taskId, "agent test", "task resume")).toMatch(/goes on by itself at \d{4}/);
  await completes(daemon, task);
}, 60_000);

test("a question: the note is the answer", async () => {
  await using home = aHouse(`grep -q '…' "$STEWARD_HANDOVER" && exit 0; ${once({ question: "Which?" }, 77)}`, {
    role: { instructions: "Ask." },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task).toMatchObject({ state: "parked", parked: { reason: "question", note: "Which?" } });
  await follow(home, task.taskId, "task resume");
  await completes(daemon, task);
}, 60_000);

test("an approval that is open is named, and the one that was never asked for is not", async () => {
  await using home = aHouse(`echo up; until [ -e go ]; do sleep 0.05; done; ${once({ waitsFor: "approval" }, 77)}`);
  const first = await home.start();
  const taskId = await submit(first, "Build", inLedger(home));
  await says(first, taskId, "up");
  const { runId } = lastRun(await look(first, taskId));
  await first.kill("SIGKILL");
  const store = await openSqlite({ path: home.paths.database, migrations });
  const question = { runId: parseId("run", runId) ?? 0, key: "call-1", tool: "Bash", input: { command: "git push" } };
  await store.write((tx) => askApproval(tx, question, someLimits()));
  await store.close();
  const daemon = await home.start();
  writeFileSync(join(home.ledger, "go"), "");
  expect(await settled(daemon, taskId)).toMatchObject(parkedFor("approval"));
  // Its agent asks no more, but waits again: for an approval that nobody was asked for.
  await follow(home, taskId, "approval approve approval-1");
  await eventually("it waits again", async () => {
    const { state, runs } = await look(daemon, taskId);
    return state === "parked" && runs.length === 2;
  });
  const { text, commands } = await namedFor(home, taskId);
  expect(commands, text).toEqual([expect.stringContaining("task resume")]);
  mend(home);
  await follow(home, taskId, "task resume");
  await completes(daemon, { taskId });
}, 60_000);

/** An agent that hands out a part, which is somebody's who may do no more than it; the part is good when its gate is. */
function aDelegatingHome(): Home {
  const home = aHome();
  const fake = { runtime: "acp", command: [process.execPath, ACP_AGENT] };
  const gates = [{ name: "good", command: `test -e ${home.ledger}/ok` }];
  const roles = {
    default: { agent: "fake", attempts: 1, next: { completed: "last" } },
    part: { agent: "fake", attempts: 1, gates },
    last: { agent: "fake" },
  };
  home.settings({ ...shellAgent(), agents: { fake }, roles });
  return home;
}

/** Only when the ledger knows of none. */
const DELEGATE = `run test -e handed-out || { touch handed-out; ${STEWARD} task delegate 'say A part.' --role part; }\nsay Handed out.`;

test("sub-tasks: the way leads to the one that holds it, and on from there", async () => {
  await using home = aDelegatingHome();
  const daemon = await home.start();
  mend(home);
  await daemon.call("role.pause", { role: "part" });
  const task = await done(daemon, DELEGATE, inLedger(home));
  expect(task, task.endReason ?? "").toMatchObject(parkedFor("subtasks"));
  expect(await follow(home, task.taskId, "task explain task-2")).toContain("Its open sub-task ends (task-2)");
  await follow(home, "task-2", "role resume part");
  await completes(daemon, task);
}, 60_000);

test("a sub-task that failed: it is done again, and then its parent goes on", async () => {
  await using home = aDelegatingHome();
  const daemon = await home.start();
  const task = await done(daemon, DELEGATE, inLedger(home));
  await inState(daemon, "task-2", "failed");
  await eventually("a person is asked", async () => (await look(daemon, task.taskId)).parked?.reason === "person");
  mend(home);
  await follow(home, task.taskId, "task retry task-2");
  await completes(daemon, { taskId: "task-3" });
  await follow(home, task.taskId, "task resume");
  await completes(daemon, task);
}, 60_000);

test("loops that are spent: the red gate's last words, how to see all of them, and who would have it next", async () => {
  await using home = aHome();
  const gates = [{ name: "leaks", command: `echo one; echo 'the boat leaks' >&2; test -e ${home.ledger}/ok` }];
  home.settings({
    ...shellAgent(),
    agents: bob("true"),
    roles: {
      default: { agent: "bob", gates, maxLoops: 1, next: { failed: "refiner" } },
      refiner: { agent: "bob", next: { completed: "default" } },
    },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task).toMatchObject({ ...parkedFor("person"), loops: 1, maxLoops: 1 });
  expect((await steward(home, "task", "get", task.taskId)).out).toMatch(/^loops +1 of 1$/m);
  const { text } = await namedFor(home, task.taskId);
  expect(text).toContain("refiner has it next");
  expect(text).toContain('The output of gate leaks ends with "the boat leaks"');
  mend(home);
  await follow(home, task.taskId, "run output", "task resume");
  await completes(daemon, task);
}, 60_000);

test("a gate that cannot run: it runs again", async () => {
  await using home = aHome();
  const gates = [{ name: "tool", command: `test -e ${home.ledger}/ok || { echo no tool; exit 78; }` }];
  home.settings({ ...shellAgent(), agents: bob("true"), roles: { default: { agent: "bob", gates } } });
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task).toMatchObject(parkedFor("person"));
  mend(home);
  expect(await follow(home, task.taskId, "task resume")).toContain("gate tool runs again");
  await completes(daemon, task);
  // Its agent was not bothered again.
  expect((await look(daemon, task.taskId)).stages).toMatchObject([{ goes: 1 }]);
}, 60_000);

test("an agent whose configuration is wrong: it is mended, tested, and then the task goes on", async () => {
  await using home = aHouse(once({ reason: "not logged in" }, 78));
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task).toMatchObject(parkedFor("person"));
  mend(home);
  await follow(home, task.taskId, "daemon reload", "agent test", "task resume");
  await completes(daemon, task);
}, 60_000);

test("a run that was lost, of a role that does not try again by itself", async () => {
  await using home = aHouse("echo up; until [ -e ok ]; do sleep 0.05; done", { role: { onLost: "park" } });
  const daemon = await home.start();
  const taskId = await submit(daemon, "Build", inLedger(home));
  await says(daemon, taskId, "up");
  const { runId } = lastRun(await look(daemon, taskId));
  await daemon.call("run.abandon", { runId });
  expect(await settled(daemon, taskId)).toMatchObject(parkedFor("person"));
  mend(home);
  await follow(home, taskId, "task resume");
  await completes(daemon, { taskId });
}, 60_000);

test("a role that was taken away: it is put back, and the task goes on with its gates", async () => {
  await using home = aHome();
  const roles = { default: { agent: "bob" }, gone: { agent: "bob", gates: ["true"] } };
  const settings = { ...shellAgent(), agents: bob(`until [ -e ${home.ledger}/ok ]; do sleep 0.05; done`), roles };
  home.settings(settings);
  const daemon = await home.start();
  const taskId = await submit(daemon, "Build", { ...inLedger(home), role: "gone" });
  await inState(daemon, taskId, "running");
  home.settings({ ...settings, roles: { default: roles.default } });
  await daemon.call("daemon.reload");
  mend(home);
  expect(await settled(daemon, taskId)).toMatchObject(parkedFor("person"));
  home.settings(settings);
  await follow(home, taskId, "daemon reload", "task resume");
  await completes(daemon, { taskId });
}, 60_000);

test("all stages that a task may have: each further one is asked about", async () => {
  await using home = aHome();
  const gates = [`test -e ${home.ledger}/ok`];
  home.settings({
    ...shellAgent({ limits: { taskStages: 2 } }),
    agents: bob("true"),
    roles: {
      default: { agent: "bob", gates, maxLoops: 9, next: { failed: "refiner" } },
      refiner: { agent: "bob", next: { completed: "default" } },
    },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task).toMatchObject({ ...parkedFor("person"), role: "default" });
  mend(home);
  expect(await follow(home, task.taskId, "task resume")).toContain("unless limits.taskStages is raised");
  await completes(daemon, task);
}, 60_000);

test("what a queue file brought: a lease that somebody holds, and a task that was blocked by hand", async () => {
  await using home = aHouse("true", { roles: { builder: { agent: "bob" }, planner: { agent: "bob" } } });
  const daemon = await home.start();
  const heartbeat = new Date().toISOString();
  const file = join(home.ledger, "queue.json");
  const tasks = [
    {
      id: "HELD",
      title: "Held",
      priority: 1,
      status: "in_progress",
      lease: { owner: "agent-7", ttl: 5400, last_heartbeat: heartbeat },
    },
    { id: "STOPPED", title: "Stopped", priority: 1, status: "blocked", blocked_reason: "which port?", plan: "x" },
  ];
  writeFileSync(file, JSON.stringify({ wip_limits: {}, tasks }));
  expect(await steward(home, "queue", "import", file)).toMatchObject({ code: 0 });
  expect(await look(daemon, "HELD")).toMatchObject(parkedFor("person"));
  expect(await follow(home, "HELD", "task resume")).toMatch(/agent-7 holds a lease.*\n.*goes on by itself at \d{4}/);
  await completes(daemon, { taskId: "HELD" });
  expect(await look(daemon, "STOPPED")).toMatchObject(parkedFor("person"));
  await follow(home, "STOPPED", "task resume");
  await completes(daemon, { taskId: "STOPPED" });
}, 60_000);

/** Speaks as much of Claude's protocol as ends a run: for want of a budget, unless there is one. */
const spender = (paid: string) => `
const { existsSync } = require("node:fs");
const say = (line) => console.log(JSON.stringify(line));
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { type, request_id } = JSON.parse(line);
  if (type === "control_request") say({ type: "control_response", response: { subtype: "success", request_id, response: {} } });
  if (type !== "user") return;
  const isPaid = existsSync(${JSON.stringify(paid)});
  say({ type: "system", subtype: "init", session_id: "s", model: "m" });
  say({ type: "result", session_id: "s", num_turns: 1, usage: {}, result: "Done.",
    ...(isPaid ? { subtype: "success", is_error: false } : { subtype: "error_max_budget_usd", is_error: true }) });
  if (!isPaid) process.exitCode = 1;
  process.stdin.destroy();
});`;

test("a budget that is spent: more of it lets the task go on", async () => {
  await using home = aHome();
  const paid = join(home.ledger, "ok");
  const program = join(home.ledger, "spender");
  writeFileSync(program, `#!${process.execPath}\n${spender(paid)}`, { mode: 0o755 });
  home.settings({
    ...shellAgent(),
    agents: { spender: { runtime: "claude", command: [program] } },
    roles: { default: { agent: "spender", attempts: 1 } },
  });
  const daemon = await home.start();
  const task = await done(daemon, "Build", inLedger(home));
  expect(task, JSON.stringify(task.runs)).toMatchObject(parkedFor("budget"));
  expect(existsSync(paid)).toBe(false);
  mend(home);
  await follow(home, task.taskId, "task resume");
  await completes(daemon, task);
}, 60_000);
