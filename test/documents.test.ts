/** What people read names nothing that there is not: command lines, operations, events, settings, codes. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leadingWords, readArguments } from "../src/cli/argv.ts";
import { liveCatalogue } from "../src/cli/live-catalogue.ts";
import { resolveVerb } from "../src/cli/resolve-verb.ts";
import { ALIASES, LOCAL_VERBS } from "../src/cli/verbs.ts";
import { settingsJsonSchema } from "../src/config/json-schema.ts";
import type { Operation } from "../src/core/operation.ts";
import { REFUSALS } from "../src/core/refusal.ts";
import { events } from "../src/events.ts";
import { operations } from "../src/operations.ts";
import { fragments } from "../src/settings.ts";
import { shellWords } from "./shell-words.ts";

const ROOT = join(import.meta.dirname, "..");
const PAGES = globSync(["README.md", "docs/**/*.md"], { cwd: ROOT });
const all: readonly Operation[] = operations;
const catalogue = liveCatalogue();

const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

/** Lines of shell blocks and whole pieces of inline code that begin with `steward`. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|bash|console)\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
    block.split("\n"),
  );
  const inline = [...text.replace(/^```.*?^```/gms, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
  return [...blocks.map((line) => line.replace(/^\$ /, "")), ...inline].filter((line) => /^steward( |$)/.test(line));
}

const FILE = /\.(json|db|ts|md|sock|log|pid)$/;

/** Names with a dot in inline code that are no file's: `task.submit`, `limits.pageItems`. */
function dottedNames(text: string): string[] {
  return [...text.matchAll(/`([a-z]+\.[a-zA-Z_]+)`/g)].flatMap(([, name = ""]) => (FILE.test(name) ? [] : [name]));
}

/** What is wrong with a command line, without what it shows as optional; undefined when it would be understood. */
async function problemWith(line: string): Promise<string | undefined> {
  const { words, rest } = leadingWords(shellWords(line.replace(/\[[^\]]*\]/g, "")).slice(1));
  if (words.length === 0) return undefined;
  const verb = await resolveVerb(words, catalogue);
  if (!verb) return `${line}: there is no such verb`;
  const more = [...words.slice(verb.words.length), ...rest];
  // A line that only names a verb need not say all that the verb needs.
  if (more.length === 0) return undefined;
  try {
    readArguments(verb.words.join(" "), verb.typed, more);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    // The text speaks of the flag, and not of a value for it.
    if (message === `${more.at(-1)} needs a value.`) return undefined;
    return `${line}: ${message}`;
  }
}

/** A message that is sent to a webhook to try it, and tells of nothing that happened. */
const SENT_ONLY = "webhook.tested";

interface Sections {
  readonly properties?: Readonly<Record<string, Sections>>;
}

function knownNames(): Set<string> {
  const { properties = {} } = settingsJsonSchema(fragments) as Sections;
  const settings = Object.entries(properties).flatMap(([section, { properties: fields = {} }]) =>
    Object.keys(fields).map((field) => `${section}.${field}`),
  );
  return new Set([...all.map(({ name }) => name), ...Object.keys(events), ...settings, SENT_ONLY]);
}

test.each(PAGES)("every command line in %s is understood", async (page) => {
  const problems = await Promise.all(commandLines(read(page)).map(problemWith));
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

/** A decision speaks of the code as it was then. */
const OF_TODAY = PAGES.filter((page) => !page.startsWith("docs/decisions/"));

test.each(OF_TODAY)("every operation, event and setting that %s names is there", (page) => {
  const known = knownNames();
  const nouns = new Set([...known].map((name) => name.replace(/\..*/s, "")));
  const strange = dottedNames(read(page)).filter((name) => nouns.has(name.replace(/\..*/s, "")) && !known.has(name));
  expect(strange).toEqual([]);
});

test("there are command lines and names to look at, and a wrong one is found", async () => {
  expect(commandLines(read("README.md")).length).toBeGreaterThan(5);
  expect(dottedNames(read("docs/reference/events.md")).length).toBeGreaterThan(10);
  expect(await problemWith("steward task sumbit x")).toContain("no such verb");
  expect(await problemWith("steward task submit x --rolle y")).toContain("--rolle");
  expect(await problemWith("steward task list --limit many")).toContain("many");
  expect(commandLines("```sh\nsteward stop   # now\n```\nand `steward start -f`, `steward.json`")).toEqual([
    "steward stop   # now",
    "steward start -f",
  ]);
});

test("every operation, refusal, event and setting is in the reference, and each code says what it means", () => {
  const reference = (page: string) => read(`docs/reference/${page}.md`);
  for (const { name, rest } of all) {
    expect(reference("operations")).toContain(`\n## ${name}\n`);
    expect(reference("operations")).toContain(`\`${rest}\``);
  }
  for (const [code, { meaning }] of Object.entries(REFUSALS)) {
    expect(reference("errors")).toContain(`| \`${code}\` | ${meaning} |`);
    expect(meaning.length).toBeGreaterThan(5);
  }
  for (const topic of Object.keys(events)) expect(reference("events")).toContain(`\`${topic}\``);
});

test("hints and short names in the code lead to verbs that are there", async () => {
  const sources = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"));
  const lines = sources.flatMap((file) => [
    ...read(file).matchAll(/\\`(steward [a-z][^`$\\]*)\\`|`(steward [a-z][^`$\\]*)`/g),
  ]);
  const problems = await Promise.all(lines.map(([, escaped, plain]) => problemWith(escaped ?? plain ?? "")));
  expect(lines.length).toBeGreaterThan(10);
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  for (const operation of Object.values(ALIASES)) expect(all.map(({ name }) => name)).toContain(operation);
  for (const { like } of Object.values(LOCAL_VERBS)) if (like) expect(all.map(({ name }) => name)).toContain(like);
  for (const { fieldsOf } of Object.values(LOCAL_VERBS)) {
    const operation = all.find(({ name }) => name === fieldsOf?.operation);
    if (fieldsOf)
      expect(Object.keys(operation?.input.shape ?? {})).toEqual(expect.arrayContaining([...fieldsOf.names]));
  }
});
