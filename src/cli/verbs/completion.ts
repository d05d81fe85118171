/** `steward completion bash|zsh|fish`: a script with every verb and flag, generated from the catalogue. */

import { EXIT } from "../../core/refusal.ts";
import { GLOBAL_FIELDS } from "../argv.ts";
import type { CatalogueField, Typed } from "../catalogue.ts";
import { usageFailure } from "../failure.ts";
import { everyVerb } from "../help-text.ts";
import type { Invocation } from "../invocation.ts";

export async function completion(invocation: Invocation): Promise<number> {
  if (invocation.json) throw usageFailure("A completion script is no JSON.", "Leave --json out.");
  const shell = String(invocation.input.shell);
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!script) throw usageFailure(`There is no completion for "${shell}".`, "bash, zsh and fish are there.");
  await invocation.out.write(script(await everyVerb(invocation)));
  return EXIT.ok;
}

type Verbs = ReadonlyMap<string, Typed>;

const SCRIPTS: Readonly<Record<string, (verbs: Verbs) => string>> = { bash, zsh, fish };

/** The second words after a first one, or the flags after a whole verb; the longest that fits comes first in a `case`. */
function cases(verbs: Verbs, line: (words: string, candidates: readonly string[]) => string): string {
  const lines = [...verbs].map(([words, typed]) => {
    const below = words.includes(" ") ? [] : secondWords(verbs, words);
    return line(words, [...below, ...choicesByPosition(typed), ...flagsOf(typed)]);
  });
  const nouns = firstWords(verbs).filter((word) => !verbs.has(word));
  return [...lines, ...nouns.map((noun) => line(noun, secondWords(verbs, noun)))].join("\n");
}

function bash(verbs: Verbs): string {
  return `# bash: source <(steward completion bash)
_steward() {
  local first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]}" words
  [ "$COMP_CWORD" -le 2 ] && second=
  [ "$COMP_CWORD" -le 1 ] && first=
  case "$first $second \${COMP_WORDS[COMP_CWORD-1]}" in
${choices(verbs, (pattern, values) => `    ${pattern}) COMPREPLY=($(compgen -W "${values.join(" ")}" -- "\${COMP_WORDS[COMP_CWORD]}")); return ;;`)}
  esac
  case "$first $second" in
${cases(verbs, (words, candidates) => `    ${caseOf(words)}) words="${candidates.join(" ")}" ;;`)}
    " ") words="${firstWords(verbs).join(" ")}" ;;
    *) case "$first" in
${fallbacks(verbs, (words, candidates) => `      ${words}) words="${candidates.join(" ")}" ;;`)}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _steward steward
`;
}

function zsh(verbs: Verbs): string {
  return `#compdef steward
# zsh: source <(steward completion zsh)
_steward() {
  local first="\${words[2]}" second="\${words[3]}"
  local -a candidates
  (( CURRENT <= 3 )) && second=
  (( CURRENT <= 2 )) && first=
  case "$first $second \${words[CURRENT-1]}" in
${choices(verbs, (pattern, values) => `    ${pattern}) compadd ${values.join(" ")}; return ;;`)}
  esac
  case "$first $second" in
${cases(verbs, (words, candidates) => `    ${caseOf(words)}) candidates=(${candidates.join(" ")}) ;;`)}
    " ") candidates=(${firstWords(verbs).join(" ")}) ;;
    *) case "$first" in
${fallbacks(verbs, (words, candidates) => `      ${words}) candidates=(${candidates.join(" ")}) ;;`)}
    esac ;;
  esac
  compadd -a candidates || _files
}
compdef _steward steward
`;
}

function fish(verbs: Verbs): string {
  const lines = firstWords(verbs).map((word) => {
    const summary = verbs.get(word)?.summary;
    return `complete -c steward -f -n __fish_use_subcommand -a ${word}${summary ? ` -d ${quoted(summary)}` : ""}`;
  });
  for (const [words, typed] of verbs) {
    const [first = "", second] = words.split(" ");
    const seen = `__fish_seen_subcommand_from ${first}`;
    if (second) lines.push(`complete -c steward -f -n ${quoted(seen)} -a ${second} -d ${quoted(typed.summary)}`);
    const condition = quoted(second ? `${seen}; and __fish_seen_subcommand_from ${second}` : seen);
    for (const { flag, short, type, choices, description = "" } of typed.fields) {
      const letter = short ? ` -s ${short}` : "";
      lines.push(
        `complete -c steward -n ${condition} -l ${flag}${letter}${taking(type, choices)} -d ${quoted(description)}`,
      );
    }
  }
  for (const { flag, type } of GLOBAL_FIELDS)
    lines.push(`complete -c steward -l ${flag}${type === "boolean" ? "" : " -r"}`);
  return `# fish: steward completion fish | source\n${lines.join("\n")}\n`;
}

function taking(type: CatalogueField["type"], choices: CatalogueField["choices"]): string {
  if (choices) return ` -x -a ${quoted(choices.join(" "))}`;
  return type === "boolean" ? "" : " -r";
}

/** What may follow a flag, by a pattern for "first second flag"; the second word of a verb of one word may be anything. */
function choices(verbs: Verbs, line: (pattern: string, values: readonly string[]) => string): string {
  const lines = [...verbs].flatMap(([words, { fields }]) =>
    fields.flatMap(({ flag, choices: values }) =>
      values ? [line(words.includes(" ") ? `"${words} --${flag}"` : `"${words} "*" --${flag}"`, values)] : [],
    ),
  );
  return lines.join("\n");
}

function choicesByPosition({ args, fields }: Typed): readonly string[] {
  return fields.find(({ name }) => name === args[0])?.choices ?? [];
}

/** `run fix-it --ti…`: a second word that is no verb belongs to the first. */
function fallbacks(verbs: Verbs, line: (words: string, candidates: readonly string[]) => string): string {
  const single = [...verbs].filter(([words]) => !words.includes(" "));
  return single.map(([words, typed]) => line(words, flagsOf(typed))).join("\n");
}

/** A pattern for "first second": a verb of one word has no second yet. */
function caseOf(words: string): string {
  return words.includes(" ") ? `"${words}"` : `"${words} "`;
}

function firstWords(verbs: Verbs): string[] {
  return [...new Set([...verbs.keys()].map((words) => words.split(" ")[0] ?? ""))];
}

function secondWords(verbs: Verbs, first: string): string[] {
  return [...verbs.keys()].flatMap((words) => (words.startsWith(`${first} `) ? [words.slice(first.length + 1)] : []));
}

function flagsOf(typed: Typed): string[] {
  return [...typed.fields, ...GLOBAL_FIELDS]
    .filter(({ name }) => !typed.args.includes(name))
    .map(({ flag }) => `--${flag}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
