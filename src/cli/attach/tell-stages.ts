/** Tells whoever watches a task of its stages and gates, in quiet lines beside what its agents say. */
import type { Invocation } from "../invocation.ts";
import { type Tone, toned, viewOf } from "../view.ts";
import { visibleLine } from "../visible.ts";
import { endedRun, type RunOfTask, type TaskSeen } from "../waiting.ts";
import type { LineNoting } from "./line-noting.ts";
import { beginLines, gateVerdict } from "./stage-lines.ts";

export interface TellStages {
  readonly call: Invocation["call"];
  readonly out: LineNoting;
  readonly err: LineNoting;
  readonly env: Invocation["env"];
  /** What ended before is not told; ISO. */
  readonly since: string | undefined;
}

export function tellStages({ call, out, err, env, since }: TellStages) {
  const view = viewOf(err, env);
  let before: RunOfTask | undefined;

  const tell = async (lines: readonly string[], tone: Tone) => {
    // Where both go to one place, what an agent printed without ending its line must not swallow ours.
    const isOpen = err.isOpen || (out.isOpen && out.isTerminal === err.isTerminal);
    const text = lines.map((line) => `${toned(view, visibleLine(line), tone)}\n`).join("");
    if (text === "") return;
    await err.write((isOpen ? "\n" : "") + text);
    out.endLine();
  };
  const isPast = ({ endedAt }: Pick<RunOfTask, "endedAt">) => since !== undefined && endedAt != null && endedAt < since;

  return {
    /** Says what begins with a run, and which kind it is. An older daemon does not tell. */
    async tellBegin(run: RunOfTask, task: TaskSeen): Promise<"gate" | "agent"> {
      if (run.stage !== undefined && !isPast(run)) await tell(beginLines(run, before, task), "dim");
      before = run;
      return run.gate == null ? "agent" : "gate";
    },
    /** Waits until it has ended. */
    async tellGate({ runId, gate }: RunOfTask, { taskId }: TaskSeen): Promise<void> {
      const ended = await endedRun(call, runId);
      if (isPast(ended)) return;
      const task = (await call("task.get", { taskId })) as TaskSeen;
      const { line, isGreen, printed } = gateVerdict(gate ?? "", ended, task);
      await tell([line], isGreen ? "dim" : "red");
      await tell(
        printed.map((text) => `    ${text}`),
        "dim",
      );
    },
  };
}
