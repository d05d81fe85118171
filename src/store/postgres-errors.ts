/** What callers are told of trouble with PostgreSQL: "not now" for whatever passes or can be mended, the error itself for a bug. */
import { DatabaseError } from "pg";
import { Refusal } from "../core/refusal.ts";
import { ConnectionLost } from "./postgres-connection.ts";

/** By SQLSTATE, or its class of two characters (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  "08": "lost its connection",
  "25006": "is read-only",
  "25P03": "gave up a write that had stood still too long",
  "25P04": "gave up a write that took too long",
  "28": "lets Steward in no more",
  "3D000": "has no such database any more",
  "40": "gave up a write that was in the way of another",
  "53": "is short of something",
  "53100": "has no room left on its disk",
  "53200": "is out of memory",
  "53300": "has too many connections",
  "55P03": "is busy with the writes of another daemon",
  "57014": "took too long over a statement",
  "57P": "is shutting down or starting up",
  "58": "could not read or write its files",
  XX001: "is damaged",
  XX002: "is damaged",
};

export function unavailableBecause(error: unknown): string | undefined {
  if (error instanceof ConnectionLost) return "cannot be reached";
  if (!(error instanceof DatabaseError) || error.code === undefined) return undefined;
  const { code } = error;
  return UNAVAILABLE[code] ?? UNAVAILABLE[code.slice(0, 3)] ?? UNAVAILABLE[code.slice(0, 2)];
}

export function translate(error: unknown): unknown {
  const why = unavailableBecause(error);
  if (why === undefined) return error;
  return new Refusal("unavailable", `The store ${why}.`, {
    hint: "Nothing was changed. Mend the cause and try again.",
    data: { postgres: (error as Error).message },
  });
}

/** The answer to a commit was lost, and what became of it could not be found out in time. */
export function unknownOutcome(error: unknown): Refusal {
  return new Refusal("unavailable", "The store went away while this was being recorded: it may have been, or not.", {
    hint: "Look whether it was done before you try again; a task that has a key can simply be submitted again.",
    data: { outcome: "unknown", postgres: error instanceof Error ? error.message : String(error) },
  });
}
