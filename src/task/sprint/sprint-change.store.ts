/** All SQL that ends a sprint and begins the next one: nothing of either is ever deleted. */
import { iso } from "../../core/clock.ts";
import { refuse } from "../../core/refusal.ts";
import { appendEvent } from "../../event/event.store.ts";
import type { Tx } from "../../store/store.ts";
import { DEFAULT_STYLE } from "../sprint-queue/style.ts";
import { nameOf } from "../task.service.ts";
import { isOpen, itemsOf, type SprintItem } from "./items.ts";
import {
  hasSprint,
  isCompleted,
  joinSprint,
  nameOfSprint,
  putSprint,
  type Sprint,
  sprintsOf,
  tasksOfSprint,
} from "./sprint.store.ts";
import { isTop, nextLabel } from "./sprint.ts";

/** Open tasks that a refusal names. */
const MAX_NAMED = 20;

export interface Completion {
  readonly actor: string;
  /** It may end although tasks of the top three priorities are open. */
  readonly force: boolean;
  readonly reason: string | null;
}

/** Refuses with `conflict` while tasks of the top three priorities are open, unless it is forced. */
export async function completeSprint(
  tx: Tx,
  sprint: Sprint,
  { actor, force, reason }: Completion,
): Promise<SprintItem[]> {
  if (isCompleted(sprint)) refuse("conflict", `${nameOfSprint(sprint)} is completed already.`);
  const open = itemsOf(await tasksOfSprint(tx, sprint.id)).filter(isOpen);
  const top = open.filter(isTop);
  if (top.length > 0 && !force) refuseOpen(sprint, top);
  await tx.run(
    "UPDATE sprint SET completed_by = ?, completed_at = ?, completed_reason = ? WHERE id = ?",
    actor,
    tx.now(),
    reason,
    sprint.id,
  );
  await appendEvent(tx, {
    topic: "sprint.completed",
    actor,
    projectId: sprint.project_id,
    data: { sprintId: sprint.label || null, forced: top.length > 0, reason, open: open.length },
  });
  return open;
}

function refuseOpen(sprint: Sprint, top: readonly SprintItem[]): never {
  const tasks = top.map(({ first, now }) => ({ task: nameOf(first), state: now.state }));
  const named = tasks.slice(0, MAX_NAMED).map(({ task, state }) => `${task} (${state})`);
  const more = tasks.length > MAX_NAMED ? ` and ${tasks.length - MAX_NAMED} more` : "";
  refuse(
    "conflict",
    `${top.length} tasks of the top three priorities of ${nameOfSprint(sprint)} are open: ${named.join(", ")}${more}.`,
    { hint: "See to them first, or force it with a reason.", data: { open: tasks.slice(0, 500) } },
  );
}

export interface Beginning {
  readonly projectId: number;
  readonly actor: string;
  readonly label: string | undefined;
  readonly goal: string | undefined;
}

export interface Begun {
  readonly label: string;
  readonly number: number;
  readonly from: string | null;
  readonly carriedOver: readonly SprintItem[];
}

/** Refuses with `conflict` while the last one is not completed. */
export async function beginSprint(tx: Tx, { projectId, actor, label: wanted, goal }: Beginning): Promise<Begun> {
  const all = await sprintsOf(tx, projectId);
  const [last] = all;
  const unfinished = all.find((sprint) => !isCompleted(sprint));
  if (unfinished) {
    refuse("conflict", `${nameOfSprint(unfinished)} is not completed.`, { hint: "`steward sprint complete` ends it." });
  }
  const number = Math.max(0, ...all.map((sprint) => sprint.number ?? 0)) + 1;
  const label = wanted ?? nextLabel(last, number, tx.now());
  if (await hasSprint(tx, projectId, label)) refuse("conflict", `There is a sprint ${label} already.`);
  const items = last ? itemsOf(await tasksOfSprint(tx, last.id)) : [];
  const header = headerOf({ label, number, goal, last, items, now: tx.now() });
  const sprintId = await putSprint(tx, { projectId, label, actor, head: { header, style: DEFAULT_STYLE } });
  const from = last?.label || null;
  const carried = carriedOver(items);
  const open = carried.filter(isOpen);
  await appendEvent(tx, {
    topic: "sprint.begun",
    actor,
    projectId,
    data: { sprintId: label, number, from, carriedOver: open.length },
  });
  await joinSprint(
    tx,
    sprintId,
    carried.flatMap(({ rows }) => rows.map(({ id }) => id)),
  );
  for (const { now } of open) {
    await appendEvent(tx, { topic: "task.carried_over", actor, projectId, taskId: now.id, data: { from, to: label } });
  }
  return { label, number, from, carriedOver: open };
}

/** What is open, and all parts of it: a parent ends as its parts end, so they stay together. */
function carriedOver(items: readonly SprintItem[]): SprintItem[] {
  const isWithin = (item: SprintItem): boolean => isOpen(item) || (item.parent !== null && isWithin(item.parent));
  return items.filter(isWithin);
}

interface HeaderFacts {
  readonly label: string;
  readonly number: number;
  readonly goal: string | undefined;
  readonly last: Sprint | undefined;
  readonly items: readonly SprintItem[];
  readonly now: number;
}

/** As the original begins one: its limits are those of the last, which is told of in the metadata. */
function headerOf({ label, number, goal, last, items, now }: HeaderFacts) {
  const done = items.filter((item) => item.now.state === "completed").length;
  return {
    sprint: number,
    status: "in_progress",
    sprint_id: label,
    wip_limits: last?.header.wip_limits ?? {},
    metadata: {
      created: iso(now),
      updated: iso(now),
      ...(goal !== undefined && { sprint_goal: goal }),
      total_tasks: 0,
      ...(last && {
        previous_sprint: {
          sprint: last.number,
          sprint_id: last.label,
          status: "completed",
          completion_date: iso(last.completed_at),
          tasks_completed: done,
          tasks_total: items.length,
        },
      }),
    },
  };
}
