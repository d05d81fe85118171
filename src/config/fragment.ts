/** A room's part of the settings file: one key, one schema. `config` composes fragments without knowing the rooms. */
import type * as z from "zod";

export interface Fragment<Key extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly key: Key;
  /** Must accept `undefined` (a default for the whole section). Every field carries a description. */
  readonly schema: Schema;
}

export function fragment<Key extends string, Schema extends z.ZodType>(
  key: Key,
  schema: Schema,
): Fragment<Key, Schema> {
  return { key, schema };
}

/** `{ host: Host, agents: Agents, … }` for a list of fragments. */
export type SettingsOf<List extends readonly Fragment[]> = {
  readonly [F in List[number] as F["key"]]: z.output<F["schema"]>;
};
