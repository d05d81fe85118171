/** The end of a run, recorded once: outcome, result, the task's next state and all that it unblocks, in one transaction. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { markUnhealthy } from "../agent/agent.store.ts";
import type { CatalogSource } from "../agent/catalog.ts";
import type { DialogueState } from "../agent/runtimes/dialogue.ts";
import { judgeExit, reasonIn } from "../agent/runtimes/exit-status.ts";
import { judge, type Told } from "../agent/runtimes/judge.ts";
import type { Verdict } from "../agent/runtimes/verdict.ts";
import type { Limits } from "../config/limits.ts";
import { type Ids, publicId } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import { appendEvent } from "../event/event.store.ts";
import type { Store, Tx } from "../store/store.ts";
import { finishTask } from "../task/need.store.ts";
import { saveResult, type TaskRow, taskById, taskDetail } from "../task/task.store.ts";
import { isFinal } from "../task/task.ts";
import { moveTask } from "../task/task-move.store.ts";
import { maskJson, maskText } from "../trust/mask.ts";
import type { After } from "./after.ts";
import { afterRun } from "./after-run.ts";
import { settleLimit } from "./agent-limit.ts";
import { settleApprovals } from "./approval/approval.service.ts";
import { readTold, sessionAfter, toldOf, unlessGone, wasResumed } from "./dialogue/session.ts";
import { handedOver } from "./handover/handed-over.ts";
import { type Ending, endingOf } from "./outcome.ts";
import { removeLaunchFile } from "./process/launch-file.ts";
import { asInJson } from "./process/mask.ts";
import { actorOf, earlierSession, endRun, type RunRow, runById, type Said } from "./run.store.ts";
import { type Result, type RunFiles, readPlain, readResult } from "./run-files.ts";
import { hadChildren, stageNow } from "./stage-now.ts";

export interface Settling {
  readonly store: Store;
  readonly ids: Ids;
  readonly log: Log;
  readonly catalog: CatalogSource;
  readonly limits: () => Limits;
  readonly exitsDirectory: string;
  /** Values that no reader may see. */
  readonly secrets: () => readonly string[];
}

export interface End {
  readonly exit: number | undefined;
  readonly files: RunFiles;
  /** The masked tail of stdout. */
  readonly printed: () => string;
  /** What is known without asking the agent: it never started, or could not be launched. */
  readonly known?: Ending | undefined;
  /** Written in the same transaction. */
  readonly alongside?: ((tx: Tx) => Promise<void>) | undefined;
  /** Where the agent was talked with: what it said. */
  readonly told?: (Told & { readonly state: DialogueState }) | undefined;
}

/** An exit status and its line break, in bytes. */
const MAX_STATUS_BYTES = 8;

/** To be called when nothing of the run lives any more. The first to call it is the one who counts. */
export async function settleRun(settling: Settling, run: RunRow, end: End): Promise<void> {
  const mask = settling.secrets();
  const read = readResult(end.files, { maxBytes: settling.limits().resultBytes, printed: end.printed, mask });
  // JSON has many ways to write one text: only what it stands for shows every secret.
  const result = { ...read, value: maskJson(read.value, asInJson(mask)) };
  const settled = await settling.store.write((tx) => record(tx, settling, run, end, result));
  tidy(settling, run, end.files);
  if (!settled) return;
  settling.log.info("run ended", {
    run: publicId("run", run.id),
    task: publicId("task", run.task_id),
    agent: run.agent,
    outcome: settled.ending.outcome,
    reason: settled.ending.reason,
    taskIs: settled.after.to,
  });
}

/** After the commit nothing may fail any more: what is left behind is swept at the next start. */
function tidy({ exitsDirectory, log }: Settling, run: RunRow, files: RunFiles): void {
  try {
    removeLaunchFile(files.directory);
    rmSync(join(exitsDirectory, publicId("run", run.id)), { force: true, recursive: true });
  } catch (error) {
    log.warn("files of a run could not be removed", { run: publicId("run", run.id), error });
  }
}

async function record(
  tx: Tx,
  settling: Settling,
  { id, task_id, token }: RunRow,
  end: End,
  result: Result,
): Promise<{ ending: Ending; after: After } | undefined> {
  const [run, task] = await Promise.all([runById(tx, id), taskById(tx, task_id)]);
  if (!run || !task) throw new Error(`run ${id} or its task is missing`);
  if (run.token !== token) return undefined;
  const verdict = setupVerdict(end.files, id) ?? judgeRun(run, end, result);
  const mask = asInJson(settling.secrets());
  const earlier = end.told && (await earlierSession(tx, run));
  const resumed = end.told !== undefined && wasResumed(end.told.state, earlier);
  const ended = end.known ?? unlessGone(endingOf(run.stop_reason, verdict, tx.now()), resumed);
  const ending = masked(run.gate === null ? ended : ofGate(run.gate, ended), mask);
  const handover = handsOver(settling, run, end, result, mask);
  if (!(await endRun(tx, run, ending, end.exit, { said: leaves(run, end, ending, earlier, mask), handover }))) {
    return undefined;
  }
  const after = await settleApprovals(tx, run, await decide(tx, settling, task, run, ending));
  const saved = run.gate === null && keepsResult(ending) ? saveResult(tx, task.id, JSON.stringify(result)) : undefined;
  await Promise.all([saved, apply(tx, task, run, after), end.alongside?.(tx)]);
  await settleLimit(tx, run, ending, after, { limits: settling.limits() });
  return { ending, after };
}

