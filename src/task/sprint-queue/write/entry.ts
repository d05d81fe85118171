/** One task as an entry of a queue file: the fields that the file had, and in them only what has changed since. */
import { iso } from "../../../core/clock.ts";
import type { SprintItem } from "../../sprint/items.ts";
import { FINISHED_FIELDS, PRIORITY_MIRROR } from "../fields.ts";
import { isObject, type JsonObject } from "../json.ts";
import { isTestTask, type SprintRole, statusOf } from "../status.ts";
import { isWorkedOn, nearestRole, statusWord } from "./status-word.ts";
import type { Story } from "./story.ts";

export interface EntryFacts {
  readonly key: string;
  /** Keys, without those that are done and stand in no file. */
  readonly needs: readonly string[];
  /** Nothing is known of what happened to one that was not touched. */
  readonly story: Story | null;
  readonly prompt: string | null;
}

/** The habits of the file. */
export interface Habits {
  /** What it calls a completed task. */
  readonly done: string;
  readonly parentField: "parent" | "parent_task";
  readonly stepTypes: "Build" | "Implementation";
  /** `objective` and `sprint` of its tasks, which name the sprint. */
  readonly label: string;
  readonly number: number | null;
}

export function isTouched({ now, was, rows }: SprintItem): boolean {
  if (was === null || rows.length > 1 || now.stage > 0 || now.attempts_spent > 0 || now.loops > 0) return true;
  return was.state !== now.state || was.role !== now.role;
}

/** The same object when nothing has changed. */
export function knownEntry(item: SprintItem, facts: EntryFacts, habits: Habits): unknown {
  const { source, was, now } = item;
  if (!isObject(source?.fields)) return source?.fields;
  const fields = source.fields;
  const change: Record<string, unknown> = {};
  if (isTouched(item)) Object.assign(change, progress(item, facts, habits, fields));
  if (was && was.title !== now.title) change.title = now.title;
  if (was && was.priority !== now.priority) change.priority = PRIORITY_MIRROR - now.priority;
  const { depends_on, ...rest } = fields;
  const needsChanged = was !== null && !sameNames(was.needs, facts.needs);
  if (needsChanged) change.dependencies = [...facts.needs];
  const changed = Object.entries(change).some(([name, value]) => fields[name] !== value);
  return changed ? { ...(needsChanged ? rest : fields), ...change } : fields;
}

/** Status, agent, times and reasons. */
function progress({ now }: SprintItem, facts: EntryFacts, { done }: Habits, fields: JsonObject) {
  const change: Record<string, unknown> = { status: statusWord(now, done), ...stamps(facts.story) };
  const role = isWorkedOn(now) || isMended(change.status, facts.key, fields) ? nearestRole(now.role) : null;
  if (role !== null || "agent" in fields) change.agent = role;
  // Whoever held one has lost it; nobody may read it as a claim on the task.
  if (isPresent(fields.lease)) change.lease = null;
  const reason = change.status === "blocked" && now.state === "parked" ? (now.parked_note ?? now.parked_reason) : null;
  if (reason !== null || isPresent(fields.blocked_reason)) change.blocked_reason = reason;
  if (now.state === "completed") {
    change[FINISHED_FIELDS.find((name) => isPresent(fields[name])) ?? "completed"] = iso(now.finished_at);
  }
  if (now.state === "cancelled") {
    change.cancelled_at = iso(now.finished_at);
    change.cancellation_reason = now.end_reason ?? `cancelled by ${facts.story?.cancelledBy ?? "somebody"}`;
  }
  if (now.state === "failed")
    Object.assign(change, { rolled_back: iso(now.finished_at), rollback_reason: now.end_reason });
  return change;
}

/** A test task whose stage is the builder's: "ready" alone would send it to the tester. */
function isMended(status: unknown, key: string, fields: JsonObject): boolean {
  return status === statusOf("entry", "builder") && isTestTask({ key, at: "", fields, nestedIn: null });
}

function stamps(story: Story | null): Record<string, unknown> {
  return Object.fromEntries(Object.entries(story?.assigned ?? {}).map(([name, at]) => [name, iso(at)]));
}

const isPresent = (value: unknown) => value !== undefined && value !== null;

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  const names = new Set(some);
  return names.size === new Set(others).size && others.every((name) => names.has(name));
}

/** Types that a reader takes for the role again; a story is the planner's. */
const TYPES: Readonly<Record<SprintRole, Readonly<Record<Habits["stepTypes"], string>>>> = {
  planner: { Build: "Story", Implementation: "Story" },
  builder: { Build: "Build", Implementation: "Implementation" },
  tester: { Build: "Test", Implementation: "Testing" },
  refiner: { Build: "Quality", Implementation: "Quality" },
  integrator: { Build: "Infra", Implementation: "Infra" },
};

/** One that came in after the file. */
export function newEntry(item: SprintItem, facts: EntryFacts, parentKey: string | null, habits: Habits): JsonObject {
  const { now, first } = item;
  const entry: JsonObject = {
    id: facts.key,
    title: now.title,
    type: TYPES[nearestRole(first.role)][habits.stepTypes],
    status: "",
    priority: PRIORITY_MIRROR - now.priority,
    agent: null,
    lease: null,
    dependencies: [...facts.needs],
    ...(parentKey !== null && { [habits.parentField]: parentKey }),
    ...(habits.label !== "" && { objective: habits.label }),
    ...(habits.number !== null && { sprint: String(habits.number) }),
    ...(facts.prompt !== null && { description: facts.prompt }),
    created: iso(first.created_at),
  };
  return { ...entry, ...progress(item, facts, habits, entry) };
}

/** Carried over from another sprint: what named that one names this one. */
export function movedEntry(
  fields: unknown,
  from: Pick<Habits, "label" | "number">,
  { label, number }: Habits,
): unknown {
  if (!isObject(fields)) return fields;
  const change: Record<string, unknown> = {};
  if (fields.objective === from.label && label !== "") change.objective = label;
  if (from.number !== null && number !== null) {
    if (fields.sprint === from.number) change.sprint = number;
    if (fields.sprint === String(from.number)) change.sprint = String(number);
  }
  return Object.keys(change).length > 0 ? { ...fields, ...change } : fields;
}
