/** Tries an agent: its program is looked for, then it is given a task of one line and a run as any other. */
import * as z from "zod";
import { markHealthy } from "../../agent/agent.store.ts";
import { type Agent, commandOf } from "../../agent/agent.ts";
import { openAgent } from "../../agent/limit.store.ts";
import { actorLabel } from "../../core/actor.ts";
import { iso } from "../../core/clock.ts";
import { publicId } from "../../core/ids.ts";
import { type Call, operation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { Reader, Tx } from "../../store/store.ts";
import { isDirectory } from "../../task/directory.ts";
import { finishTask } from "../../task/need.store.ts";
import { submitTask } from "../../task/task.service.ts";
import { type TaskRow, taskById } from "../../task/task.store.ts";
import { isFinal, Name, NewTask } from "../../task/task.ts";
import { approvalsOfRun } from "../../trust/approval.store.ts";
import { readTold } from "../dialogue/session.ts";
import { explain } from "../explain.ts";
import { factsAbout } from "../explain-facts.ts";
import { tailText } from "../process/output.ts";
import { punchedOf } from "../punched.store.ts";
import { liveRunOfTask, type RunRow, requestStop, runsOfTask } from "../run.store.ts";
import { runFiles } from "../run-files.ts";
import type { RunRoom } from "../run-room.ts";
import { cancelTask } from "../task-with-runs.operations.ts";
import { untilEvent } from "../wait.ts";
import { TEST_ROLE, type TestSeen, testProblem, testPrompt } from "./agent-test.ts";

export interface AgentTestRoom extends RunRoom {
  /** The absolute path of the program that an agent starts; undefined when there is none. */
  readonly findProgram: (agent: string) => string | undefined;
}

/** Before all others: somebody waits for it. */
const PRIORITY = 1_000_000;
/** Of what it printed last, in bytes and in characters of one line. */
const TAIL_BYTES = 4 * 1024;
const WORDS_CHARACTERS = 300;

export const testAgent = operation({
  name: "agent.test",
  summary:
    "Give an agent a task of one line, and say in plain words what is wrong; one that passes is healthy again, and at no limit any more.",
  effect: "write",
  scope: "operate",
  rest: "POST /agents/{agent}/test",
  args: ["agent"],
  input: z.strictObject({
    agent: Name.describe("Its name in the settings."),
    waitMs: z.int().min(1_000).max(600_000).default(90_000).describe("How long it may take."),
  }),
  output: z.object({
    agent: z.string(),
    healthy: z.boolean().describe("It did the task, or asked for leave to."),
    program: z.string().nullable(),
    problem: z.string().nullable(),
    taskId: z.string().nullable().describe("The task that it was given; null when there was no use in trying."),
  }),
  refuses: ["not_found"],
  example: { agent: "shell" },
  handle: async (room: AgentTestRoom & Call, { agent, waitMs }) => {
    const { store, catalog, findProgram, actor } = room;
    const definition = catalog.current().agents.get(agent)?.body;
    if (!definition)
      refuse("not_found", `There is no agent "${agent}".`, { hint: "`steward agent list` shows what there is." });
    const program = findProgram(agent) ?? null;
    const obstacle = obstacleOf(definition, program);
    if (obstacle !== null) return { agent, healthy: false, program, problem: obstacle, taskId: null };
    const { task, problem } = await tried(room, agent, definition, waitMs);
    if (problem === null) await store.write((tx) => passed(tx, agent, actorLabel(actor)));
    await catalog.renewed();
    return { agent, healthy: problem === null, program, problem, taskId: publicId("task", task.id) };
  },
});

async function passed(tx: Tx, agent: string, actor: string): Promise<void> {
  await markHealthy(tx, agent, actor);
  await openAgent(tx, agent, actor);
}

/** What needs no trying. */
function obstacleOf(definition: Agent, program: string | null): string | null {
  if (program === null) return `The program "${commandOf(definition)[0]}" was not found.`;
  const directory = definition.cwd;
  return directory !== undefined && !isDirectory(directory) ? `Its directory ${directory} is not there.` : null;
}

async function tried(room: AgentTestRoom & Call, agent: string, definition: Agent, waitMs: number) {
  const { store, clock, signal, limits, engine, actor } = room;
  const wanted = NewTask.parse({
    prompt: testPrompt(definition),
    title: `Test of the agent ${agent}`,
    role: TEST_ROLE,
    agent,
    priority: PRIORITY,
    attempts: 1,
    timeoutSeconds: Math.ceil(waitMs / 1_000),
    // Nothing is changed, so no worktree is made for it where its agent has a directory.
    workspace: "directory",
  });
  const { task } = await store.write((tx) =>
    submitTask(tx, wanted, actorLabel(actor), limits(), { projectId: DEFAULT_PROJECT.id }),
  );
  if (engine.standby) await engine.startOne(TEST_ROLE);
  const begun = clock.monotonic();
  const seen = await untilEvent({
    ...{ store, clock, signal, waitMs },
    concerns: (event) => event.taskId === task.id,
    look: () => look(store.read, task.id),
    done: ({ task: row, asks }) => isFinal(row.state) || row.state === "parked" || asks,
  });
  const facts = await testSeen(room, seen, Math.round((clock.monotonic() - begun) / 1_000));
  const problem = testProblem(facts, definition);
  // It has served its purpose: a parked one would come back by itself or wait for a person for ever.
  await store.write((tx) => endTest(tx, task.id, actorLabel(actor), { passed: problem === null }));
  return { task, problem };
}

interface Look {
  readonly task: TaskRow;
  readonly run: RunRow | undefined;
  readonly asks: boolean;
}

async function look(read: Reader, id: number): Promise<Look> {
  const task = await taskById(read, id);
  if (!task) return refuse("not_found", `The test ${publicId("task", id)} is gone.`);
  const [run] = await runsOfTask(read, id, 1);
  const asked = run ? await approvalsOfRun(read, run.id) : [];
  return { task, run, asks: asked.some(({ state }) => state === "pending") };
}

async function testSeen(room: RunRoom, { task, run, asks }: Look, waitedSeconds: number): Promise<TestSeen> {
  const reasons = run ? [] : explain(await factsAbout(room, task));
  return {
    asks,
    outcome: run?.outcome ?? null,
    reason: run?.reason ?? null,
    failure: readTold(run?.told ?? null)?.failure ?? null,
    lastWords: run ? await lastWords(room, run) : "",
    until: task.parked_until === null ? null : iso(task.parked_until),
    hasStarted: run !== undefined,
    waits: reasons.map(({ sentence, change }) => `${sentence} ${change}`).join(" ") || "it was about to start.",
    waitedSeconds,
  };
}

/** The last line with something on it: of its errors, else of what it printed, unless that is a protocol's and nobody's to read. */
async function lastWords({ runsDirectory, secrets, catalog }: RunRoom, run: RunRow): Promise<string> {
  const files = runFiles(runsDirectory, run.id);
  const isTalkedWith = catalog.current().agents.get(run.agent)?.body.runtime !== "command";
  for (const path of isTalkedWith ? [files.stderr] : [files.stderr, files.stdout]) {
    const [, punchedTo = 0] = punchedOf(run)[path] ?? [];
    const text = await tailText(path, TAIL_BYTES, { mask: secrets(), punchedTo });
    const line = text.split("\n").findLast((each) => each.trim() !== "");
    if (line !== undefined) return line.trim().slice(0, WORDS_CHARACTERS).toWellFormed();
  }
  return "";
}

/** An agent that asks for leave has passed before its task is done: nobody cancelled that. */
async function endTest(tx: Tx, id: number, actor: string, { passed }: { passed: boolean }): Promise<void> {
  const task = await taskById(tx, id);
  if (!task || isFinal(task.state)) return;
  if (!passed) await cancelTask(tx, task, actor);
  else if (task.state !== "running") await finishTask(tx, task, { to: "completed", actor });
  else {
    const run = await liveRunOfTask(tx, id);
    if (run) await requestStop(tx, run, "tested", actor);
  }
}

export const agentTestOperations = [testAgent] as const;
