/** Derives each task's state here from what it waits for, who holds it, and what a person has to decide. */

import { isFinal, rollUp } from "../task.ts";
import type { SprintSource } from "./entries.ts";
import { readBlockedReason, readFinishedAt, readPriority, readTitle } from "./fields.ts";
import { readLease, untilText } from "./lease.ts";
import { type Draft, hold, rollsUp } from "./links.ts";
import { promptOf } from "./prompt.ts";
import { type Notes, type Place, shorten } from "./report.ts";
import { isTestTask, roleWithoutStage, type SprintRole } from "./status.ts";

/** Characters of the note of a parked task. */
const MAX_PARKED_NOTE = 2000;

/** Open needs that are named in a note. */
const MAX_NAMED = 5;

export type SprintState = "queued" | "blocked" | "parked" | "completed" | "failed" | "cancelled";

export interface SprintTask {
  readonly key: string;
  readonly title: string;
  readonly prompt: string;
  readonly role: SprintRole;
  readonly state: SprintState;
  readonly parkedReason?: "person";
  readonly parkedNote?: string;
  /** A parent that has nothing of its own to run any more: it ends as its children end. */
  readonly rollsUp: boolean;
  readonly parent: string | null;
  /** Keys of tasks of the same queue, without circles. */
  readonly needs: readonly string[];
  /** A higher number goes first: 100 minus the file's. */
  readonly priority: number;
  /** Epoch ms, where the file tells. */
  readonly finishedAt: number | null;
  /** Somebody elsewhere holds a live lease on it, until that epoch ms. */
  readonly heldBy: { readonly holder: string; readonly until: number } | null;
  readonly source: SprintSource;
}

interface Settled {
  readonly state: SprintState;
  readonly role: SprintRole;
  readonly finishedAt: number | null;
  readonly heldBy: SprintTask["heldBy"];
}

/** `ordered` has each task behind all that it waits for; `drafts` has them in file order, as the answer does. */
export function settle(
  drafts: readonly Draft[],
  ordered: readonly Draft[],
  { now, notes }: { readonly now: number; readonly notes: Notes },
): SprintTask[] {
  const settled = new Map<Draft, Settled>();
  for (const draft of ordered) settled.set(draft, settleOne(draft, settled, now, notes));
  return drafts.flatMap((draft) => {
    const own = settled.get(draft);
    if (!own) return [];
    checkPlausible(draft, own, settled, notes);
    return [sprintTask(draft, own, notes)];
  });
}

function settleOne(draft: Draft, settled: ReadonlyMap<Draft, Settled>, now: number, notes: Notes): Settled {
  const role = roleOf(draft, notes);
  if (draft.status.kind === "final") {
    return { role, state: draft.status.state, finishedAt: readFinishedAt(draft, notes), heldBy: null };
  }
  const heldBy = draft.status.kind === "planned" ? null : holder(draft, role, now, notes);
  holdForPerson(draft, notes);
  if (draft.holds.length > 0) return { role, state: "parked", finishedAt: null, heldBy };
  const open = openNeeds(draft, settled);
  const rolled = rollsUp(draft) && open.length === 0 ? rolledUp(draft, settled, notes) : undefined;
  if (rolled) return { role, ...rolled, heldBy };
  if (rollsUp(draft)) return { role, state: "blocked", finishedAt: null, heldBy };
  noteWaiting(draft, open, notes);
  return { role, state: open.length > 0 ? "blocked" : "queued", finishedAt: null, heldBy };
}

function roleOf(draft: Draft, notes: Notes): SprintRole {
  const { status } = draft;
  if (status.kind !== "entry" && status.kind !== "active") return roleWithoutStage(draft, draft.parent !== undefined);
  if (status.role !== "builder" || !isTestTask(draft)) return status.role;
  // One that went back to be mended, as the export says it.
  if (draft.fields.agent === "builder") return "builder";
  // Unblocking by the book makes a test task "ready", which is the builder's status and never reaches a tester.
  notes.normalised(statusPlace(draft), `a test task that is "${draft.name}" goes to the tester`);
  return "tester";
}

/** Nobody here holds a lease from a file, but whoever does may be at work right now: it is not started a second time. */
function holder(draft: Draft, role: SprintRole, now: number, notes: Notes): SprintTask["heldBy"] {
  const lease = readLease(draft, now, notes);
  if (lease?.live && lease.until !== null) {
    const place = { task: draft.key, field: "lease", at: `${draft.at}.lease` };
    hold(draft, place, `${lease.holder} holds a lease on it until ${untilText(lease)}`, notes);
    return { holder: lease.holder, until: lease.until };
  }
  if (draft.status.kind === "active") {
    const ended = lease ? `the lease of ${lease.holder} ended at ${untilText(lease)}` : "nobody holds a lease";
    notes.normalised(statusPlace(draft), `orphaned: it is "${draft.name}" but ${ended}; back to its ${role}`);
  }
  return null;
}

