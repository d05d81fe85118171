/** The JSON Schema of the settings file, for editors. Apart from `load.ts`, so that who does not need it does not load it. */
import { toJSONSchema, type z } from "zod";
import { composeSchema } from "./compose.ts";
import type { Fragment } from "./fragment.ts";

/** Draft 2020-12, of what may be written: fields with a default are not required. */
export function settingsJsonSchema(fragments: readonly Fragment[]): Readonly<Record<string, unknown>> {
  return toJSONSchema(composeSchema(fragments), {
    target: "draft-2020-12",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => refuseUnknownKeys(zodSchema as z.core.$ZodTypes, jsonSchema),
  });
}

/** Reading refuses unknown keys everywhere, also where a room's schema did not say `strictObject`. */
function refuseUnknownKeys({ _zod: { def } }: z.core.$ZodTypes, json: { additionalProperties?: unknown }): void {
  if (def.type === "object" && !def.catchall) json.additionalProperties = false;
}
