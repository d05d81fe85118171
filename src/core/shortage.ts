/** Tells "this host has nothing left to do it with" from "it is not there": a guess made of the first would be a lie. */

/** errno(3): descriptors of this process or of the machine, and memory. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM"]);

export function isShortage(error: unknown): boolean {
  return error instanceof Error && "code" in error && SHORTAGES.has(String(error.code));
}