function holdForPerson(draft: Draft, notes: Notes): void {
  const place = statusPlace(draft);
  const { kind } = draft.status;
  if (kind === "unknown") draft.holds.push(`its status "${shorten(draft.name, 60)}" is not known`);
  if (kind === "manual") draft.holds.push("it needs a person (needs_manual)");
  if (kind === "planned" && draft.children.length === 0) {
    hold(draft, place, "its plan is complete, but there is no task of that plan", notes);
  }
  const reason = kind === "blocked" ? readBlockedReason(draft, notes) : undefined;
  if (reason === undefined) return;
  notes.normalised(place, "blocked for a reason: parked until a person resumes it");
  draft.holds.push(reason);
}

function openNeeds(draft: Draft, settled: ReadonlyMap<Draft, Settled>): Draft[] {
  return draft.needs.filter((need) => settled.get(need)?.state !== "completed");
}

function rolledUp(draft: Draft, settled: ReadonlyMap<Draft, Settled>, notes: Notes) {
  const children = draft.children.flatMap((child) => settled.get(child) ?? []);
  const end = children.every(({ state }) => isFinal(state)) ? rollUp(children.map(({ state }) => state)) : undefined;
  if (!end) return undefined;
  const say = end === "completed" ? notes.normalised : notes.warn;
  say(statusPlace(draft), `all its children are final: it is ${end}`);
  const ends = children.flatMap(({ finishedAt }) => finishedAt ?? []);
  // Not Math.max(...ends): ten thousand children are too many arguments for some engines.
  return { state: end, finishedAt: ends.reduce<number | null>((last, at) => Math.max(last ?? at, at), null) };
}

function noteWaiting(draft: Draft, open: readonly Draft[], notes: Notes): void {
  const place = statusPlace(draft);
  const { kind } = draft.status;
  if (kind === "stale") notes.normalised(place, '"stale" goes back to where it waited');
  if (kind === "blocked" && open.length === 0) notes.normalised(place, "unblocked: nothing that it depends on is open");
  if (kind !== "blocked" && open.length > 0) {
    notes.normalised(place, `it is "${draft.name}" but waits for ${named(open)}: blocked`);
  }
}

/** What the statuses claim against what they can mean: worth a look, changed by nobody. */
function checkPlausible(draft: Draft, own: Settled, settled: ReadonlyMap<Draft, Settled>, notes: Notes): void {
  const place = statusPlace(draft);
  const open = openNeeds(draft, settled);
  if (own.state === "completed" && open.length > 0)
    notes.warn(place, `it is "${draft.name}" although ${named(open)} is not`);
  if (draft.status.kind === "final") {
    const unfinished = draft.children.filter((child) => !isFinal(settled.get(child)?.state ?? "completed"));
    if (unfinished.length > 0)
      notes.warn(place, `it is "${draft.name}" although its child ${named(unfinished)} is not`);
  }
  const { parent } = draft;
  if (!parent || draft.status.kind !== "blocked" || own.state !== "queued") return;
  const { status } = parent;
  const planning = (status.kind === "entry" || status.kind === "active") && status.role === "planner";
  const parentWaits = openNeeds(parent, settled);
  if (planning) notes.warn(place, `unblocked while its parent ${parent.key} is still being planned`);
  else if (parentWaits.length > 0) {
    notes.warn(place, `unblocked while its parent ${parent.key} waits for ${named(parentWaits)}`);
  }
}

function named(drafts: readonly Draft[]): string {
  const keys = drafts.slice(0, MAX_NAMED).map(({ key }) => key);
  return drafts.length > MAX_NAMED ? `${keys.join(", ")} and ${drafts.length - MAX_NAMED} more` : keys.join(", ");
}

function statusPlace({ key, at }: Draft): Place {
  return { task: key, field: "status", at: `${at}.status` };
}

function sprintTask(draft: Draft, { state, role, finishedAt, heldBy }: Settled, notes: Notes): SprintTask {
  const title = readTitle(draft, notes);
  const parkedNote = shorten(draft.holds.join("; "), MAX_PARKED_NOTE);
  return {
    key: draft.key,
    title,
    prompt: promptOf(draft, title, role),
    role,
    state,
    ...(state === "parked" && { parkedReason: "person", parkedNote }),
    rollsUp: rollsUp(draft),
    parent: draft.parent?.key ?? null,
    needs: draft.needs.map(({ key }) => key),
    priority: readPriority(draft, notes),
    finishedAt,
    heldBy,
    source: { at: draft.at, fields: draft.fields },
  };
}
