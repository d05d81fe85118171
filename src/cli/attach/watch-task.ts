/** Shows a task to its end, run after run; questions that stop it are answered in place where somebody sits who can. */
import type { Usage } from "../../agent/agent-event.ts";
import type { Shown } from "../agent-events/render-event.ts";
import type { Invocation } from "../invocation.ts";
import { viewOf } from "../view.ts";
import { visibleLine } from "../visible.ts";
import { patient, type RunOfTask, settledTask, type TaskSeen } from "../waiting.ts";
import type { AskInPlace } from "./ask-in-place.ts";
import { lineNoting } from "./line-noting.ts";
import { tellStages } from "./tell-stages.ts";
import { watchRun } from "./watch-run.ts";
import { whyWaiting } from "./why-waiting.ts";

export interface WatchTask {
  /** Undefined: nobody can be asked. */
  readonly asking: AskInPlace | undefined;
  /** Only what comes from now on. */
  readonly isTail?: boolean;
  /** What was said when it was queued. */
  readonly notice?: string | undefined;
}

export interface Watched {
  readonly task: TaskSeen;
  /** Undefined: nothing was told. */
  readonly usage: Usage | undefined;
}

export async function watchTask(invocation: Invocation, taskId: string, watching: WatchTask): Promise<Watched> {
  const { asking, isTail = false, notice } = watching;
  const call = patient(invocation.call, { reached: true });
  const view = viewOf(invocation.out, invocation.env);
  const since = isTail ? new Date().toISOString() : undefined;
  const seen = new Set<string>();
  let shown: Shown | undefined;
  const out = lineNoting(invocation.out);
  const err = lineNoting(invocation.err);
  const stages = tellStages({ call, out, err, env: invocation.env, since });
  const onRun = async (run: RunOfTask, task: TaskSeen) => {
    // What a gate prints is told when it is red; `steward run output run-9 -f` shows it as it comes.
    if ((await stages.tellBegin(run, task)) === "gate") return stages.tellGate(run, task);
    const options = { view, since, onAsked: asking?.ask };
    shown = await watchRun({ ...invocation, call, out, err }, run.runId, options, shown);
  };
  const onPause = (task: TaskSeen) => sayWhen(task, invocation.err);
  const onUnstarted = whyWaiting({ call, err: invocation.err }, taskId, notice);
  for (;;) {
    const task = await settledTask(call, taskId, { onRun, onPause, onUnstarted }, seen);
    const isAsking = task.parked?.reason === "approval" && asking !== undefined;
    // Answered, it is queued again; left open, there is nothing to wait for here.
    if (!isAsking || !(await asking.askAll(taskId))) return { task, usage: shown?.usage };
  }
}

async function sayWhen(task: TaskSeen, err: Invocation["err"]): Promise<void> {
  const [last] = task.runs;
  const ended = last?.outcome ? `${last.runId} ${last.outcome}${last.reason ? ` (${last.reason})` : ""}; ` : "";
  await err.write(`${visibleLine(`${ended}${task.taskId} goes on at ${task.parked?.until ?? task.notBefore}.`)}\n`);
}
