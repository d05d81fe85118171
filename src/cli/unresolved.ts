/** What to say when the words on the command line are no verb, or a flag is none: help, or what was meant. */
import { closest } from "../config/suggest.ts";
import { EXIT } from "../core/refusal.ts";
import { helpHint, type UnknownFlag } from "./argv.ts";
import { type Failure, usageFailure } from "./failure.ts";
import { everyVerb, helpJson, nounHelp, overview, type Verbs, verbsOf } from "./help-text.ts";
import type { Output } from "./output.ts";
import { versionOf } from "./package-version.ts";

export async function unresolved(
  words: readonly string[],
  flags: readonly string[],
  context: Verbs & { readonly packageRoot: string; readonly out: Output; readonly err: Output },
): Promise<number> {
  const [noun] = words;
  const wantsHelp = flags.includes("--help") || flags.includes("-h");
  if (noun === undefined) return withoutWords(wantsHelp, flags, context);
  const isJson = wantsHelp && flags.includes("--json");
  const help = words.length === 1 || wantsHelp ? await helpOf(noun, isJson, context) : undefined;
  if (help === undefined) throw await unknownVerb(words, context);
  if (!wantsHelp && flags.includes("--json"))
    throw usageFailure(`"${noun}" alone is no verb.`, `See \`steward ${noun} --help\`.`);
  await (wantsHelp ? context.out : context.err).write(help);
  return wantsHelp ? EXIT.ok : EXIT.usage;
}

async function helpOf(noun: string, isJson: boolean, context: Verbs): Promise<string | undefined> {
  const below = isJson ? await verbsOf(noun, context) : undefined;
  return below && below.size > 0 ? helpJson(below) : await nounHelp(noun, context);
}

export function unknownFlag({ message, verb, flag, known }: UnknownFlag): Failure {
  const meant = closest(flag, known);
  return usageFailure(message, meant ? `Did you mean ${meant}? ${helpHint(verb)}` : helpHint(verb));
}

async function withoutWords(
  wantsHelp: boolean,
  flags: readonly string[],
  context: Verbs & { readonly packageRoot: string; readonly out: Output },
): Promise<number> {
  if (flags.includes("--version") || flags.includes("-V")) {
    await context.out.write(`${versionOf(context.packageRoot)}\n`);
    return EXIT.ok;
  }
  const strange = flags.find((flag) => flag.startsWith("-") && !["--json", "--help", "-h", "--home"].includes(flag));
  if (strange !== undefined && !wantsHelp) throw usageFailure(`There is no flag ${strange}.`, "See `steward --help`.");
  await context.out.write(flags.includes("--json") ? helpJson(await everyVerb(context)) : await overview(context));
  return EXIT.ok;
}

async function unknownVerb(words: readonly string[], context: Verbs): Promise<Failure> {
  const known = [...(await everyVerb(context)).keys()];
  const [noun = ""] = words;
  const below = known.filter((verb) => verb.startsWith(`${noun} `));
  const typed = words.join(" ");
  const nouns = new Set(known.map((verb) => verb.split(" ")[0] ?? ""));
  const meant =
    below.length > 0
      ? closest(typed, below)
      : (withNoun(noun, known) ?? closest(typed, [...known, ...nouns]) ?? closest(noun, nouns));
  const hint = meant ? `Did you mean \`steward ${meant}\`?` : "See `steward --help`.";
  return usageFailure(`There is no verb "${below.length > 0 ? typed : noun}".`, hint);
}

/** Who types only the second word (`submit`, `list`) mostly means a task. */
function withNoun(verb: string, known: readonly string[]): string | undefined {
  const whole = known.filter((words) => words.endsWith(` ${verb}`));
  return whole.find((words) => words.startsWith("task ")) ?? whole[0];
}
