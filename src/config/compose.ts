/** The fragments of all rooms as one strict schema of the settings file. */
import * as z from "zod";
import type { Fragment } from "./fragment.ts";

/** Throws when two rooms claim one key: that is a bug. */
export function composeSchema(fragments: readonly Fragment[]) {
  const sections: Record<string, z.ZodType> = {
    $schema: z.string().optional().describe("Where an editor finds the JSON Schema of this file."),
  };
  for (const { key, schema } of fragments) {
    if (Object.hasOwn(sections, key)) throw new Error(`Two fragments claim the settings key "${key}".`);
    sections[key] = schema;
  }
  return z.strictObject(sections).describe("Settings of a Steward host. Everything has a default.");
}
