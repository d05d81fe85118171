/** A role's stage at a task: what follows when it went well or did not, and who gets the task next. */
import type { Role } from "../task/role.ts";
import type { After, Rules, Stage, TaskBefore } from "./after.ts";
import type { Ending } from "./outcome.ts";

export function stageOf(
  role: Role | undefined,
  limits: { readonly taskLoops: number },
): Pick<Stage, "next" | "maxLoops"> {
  return { next: role?.next ?? {}, maxLoops: role?.maxLoops ?? limits.taskLoops };
}

/** Its agent says that it is done, and every gate is green. */
export function stageWentWell(task: TaskBefore, { stage, limits }: Rules): After {
  const hasChildren = task.openChildren > 0;
  const role = hasChildren && stage.next.subtasks !== undefined ? stage.next.subtasks : stage.next.completed;
  const waits = { reason: "subtasks", note: null, until: null } as const;
  if (role == null) {
    if (!hasChildren) return { to: "completed", attemptsSpent: task.attemptsSpent, endReason: null };
    return { to: "parked", attemptsSpent: task.attemptsSpent, gate: 0, rollsUp: true, parked: waits };
  }
  const handsOn = { role, loops: task.loops, because: "completed" } as const;
  if (task.stage + 1 >= limits.taskStages) return askPerson(handsOn, tooManyStages(limits));
  // The next one begins when the children are done: it needs no place of its role until then.
  if (hasChildren) return { to: "parked", attemptsSpent: 0, gate: 0, handsOn, parked: waits };
  return { to: "queued", attemptsSpent: 0, gate: 0, handsOn };
}

/** Undefined where nobody is named who gets a task that did not succeed. */
export function stageFailed(ending: Ending, task: TaskBefore, { stage, limits }: Rules): After | undefined {
  const role = stage.next.failed;
  if (role === undefined) return undefined;
  if (task.loops >= stage.maxLoops) {
    const why = ending.reason === null ? "" : `: ${ending.reason}`;
    // It has not gone back once more: that is what the person is asked.
    const handsOn = { role, loops: task.loops, because: "failed" } as const;
    return askPerson(handsOn, `it went back ${times(task.loops)}, which is all that is allowed (maxLoops)${why}`);
  }
  const handsOn = { role, loops: task.loops + 1, because: "failed" } as const;
  if (task.stage + 1 >= limits.taskStages) return askPerson(handsOn, tooManyStages(limits));
  return { to: "queued", attemptsSpent: 0, gate: 0, handsOn };
}

/** Whoever lets it go on lets the one go on whose stage it would be. */
function askPerson(handsOn: After["handsOn"], note: string): After {
  return {
    to: "parked",
    attemptsSpent: 0,
    gate: 0,
    ...(handsOn && { handsOn }),
    parked: { reason: "person", note, until: null },
  };
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function tooManyStages({ taskStages }: Rules["limits"]): string {
  return `it went through ${taskStages} stages, which is all that is allowed (limits.taskStages)`;
}
