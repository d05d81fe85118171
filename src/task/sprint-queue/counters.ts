/** Holds the counters that somebody wrote into a queue's metadata against what is there. */
import { isObject, type JsonObject } from "./json.ts";
import type { Draft } from "./links.ts";
import type { Notes } from "./report.ts";
import { roleWithoutStage } from "./status.ts";

const STATUS_COUNTERS = [
  ...["needs_plan", "planning", "planning_complete", "blocked", "ready", "in_progress", "awaiting_test", "testing"],
  ...[
    "needs_adapt",
    "adapting",
    "ready_for_integrator",
    "integrating",
    "cancelled",
    "stale",
    "needs_manual",
    "rolled_back",
  ],
];

/** "testing" is missing: `testing_tasks` counts the status. */
const TYPE_COUNTERS = ["story", "quality", "docs", "infra", "build", "test", "implementation"];

type Sense = (draft: Draft) => boolean;

/** One warning for each counter that is true in no sense: over all tasks, or over those at the top of the file. */
export function checkCounters(metadata: unknown, drafts: readonly Draft[], notes: Notes): void {
  if (!isObject(metadata)) return;
  const atTop = drafts.filter(({ nestedIn }) => nestedIn === null);
  for (const [counter, senses] of COUNTERS) {
    const said = Object.hasOwn(metadata, counter) ? metadata[counter] : undefined;
    if (typeof said !== "number") continue;
    const counts = senses.flatMap((sense) => [drafts.filter(sense).length, atTop.filter(sense).length]);
    if (counts.includes(said)) continue;
    const place = { task: null, field: counter, at: `metadata.${counter}` };
    notes.warn(place, `it says ${said}, but there are ${[...new Set(counts)].join(" or ")}`);
  }
}

/**
 * The counters of a file that has changed: each counts in the sense in which it was true before. One that was true in none
 * counts what `total_tasks` counted: the tasks at the top of the file, or all.
 */
export function recount(
  metadata: JsonObject,
  before: readonly Draft[],
  after: readonly Draft[],
): Readonly<Record<string, number>> {
  const scopes: Scope[] = [(drafts) => drafts, atTopOnly];
  const total = Number(metadata.total_tasks);
  if (total === atTopOnly(before).length && total !== before.length) scopes.reverse();
  const counted: Record<string, number> = {};
  for (const [counter, senses] of COUNTERS) {
    const said = Object.hasOwn(metadata, counter) ? metadata[counter] : undefined;
    if (typeof said !== "number") continue;
    const ways = scopes.flatMap((scope) =>
      senses.map((sense) => (drafts: readonly Draft[]) => scope(drafts).filter(sense).length),
    );
    const way = ways.find((count) => count(before) === said) ?? ways[0];
    if (way) counted[counter] = way(after);
  }
  return counted;
}

type Scope = (drafts: readonly Draft[]) => readonly Draft[];
const atTopOnly: Scope = (drafts) => drafts.filter(({ nestedIn }) => nestedIn === null);

const isDone: Sense = ({ name }) => name === "done" || name === "completed";
const isStep =
  (role: string): Sense =>
  (draft) =>
    draft.parent !== undefined && roleWithoutStage(draft, true) === role;
const hasStatus =
  (status: string): Sense =>
  ({ name }) =>
    name === status;
const hasType =
  (type: string): Sense =>
  ({ fields }) =>
    typeof fields.type === "string" && fields.type.trim().toLowerCase() === type;

/** What each counter may mean. */
const COUNTERS = new Map<string, readonly Sense[]>([
  ["total_tasks", [() => true]],
  ["done_tasks", [isDone]],
  ["completed_tasks", [isDone]],
  ["builder_tasks", [isStep("builder")]],
  ["tester_tasks", [isStep("tester")]],
  ...STATUS_COUNTERS.map((status): [string, Sense[]] => [`${status}_tasks`, [hasStatus(status)]]),
  ...TYPE_COUNTERS.map((type): [string, Sense[]] => [`${type}_tasks`, [hasType(type)]]),
  // Whatever stands for itself is called a story, too, whatever its type.
  ["story_tasks", [hasType("story"), ({ parent }) => parent === undefined]],
]);
