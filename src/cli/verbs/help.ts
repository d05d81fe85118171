/** `steward help [noun] [verb]`. */
import { EXIT } from "../../core/refusal.ts";
import type { Typed } from "../catalogue.ts";
import { usageFailure } from "../failure.ts";
import { everyVerb, helpJson, nounHelp, overview, verbHelp, verbsOf } from "../help-text.ts";
import type { Invocation } from "../invocation.ts";

export async function help(invocation: Invocation): Promise<number> {
  const words = [invocation.input.noun, invocation.input.verb].filter((word) => typeof word === "string");
  const every = await everyVerb(invocation);
  const typed = every.get(words.join(" "));
  const text = invocation.json
    ? await asJson(words, every, invocation)
    : typed
      ? verbHelp(words, typed)
      : await textAbove(words, invocation);
  if (text === undefined) throw usageFailure(`There is no verb "${words.join(" ")}".`, "See `steward --help`.");
  await invocation.out.write(text);
  return EXIT.ok;
}

async function asJson(
  words: readonly string[],
  every: ReadonlyMap<string, Typed>,
  invocation: Invocation,
): Promise<string | undefined> {
  const typed = every.get(words.join(" "));
  if (typed) return helpJson(new Map([[words.join(" "), typed]]));
  const [noun] = words;
  const verbs = noun === undefined ? every : await verbsOf(noun, invocation);
  return words.length > 1 || verbs.size === 0 ? undefined : helpJson(verbs);
}

async function textAbove([noun, ...more]: readonly string[], invocation: Invocation): Promise<string | undefined> {
  if (noun === undefined) return overview(invocation);
  return more.length === 0 ? nounHelp(noun, invocation) : undefined;
}
