/** How far a sprint is: computed from its tasks whenever somebody asks, and stored nowhere. */
import { publicId } from "../../core/ids.ts";
import { isObject } from "../sprint-queue/json.ts";
import { plainLine } from "../sprint-queue/report.ts";
import { isTouched } from "../sprint-queue/write/entry.ts";
import { statusWord } from "../sprint-queue/write/status-word.ts";
import { isOpen, type SprintItem } from "./items.ts";
import { isTop, progressOf } from "./sprint.ts";

/** Tasks that are shown as the next. */
const MAX_READY = 3;
/** Exit criteria that are shown. */
const MAX_CRITERIA = 500;

export function sprintFigures(items: readonly SprintItem[]) {
  const words = new Map(items.map((item) => [item, wordOf(item)]));
  const byStatus: Record<string, number> = {};
  for (const word of words.values()) byStatus[word] = (byStatus[word] ?? 0) + 1;
  const done = items.filter(({ now }) => now.state === "completed").length;
  const wanted = items.filter(({ now }) => now.state !== "cancelled").length;
  return {
    progress: {
      tasks: items.length,
      done,
      open: items.filter(isOpen).length,
      openTop: items.filter((item) => isOpen(item) && isTop(item)).length,
      percent: wanted === 0 ? 0 : Math.floor((100 * done) / wanted),
    },
    byStatus,
    exitCriteria: items.flatMap((item) => criterionOf(item, words.get(item) ?? "")).slice(0, MAX_CRITERIA),
    ready: items
      .filter(({ now }) => now.state === "queued" && now.gate === 0)
      .toSorted((a, b) => b.now.priority - a.now.priority || a.now.id - b.now.id)
      .slice(0, MAX_READY)
      .map(({ now, first }) => ({
        taskId: publicId("task", now.id),
        key: first.key,
        title: now.title,
        role: now.role,
        priority: now.priority,
      })),
  };
}

/** What an export would call it. */
function wordOf(item: SprintItem): string {
  const written = isObject(item.source?.fields) ? item.source.fields.status : undefined;
  return typeof written === "string" && !isTouched(item)
    ? plainLine(written).slice(0, 60)
    : statusWord(item.now, "done");
}

/** A story that says which part of the objective it is for stands for one exit criterion. */
function criterionOf({ source, first, now }: SprintItem, status: string) {
  const link = isObject(source?.fields) ? source.fields.objective_link : undefined;
  if (typeof link !== "string" || plainLine(link) === "") return [];
  const name = plainLine(link).slice(0, 300);
  return [{ name, taskId: publicId("task", now.id), key: first.key, status, progress: progressOf(status) }];
}

/** Of each role: how many are at work in the whole project, as the claim counts, and how many may be. */
export function wipFigures(
  running: ReadonlyMap<string, number>,
  limits: Readonly<Record<string, number>>,
): Record<string, { current: number; limit: number }> {
  return Object.fromEntries(
    Object.entries(limits).map(([role, limit]) => [role, { current: running.get(role) ?? 0, limit }]),
  );
}
