/** Against the catalogue of everything that there is: whatever is typed is read or refused, and what is valid can be typed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { GLOBAL_FIELDS, leadingWords, readArguments, UnknownFlag } from "../../src/cli/argv.ts";
import { type CatalogueField, findOperation, type Typed } from "../../src/cli/catalogue.ts";
import { Failure } from "../../src/cli/failure.ts";
import { everyVerb } from "../../src/cli/help-text.ts";
import { liveCatalogue } from "../../src/cli/live-catalogue.ts";
import { resolveVerb } from "../../src/cli/resolve-verb.ts";
import { ALIASES, LOCAL_VERBS } from "../../src/cli/verbs.ts";
import { resolveHome } from "../../src/core/home.ts";
import { Refusal } from "../../src/core/refusal.ts";
import { operations } from "../../src/operations.ts";
import { inputsOf } from "./any-input.ts";

const catalogue = liveCatalogue();
const verbs = await everyVerb({ catalogue, localVerbs: LOCAL_VERBS, aliases: ALIASES });
const flags = [...new Set([...verbs.values()].flatMap(({ fields }) => [...fields, ...GLOBAL_FIELDS].flatMap(flagsOf)))];

function flagsOf({ flag, short }: CatalogueField): string[] {
  return short === undefined ? [`--${flag}`] : [`--${flag}`, `-${short}`];
}

const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "",
    "-",
    "--",
    "-1",
    "1e999",
    "0x10",
    "NaN",
    "9".repeat(400),
    "1d",
    "0.5ms",
    "[",
    "[1,",
    "{}",
    "null",
  ),
  fc.constantFrom(
    "2030-02-31",
    "2030-01-01T25:00",
    "+275760-09-13",
    "a,b,,",
    "true",
    "__proto__",
    "constructor",
    "=",
    "--=x",
  ),
  fc.json({ maxDepth: 2 }),
);
const word = fc.oneof(
  { weight: 3, arbitrary: value },
  { weight: 3, arbitrary: fc.constantFrom(...flags) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...flags), value).map(([flag, text]) => `${flag}=${text}`) },
);

test("any words are a verb with an input, or one of three refusals", async () => {
  const typed = fc.tuple(fc.constantFrom(...verbs.keys(), "", "nonsense", "task"), fc.array(word, { maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(typed, fc.nat(8), async ([verb, more], at) => {
      const argv = more.toSpliced(Math.min(at, more.length), 0, ...verb.split(" "));
      const { words, rest } = leadingWords(argv);
      const resolved = await resolveVerb(words, catalogue);
      if (!resolved) return;
      const read = readOrRefusal(resolved.words.join(" "), resolved.typed, [
        ...words.slice(resolved.words.length),
        ...rest,
      ]);
      if (read === undefined) return;
      const names = new Set(resolved.typed.fields.map(({ name }) => name));
      expect(Object.keys(read.input).filter((name) => !names.has(name))).toEqual([]);
      expect(read.globals.waitLimitMs).toBeGreaterThanOrEqual(0);
      expect(resolveHome({ flag: read.globals.home, env: {} })).toMatch(/^\/./);
    }),
    { numRuns: 5_000 },
  );
});

function readOrRefusal(verb: string, typed: Typed, argv: readonly string[]) {
  try {
    return readArguments(verb, typed, argv);
  } catch (error) {
    if (error instanceof UnknownFlag) return undefined;
    if (error instanceof Failure && error.exit === 2) return undefined;
    if (error instanceof Refusal && error.code === "invalid_input") return undefined;
    throw error;
  }
}

test.each(
  operations.map((operation) => [operation.name, operation] as const),
)("every valid input of %s can be typed, as flags or by position", async (name, { input }) => {
  const typed = await findOperation(name, catalogue);
  if (!typed) throw new Error(`${name} is not in the catalogue`);
  let valid = 0;
  fc.assert(
    fc.property(inputsOf(input), fc.boolean(), (any, byPosition) => {
      const wanted = JSON.parse(JSON.stringify(any)) as Record<string, unknown>;
      if (!input.safeParse(wanted).success) return;
      valid += 1;
      const read = readArguments(name, typed, rendered(typed, wanted, byPosition));
      expect(read.input).toEqual(wanted);
      expect(input.safeParse(read.input)).toEqual(input.safeParse(wanted));
    }),
    { numRuns: 200 },
  );
  expect(valid).toBeGreaterThan(10);
});

function rendered({ args, fields }: Typed, input: Record<string, unknown>, byPosition: boolean): string[] {
  const positions = byPosition ? args.slice(0, leading(args, input)) : [];
  const flagged = fields.filter(({ name }) => input[name] !== undefined && !positions.includes(name));
  const given = flagged.map((field) => `--${field.flag}=${textOf(field, input[field.name])}`);
  const placed = positions.map((name) =>
    textOf(
      fields.find((field) => field.name === name),
      input[name],
    ),
  );
  return [...given, "--", ...placed];
}

/** Positions are taken from the first on, without one left out. */
function leading(args: readonly string[], input: Record<string, unknown>): number {
  const missing = args.findIndex((name) => input[name] === undefined);
  return missing < 0 ? args.length : missing;
}

function textOf(field: CatalogueField | undefined, given: unknown): string {
  if (field?.type === "duration") return durationText(Number(given), field.unit ?? "s");
  return typeof given === "string" && field?.type !== "json" ? given : JSON.stringify(given);
}

/** In the largest unit that says it exactly: `90s` as it is, `120s` as `2m`. */
function durationText(amount: number, unit: string): string {
  const units = ["ms", "s", "m", "h", "d"];
  const perNext = [1000, 60, 60, 24];
  let at = units.indexOf(unit);
  let left = amount;
  for (let per = perNext[at]; per !== undefined && left > 0 && left % per === 0; per = perNext[at]) {
    left /= per;
    at += 1;
  }
  return `${left}${units[at]}`;
}
