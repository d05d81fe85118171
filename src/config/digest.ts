/** Tells whether two settings mean the same, however they were written down. */
import { createHash } from "node:crypto";

/** SHA-256 in hexadecimal over the value as JSON with sorted names. */
export function digestOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value, sortNames) ?? "")
    .digest("hex");
}

function sortNames(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