/** What later stages are told; null where nobody comes after. */
function handsOver({ catalog, limits }: Settling, run: RunRow, end: End, result: Result, mask: readonly string[]) {
  const { gates, next } = catalog.current().role(run.project_id, run.role)?.body ?? {};
  if (run.gate === null && run.stage === 0 && !gates && !next) return null;
  return handedOver(run, { result, printed: maskText(end.printed(), mask) }, limits().handoverBytes);
}

/** A gate is green when it exits 0; with EX_CONFIG a person has to see to it; else it is red, and its result may say in a sentence why. */
function judgeRun({ gate }: RunRow, { exit, told }: End, result: Result): Verdict {
  const said = resultValue(result);
  if (gate === null) return judge({ exit, result: said, told });
  const verdict = judgeExit(exit, undefined);
  if (verdict.outcome === "completed" || verdict.outcome === "lost") return verdict;
  const why = reasonIn(said) ?? `exit ${exit}`;
  return verdict.outcome === "configuration"
    ? { outcome: "configuration", reason: why }
    : { outcome: "failed", reason: why };
}

function ofGate(gate: string, ending: Ending): Ending {
  return ending.outcome === "failed" ? { ...ending, reason: `gate ${gate} is red (${ending.reason})` } : ending;
}

function masked(ending: Ending, secrets: readonly string[]): Ending {
  return { ...ending, reason: ending.reason === null ? null : maskText(ending.reason, secrets) };
}

/** What a later run of the task needs to go on with the session, or to begin a new one. */
function leaves(
  run: RunRow,
  { told }: End,
  ending: Ending,
  earlier: RunRow | undefined,
  secrets: readonly string[],
): Said {
  if (!told) return { session: null, sessionState: null, told: null };
  const { state } = told;
  const before = {
    wasResumed: wasResumed(state, earlier),
    failure: readTold(earlier?.told ?? null)?.failure ?? null,
  };
  const keeps = toldOf(state, secrets);
  if (state.session === null) return { session: null, sessionState: null, told: keeps };
  const session = maskText(state.session, secrets);
  // Its name is not known any more: nothing can go on with it.
  const isLost = session !== state.session;
  const sessionState = isLost ? "retired" : sessionAfter(state, ending, run.stop_reason, before);
  return { session, sessionState, told: keeps };
}

function resultValue(result: Result): unknown {
  return result.from === "file" ? result.value : undefined;
}

/** What had to succeed before the agent started did not: its log says why. */
function setupVerdict({ setupFailed }: RunFiles, runId: number): Verdict | undefined {
  const status = readPlain(setupFailed, MAX_STATUS_BYTES);
  if (!Buffer.isBuffer(status)) return undefined;
  const exit = /^\d{1,3}$/.exec(status.toString("utf8").trim())?.[0];
  return {
    outcome: "failed",
    reason: `the setup of its workspace failed (exit ${exit ?? "unknown"}): \`steward run output ${publicId("run", runId)} --stream setup\` shows why`,
  };
}

/** A run that left nothing must not wipe out what an earlier one left. */
function keepsResult({ outcome }: Ending): boolean {
  return outcome !== "never_started" && outcome !== "lost";
}

async function decide(
  tx: Tx,
  { catalog, ids, limits }: Settling,
  task: TaskRow,
  run: RunRow,
  ending: Ending,
): Promise<After> {
  const role = catalog.current().role(run.project_id, run.role)?.body;
  return afterRun(
    ending,
    {
      attemptsSpent: task.attempts_spent,
      maxAttempts: task.max_attempts ?? role?.attempts ?? limits().taskAttempts,
      openChildren: task.open_children,
      hadChildren: ending.waitsFor === "subtasks" && (await hadChildren(tx, run)),
      cancelRequested: task.cancel_requested_at !== null,
      stage: task.stage,
      loops: task.loops,
      gate: task.gate,
    },
    {
      onLost: role?.onLost ?? "retry",
      stage: await stageNow(tx, run, role, limits()),
      limits: limits(),
      now: tx.now(),
      random: ids.random(),
    },
  );
}

/** An agent that was asked for by name does the role that was asked for with it, and no other. */
async function handOn(tx: Tx, task: TaskRow, run: RunRow, { role, loops, because }: NonNullable<After["handsOn"]>) {
  const { entry_role, entry_agent } = await taskDetail(tx, task.id);
  const asked = entry_role === null ? { role: task.role, agent: task.agent } : { role: entry_role, agent: entry_agent };
  await appendEvent(tx, {
    topic: "task.handed_on",
    actor: actorOf(run),
    projectId: task.project_id,
    taskId: task.id,
    runId: run.id,
    data: { fromRole: task.role, toRole: role, stage: task.stage + 2, loops, because },
  });
  return { loops, handsOn: { role, agent: role === asked.role ? asked.agent : null } };
}

async function apply(tx: Tx, task: TaskRow, run: RunRow, after: After): Promise<void> {
  const move = {
    to: after.to,
    actor: actorOf(run),
    runId: run.id,
    attemptsSpent: after.attemptsSpent,
    ...(after.notBefore !== undefined && { notBefore: after.notBefore }),
    ...(after.parked && { parked: after.parked }),
    ...(after.endReason !== undefined && { endReason: after.endReason }),
    ...(after.rollsUp !== undefined && { rollsUp: after.rollsUp }),
    ...(after.awaitsChildren !== undefined && { awaitsChildren: after.awaitsChildren }),
    ...(after.gate !== undefined && { gate: after.gate }),
    ...(after.handsOn && (await handOn(tx, task, run, after.handsOn))),
  };
  if (isFinal(after.to)) await finishTask(tx, task, move);
  else await moveTask(tx, task, move);
  if (after.agentUnhealthy !== undefined) await markUnhealthy(tx, run.agent, after.agentUnhealthy);
}
