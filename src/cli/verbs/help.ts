/** `steward help [noun] [verb]`. */
import { EXIT } from "../../core/refusal.ts";
import { usageFailure } from "../failure.ts";
import { everyVerb, nounHelp, overview, verbHelp } from "../help-text.ts";
import type { Invocation } from "../invocation.ts";

export async function help(invocation: Invocation): Promise<number> {
  const words = [invocation.input.noun, invocation.input.verb].filter((word) => typeof word === "string");
  const typed = (await everyVerb(invocation)).get(words.join(" "));
  const [noun] = words;
  const text = typed ? verbHelp(words, typed) : await textAbove(noun, words.length, invocation);
  if (text === undefined) throw usageFailure(`There is no verb "${words.join(" ")}".`, "See `steward --help`.");
  await invocation.out.write(text);
  return EXIT.ok;
}

async function textAbove(noun: string | undefined, count: number, invocation: Invocation): Promise<string | undefined> {
  if (noun === undefined) return overview(invocation);
  return count === 1 ? nounHelp(noun, invocation) : undefined;
}
