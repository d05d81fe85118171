/** Reads a task's lease in all its shapes and says whether anybody may still be working on it. */
import { iso } from "../../core/clock.ts";
import type { QueueEntry } from "./entries.ts";
import { readTime } from "./fields.ts";
import { isObject, type JsonObject } from "./json.ts";
import { type Notes, plainLine, quoted, shorten } from "./report.ts";

/** Seconds; what the original daemon assumes when a lease does not say. */
const DEFAULT_TTL = 5400;

/**
 * Real leases last 30 to 90 minutes, written as 1800 to 5400 seconds or as 30 to 90 minutes. A `ttl` below ten minutes'
 * worth of seconds can only be minutes. `ttl_seconds` says its unit and is believed.
 */
const MINUTES_BELOW = 600;

/** Seconds (30 days). Beyond it nobody meant a lease. */
const MAX_TTL = 2_592_000;

/** Characters of a holder's name. */
const MAX_HOLDER = 80;

const BEAT_FIELDS = ["last_heartbeat", "heartbeat_at", "acquired", "started_at"] as const;

export interface Lease {
  readonly holder: string;
  /** Epoch ms at which it ends or ended; null when that cannot be told, which makes it stale. */
  readonly until: number | null;
  readonly live: boolean;
}

/** Undefined: there is none, or it was given back. */
export function readLease(entry: QueueEntry, now: number, notes: Notes): Lease | undefined {
  const { lease } = entry.fields;
  if (lease === undefined || lease === null || lease === "") return undefined;
  const place = { task: entry.key, field: "lease", at: `${entry.at}.lease` };
  if (!isObject(lease)) {
    notes.warn(place, `the lease is ${quoted(lease)}, not an object: it is read as none`);
    return undefined;
  }
  if (lease.completed_at !== undefined && lease.completed_at !== null) {
    notes.normalised(place, "the lease says that it was completed: it is read as given back");
    return undefined;
  }
  const holder = holderOf(lease);
  const beat = lastBeat(entry, lease, now, notes);
  if (beat === undefined) return { holder, until: null, live: false };
  const until = beat + ttlSeconds(entry, lease, notes) * 1000;
  return { holder, until, live: now <= until };
}

export function untilText({ until }: Lease): string {
  return iso(until) ?? "an unknown time";
}

function holderOf({ owner, agent }: JsonObject): string {
  const name = [owner, agent].find((value) => typeof value === "string" && value.trim() !== "");
  return typeof name === "string" ? shorten(plainLine(name), MAX_HOLDER) : "somebody";
}

function lastBeat({ key, at }: QueueEntry, lease: JsonObject, now: number, notes: Notes): number | undefined {
  const field = BEAT_FIELDS.find((name) => lease[name] !== undefined && lease[name] !== null);
  const place = { task: key, field: "lease", at: field ? `${at}.lease.${field}` : `${at}.lease` };
  const written = field && lease[field];
  const beat = readTime(written);
  if (beat === undefined) {
    const found = field ? `${quoted(written)} is no time with its offset from UTC` : "it has no heartbeat";
    notes.warn(place, `${found}: the lease is read as stale`);
    return undefined;
  }
  if (beat > now) notes.warn(place, `the heartbeat ${quoted(written)} lies in the future`);
  return beat;
}

function ttlSeconds({ key, at }: QueueEntry, lease: JsonObject, notes: Notes): number {
  const field = lease.ttl_seconds === undefined || lease.ttl_seconds === null ? "ttl" : "ttl_seconds";
  const place = { task: key, field: "lease", at: `${at}.lease.${field}` };
  const written = lease[field];
  const ttl = typeof written === "string" && /^\d{1,9}$/.test(written.trim()) ? Number(written) : written;
  if (typeof ttl !== "number" || ttl < 0 || ttl > MAX_TTL) {
    const found = ttl === undefined || ttl === null ? "it has no ttl" : `the ttl ${quoted(ttl)} cannot be meant`;
    notes.normalised(place, `${found}: ${DEFAULT_TTL} seconds are assumed`);
    return DEFAULT_TTL;
  }
  if (field === "ttl_seconds" || ttl >= MINUTES_BELOW) return ttl;
  notes.normalised(place, `the ttl ${ttl} is read as minutes: ${ttl * 60} seconds`);
  return ttl * 60;
}
