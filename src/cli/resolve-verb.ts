/** Finds what the words on the command line mean: an operation, a local verb, or neither. */
import { type Catalogue, type CatalogueVerb, findOperation, type Typed, withOperation } from "./catalogue.ts";
import type { LocalVerbEntry } from "./local-verb.ts";
import { ALIASES, LOCAL_VERBS } from "./verbs.ts";

export interface ResolvedVerb {
  /** The words that chose it; what follows them are arguments. */
  readonly words: readonly string[];
  readonly typed: Typed;
  readonly operation?: string;
  readonly local?: LocalVerbEntry;
}

export async function resolveVerb(words: readonly string[], catalogue: Catalogue): Promise<ResolvedVerb | undefined> {
  const [first = "", second = ""] = words;
  const both = localVerb(`${first} ${second}`);
  if (both) return withLocal([first, second], both, catalogue);
  for (const alias of [[first, second], [first]]) {
    const operation = Object.hasOwn(ALIASES, alias.join(" ")) ? ALIASES[alias.join(" ")] : undefined;
    if (operation !== undefined) return asOperation(alias, await findOperation(operation, catalogue));
  }
  const noun = await catalogue.noun(first);
  if (noun && second && Object.hasOwn(noun, second)) return asOperation([first, second], noun[second]);
  const single = localVerb(first);
  if (single) return withLocal([first], single, catalogue);
  return asOperation([first], noun?.[""]);
}

function localVerb(words: string): LocalVerbEntry | undefined {
  return Object.hasOwn(LOCAL_VERBS, words) ? LOCAL_VERBS[words] : undefined;
}

async function withLocal(words: readonly string[], local: LocalVerbEntry, catalogue: Catalogue): Promise<ResolvedVerb> {
  const typed = await withOperation(local, catalogue);
  return { words, local, typed, ...(local.like !== undefined && { operation: local.like }) };
}

function asOperation(words: readonly string[], verb: CatalogueVerb | undefined): ResolvedVerb | undefined {
  return verb && { words, typed: verb, operation: verb.operation };
}
