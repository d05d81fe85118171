/** The head of a sprint queue: which sprint it is, its WIP limits, and the counters that somebody wrote by hand. */
import { isObject, type JsonObject } from "./json.ts";
import { type Notes, plainLine, quoted, shorten } from "./report.ts";

/** As a role's own limit may be. */
const MAX_WIP_LIMIT = 1000;

/** Roles with a limit; real queues have five. */
const MAX_LIMITS = 100;

const ROLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Characters of the sprint's id and status. */
const MAX_LABEL = 200;

export interface SprintHeader {
  readonly sprintId: string | null;
  readonly sprint: number | null;
  readonly status: string | null;
  /** Only what the file says; a role that is missing has 1, an explicit 0 means none. */
  readonly wipLimits: Record<string, number>;
}

export function readHeader(root: JsonObject, notes: Notes): SprintHeader {
  return {
    sprintId: readLabel(root, "sprint_id", notes),
    sprint: readSprint(root.sprint, notes),
    status: readLabel(root, "status", notes),
    wipLimits: readWipLimits(root.wip_limits, notes),
  };
}

function readLabel(root: JsonObject, field: string, notes: Notes): string | null {
  const value = root[field];
  if (value === undefined || value === null) return null;
  const text = typeof value === "string" ? shorten(plainLine(shorten(value, 2 * MAX_LABEL)), MAX_LABEL) : "";
  if (text !== value) {
    const reads = text === "" ? "as none" : `as "${shorten(text, 60)}"`;
    notes.normalised({ task: null, field, at: field }, `${quoted(value)} is read ${reads}`);
  }
  return text === "" ? null : text;
}

function readSprint(value: unknown, notes: Notes): number | null {
  if (value === undefined || value === null) return null;
  const sprint = typeof value === "string" && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  const known = Number.isSafeInteger(sprint) ? (sprint as number) : null;
  if (known !== value) {
    const place = { task: null, field: "sprint", at: "sprint" };
    notes.normalised(place, `the sprint ${quoted(value)} is read as ${known === null ? "none" : known}`);
  }
  return known;
}

function readWipLimits(value: unknown, notes: Notes): Record<string, number> {
  const place = { task: null, field: "wip_limits", at: "wip_limits" };
  if (value === undefined || value === null) {
    notes.normalised(place, "there are no WIP limits: each role does one task at a time");
    return {};
  }
  if (!isObject(value)) {
    notes.warn(place, `the WIP limits are ${quoted(value)}, not an object: each role does one task at a time`);
    return {};
  }
  const all = Object.entries(value);
  if (all.length > MAX_LIMITS) notes.warn(place, `only the first ${MAX_LIMITS} of ${all.length} WIP limits were read`);
  const limits = all.slice(0, MAX_LIMITS).map(([role, limit]) => readLimit(role, limit, notes));
  return Object.fromEntries(limits.filter((limit) => limit !== undefined));
}

function readLimit(role: string, value: unknown, notes: Notes): [string, number] | undefined {
  const name = role.trim().toLowerCase();
  const place = { task: null, field: "wip_limits", at: `wip_limits.${shorten(plainLine(shorten(role, 128)), 64)}` };
  const limit = typeof value === "string" && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  if (!ROLE_NAME.test(name) || typeof limit !== "number" || !Number.isInteger(limit) || limit < 0) {
    notes.warn(place, `the WIP limit ${quoted(value)} of ${quoted(role)} cannot be read: it is 1`);
    return undefined;
  }
  const possible = Math.min(limit, MAX_WIP_LIMIT);
  if (name !== role || possible !== value) {
    notes.normalised(place, `the WIP limit ${quoted(value)} of ${quoted(role)} is read as ${possible} of "${name}"`);
  }
  return [name, possible];
}
