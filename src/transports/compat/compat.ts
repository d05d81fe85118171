/** A seed's question asked of our operation, and our answer in the seed's words. */
import type { Actor } from "../../core/actor.ts";
import type { Compat, Fields, Seed } from "../../core/compat.ts";
import type { CallOptions, CallPort, Operation } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";

export interface CompatEntry {
  readonly operation: string;
  readonly compat: Compat;
}

/** All that the clients of one seed can ask, by what they call it. */
export function entriesOf(operations: readonly Operation[], seed: Seed): Map<string, CompatEntry> {
  const entries = new Map<string, CompatEntry>();
  for (const { name, compat = [] } of operations) {
    for (const entry of compat) if (entry.seed === seed) entries.set(entry.at, { operation: name, compat: entry });
  }
  return entries;
}

export interface Asked {
  readonly call: CallPort;
  readonly actor: Actor;
  readonly theirs: Fields;
  readonly address: string | undefined;
  readonly options?: CallOptions;
}

/** Refuses with their number and their words where the entry has some. */
export async function askOurs({ operation, compat }: CompatEntry, asked: Asked): Promise<unknown> {
  const { call, actor, theirs, address, options } = asked;
  const ask = (name: string, input: object) => call(name, input, actor, options);
  const context = { theirs, ask, address };
  try {
    await compat.before?.(context);
    const ours = await ask(operation, compat.input?.(theirs) ?? {});
    return compat.answer ? await compat.answer(ours as Fields, context) : ours;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, hint, data } = error;
    if (compat.instead && Object.hasOwn(compat.instead, code)) return compat.instead[code];
    throw new Refusal(code, compat.words?.[code]?.(theirs) ?? message, {
      ...(hint !== undefined && { hint }),
      ...(data && { data }),
      number: compat.codes?.[code],
    });
  }
}
