/** The statuses of a sprint queue, what each means here (TABLES §6), and the role that a status alone does not tell. */
import type { QueueEntry } from "./entries.ts";
import { type Notes, quoted } from "./report.ts";

export const SPRINT_ROLES = ["planner", "builder", "tester", "refiner", "integrator"] as const;
export type SprintRole = (typeof SPRINT_ROLES)[number];

export type Status =
  /** Waits for its role to take it. */
  | { readonly kind: "entry"; readonly role: SprintRole }
  /** Somebody has taken it, or says so: only a live lease proves it. */
  | { readonly kind: "active"; readonly role: SprintRole }
  | { readonly kind: "final"; readonly state: "completed" | "failed" | "cancelled" }
  | { readonly kind: "planned" | "blocked" | "stale" | "manual" | "unknown" };

const STATUSES: ReadonlyMap<string, Status> = new Map<string, Status>([
  ["needs_plan", { kind: "entry", role: "planner" }],
  ["planning", { kind: "active", role: "planner" }],
  ["planning_complete", { kind: "planned" }],
  ["ready", { kind: "entry", role: "builder" }],
  ["in_progress", { kind: "active", role: "builder" }],
  ["awaiting_test", { kind: "entry", role: "tester" }],
  ["testing", { kind: "active", role: "tester" }],
  ["needs_adapt", { kind: "entry", role: "refiner" }],
  ["adapting", { kind: "active", role: "refiner" }],
  ["ready_for_integrator", { kind: "entry", role: "integrator" }],
  ["integrating", { kind: "active", role: "integrator" }],
  ["blocked", { kind: "blocked" }],
  ["stale", { kind: "stale" }],
  ["needs_manual", { kind: "manual" }],
  ["done", { kind: "final", state: "completed" }],
  ["completed", { kind: "final", state: "completed" }],
  ["cancelled", { kind: "final", state: "cancelled" }],
  ["rolled_back", { kind: "final", state: "failed" }],
]);

/** What a task is called that waits for its role (`entry`), or that its role works on (`active`). */
export function statusOf(kind: "entry" | "active", role: SprintRole): string {
  for (const [name, status] of STATUSES) if (status.kind === kind && status.role === role) return name;
  throw new Error(`no status says ${kind} of ${role}`);
}

/** Other spellings that mean one thing only. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["complete", "completed"],
  ["canceled", "cancelled"],
]);

export interface NamedStatus {
  /** As the vocabulary spells it; for an unknown one, what could be made of it. */
  readonly name: string;
  readonly status: Status;
}

export function readStatus({ key, at, fields }: QueueEntry, notes: Notes): NamedStatus {
  const place = { task: key, field: "status", at: `${at}.status` };
  const written = fields.status;
  if (typeof written !== "string") {
    notes.warn(place, written === undefined ? "the status is missing" : `the status is ${quoted(written)}, not text`);
    return { name: "", status: { kind: "unknown" } };
  }
  const folded = written
    .trim()
    .toLowerCase()
    .replace(/[-\s_]+/g, "_");
  const name = SPELLINGS.get(folded) ?? folded;
  const status = STATUSES.get(name);
  if (!status) {
    notes.warn(place, `the status ${quoted(written)} is not known`);
    return { name, status: { kind: "unknown" } };
  }
  if (name !== written) notes.normalised(place, `the status ${quoted(written)} is read as "${name}"`);
  return { name, status };
}

export function isTestTask({ key, fields }: QueueEntry): boolean {
  return roleByNature(key, fields.type) === "tester";
}

/**
 * Whose turn it is when the status does not say (blocked, stale, needs_manual, unknown, final).
 * Steps and tests are what planning makes of a story: their id or type tells. Anything else of a story is a step, too.
 * What stands for itself (Story, Infra, Docs, Quality …) has not been planned as long as nothing was made of it: the
 * planner has the first turn in OODATCAA's Observe, Orient, Decide.
 */
export function roleWithoutStage(entry: QueueEntry, isChild: boolean): SprintRole {
  const byNature = roleByNature(entry.key, entry.fields.type);
  if (byNature) return byNature;
  const agent = SPRINT_ROLES.find((role) => role === entry.fields.agent);
  return agent ?? (isChild ? (stepRole(entry.key) ?? "builder") : "planner");
}

/** As the export names the steps of other roles than builder and tester: `T001-I01`. */
function stepRole(key: string): SprintRole | undefined {
  const letter = /-([PRI])\d+$/.exec(key)?.[1];
  return SPRINT_ROLES.find((role) => role[0]?.toUpperCase() === letter);
}

function roleByNature(key: string, type: unknown): "builder" | "tester" | undefined {
  const suffix = /-([BT])\d*$/i.exec(key)?.[1]?.toUpperCase();
  if (suffix) return suffix === "B" ? "builder" : "tester";
  const kind = typeof type === "string" ? type.trim().toLowerCase() : "";
  if (kind === "build" || kind === "implementation") return "builder";
  return kind === "test" || kind === "testing" ? "tester" : undefined;
}
