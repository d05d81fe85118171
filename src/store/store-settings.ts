/** Where the store is, as the settings file says it. */
import * as z from "zod";
import { fragment } from "../config/fragment.ts";
import { Value } from "../config/secret.ts";

const EXAMPLE = "postgres://steward@db.example:5432/steward";

export const storeSettings = fragment(
  "store",
  z
    .strictObject({
      url: Value.refine((url) => typeof url !== "string" || isPostgresUrl(url), `must be as ${EXAMPLE}`)
        .refine(
          (url) => typeof url !== "string" || !hasPassword(url),
          'must not hold a password in plain text: keep the whole URL elsewhere and say { "env": "NAME" } or { "file": "PATH" }',
        )
        .optional()
        .describe(
          `A PostgreSQL database of Steward's own, as ${EXAMPLE}. Default: SQLite in the home. A change takes effect at the next start.`,
        ),
    })
    .prefault({})
    .describe("Where tasks, runs and events are kept."),
);

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? "");
}

/** Those in it, as they are written and as they are meant. */
export function passwordsIn(url: string): string[] {
  const parsed = URL.parse(url);
  const found = [parsed?.password, parsed?.searchParams.get("password")].filter((text) => !!text) as string[];
  return found.flatMap((text) => [text, decoded(text)]);
}

function hasPassword(url: string): boolean {
  return passwordsIn(url).length > 0;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
