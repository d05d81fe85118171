/** Says why a task that is watched does not start yet, and what helps: once, and again when the reason becomes another. */
import type { Invocation } from "../invocation.ts";
import { visibleLine } from "../visible.ts";

interface Reason {
  readonly code: string;
  readonly sentence: string;
  readonly change: string;
}

/** Their sentences count what changes all the while: the reason stays the same. */
const COUNTING: ReadonlySet<string> = new Set(["wip_limit", "host_full", "others_first", "subtasks_open"]);

/** `notice`: what was said when it was queued, which is not said again. */
export function whyWaiting({ call, err }: Pick<Invocation, "call" | "err">, taskId: string, notice = "") {
  let told = "";
  return async () => {
    const { state, reasons } = (await call("task.explain", { taskId })) as {
      state: string;
      reasons: readonly Reason[];
    };
    // The first is the one that holds it most. None: it is about to start.
    const [reason] = reasons;
    if (!reason) return;
    const { code, sentence, change } = reason;
    const what = COUNTING.has(code) ? code : sentence;
    if (what === told) return;
    const isKnown = told === "" && notice.includes(sentence);
    told = what;
    if (!isKnown) await err.write(`${visibleLine(`${taskId} is ${state}: ${sentence} → ${change}`)}\n`);
  };
}
