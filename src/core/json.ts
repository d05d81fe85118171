/** JSON from outside: any shape, but not so deep that whoever walks it later runs out of stack. */
import * as z from "zod";

/** Levels of lists and objects within each other. */
export const MAX_JSON_DEPTH = 200;

/** What came through `JSON.parse`, within the depth. */
export const Json = z
  .unknown()
  .refine((value) => isShallow(value), `is nested deeper than ${MAX_JSON_DEPTH} levels`)
  .meta({ description: "Any JSON." });

export function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_JSON_DEPTH; depth++) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    if (level.length === 0) return true;
  }
  return false;
}
