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
  "55P03": "is kept busy by another daemon, or by another session of its database",
  "57014": "took too long over a statement",
  "57P": "is shutting down or starting up",
  "58": "could not read or write its files",
  XX001: "is damaged",
  XX002: "is damaged",
};

/** What TLS says of a server that is not proven to be the one that was meant (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNPROVEN =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_|ERR_TLS_CERT_ALTNAME)/;

/** By what begins the code, at a start: what its owner can do. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    UNPROVEN,
    "Name who signed its certificate: add sslrootcert=/path/to/ca.pem to store.url, and say the host as the certificate has it.",
  ],
  [/^53300$/, "Steward needs three connections: end some of the others, or raise max_connections of the server."],
  [/^28/, "Mend user and password in store.url; what is not a letter or a digit is written as %XX."],
  [/^3D000$/, "CREATE DATABASE it, or mend store.url."],
  [/^53100$/, "Make room on the server's disk."],
];

export function startHint(error: unknown): string {
  const code = codeOf(error instanceof ConnectionLost ? error.cause : error) ?? "";
  return HINTS.find(([begins]) => begins.test(code))?.[1] ?? "Start it, or mend store.url in steward.json.";
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

export function unavailableBecause(error: unknown): string | undefined {
  if (error instanceof ConnectionLost) {
    if (UNPROVEN.test(codeOf(error.cause) ?? "")) return "cannot be trusted";
    return unavailableBecause(error.cause) ?? "cannot be reached";
  }
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
