/** Says in plain words what is wrong with a value that a schema does not take: one vocabulary for settings and for operations. */
import type * as z from "zod";

export type Issue = z.core.$ZodIssue;

export interface Fault {
  /** `needs.0.policy`; `(input)` is all of it. */
  readonly field: string;
  readonly problem: string;
}

/** What is wrong with an operation's input, field by field; undefined when nothing is. */
export function faultsOf<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): { readonly value: z.output<Schema> } | { readonly faults: readonly Fault[] } {
  const parsed = schema.safeParse(input, { error: sayPlainly });
  return parsed.success ? { value: parsed.data } : { faults: parsed.error.issues.flatMap((issue) => faults(issue)) };
}

/** Stands for "look into the options"; an author's own message for a union is kept as it is. */
export const SEE_OPTIONS = "fits none of the allowed forms";

function faults(issue: Issue, above: readonly PropertyKey[] = []): Fault[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: named([...path, key]), problem: "is not known here" }));
  }
  const branch = issue.code === "invalid_union" && issue.message === SEE_OPTIONS ? likeliest(issue.errors) : undefined;
  if (branch) return branch.flatMap((inner) => faults(inner, path));
  return [{ field: named(path), problem: issue.message }];
}

/** A name from outside may be of any length; nobody reads more. */
const SHOWN_CHARACTERS = 200;

function named(path: readonly PropertyKey[]): string {
  const name = path.map(String).join(".");
  return name === "" ? "(input)" : name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}…` : name;
}

function sayPlainly(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && ["invalid_type", "invalid_value", "invalid_union"].includes(issue.code)) {
    return "is missing";
  }
  switch (issue.code) {
    case "invalid_type":
      return `must be ${wantedKind(issue)}`;
    case "invalid_value":
      return `must be ${issue.values.length > 2 ? "one of " : ""}${oneOf(issue.values)}`;
    case "invalid_union":
      return sayUnion(issue);
    default:
      return sayRule(issue);
  }
}

/** What a whole number is told by its schema, not by the kind that the language knows. */
function wantedKind({ expected, inst }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  const { format = "" } = (inst?._zod.def ?? {}) as { readonly format?: string };
  return kindName(expected === "number" && format.includes("int") ? "int" : expected);
}

function sayUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if ("options" in issue && Array.isArray(issue.options))
    return `must say as ${issue.discriminator} ${oneOf(issue.options)}`;
  return likeliest(issue.errors) ? SEE_OPTIONS : `must be ${kindsOf(issue.errors)}`;
}

/** Rules beyond the kind of a value. */
export function sayRule(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "too_small":
      return `must ${bound(issue.origin, "at least", issue.minimum, issue.inclusive)}`;
    case "too_big":
      return `must ${bound(issue.origin, "at most", issue.maximum, issue.inclusive)}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return sayFormat(issue);
    case "invalid_key":
      return "has a name that is not allowed";
    case "custom":
      return "is not allowed";
    default:
      return undefined;
  }
}

function sayFormat({ format, pattern }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  if (format === "datetime") return "must be a time such as 2030-12-31T17:00:00Z";
  return format === "regex" ? `does not have the form ${pattern}` : `is not a valid ${format}`;
}

/** Of the options whose kind fits, the one with the fewest faults. */
export function likeliest(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return errors.filter((branch) => !branch.some(isWrongKind)).sort((a, b) => a.length - b.length)[0];
}

function isWrongKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return issue.errors.every((branch) => branch.some(isWrongKind));
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

/** All kinds that any of the options takes. */
export function kindsOf(errors: readonly (readonly Issue[])[]): string {
  return [...new Set(errors.flat().flatMap(kindsWanted))].join(" or ");
}

function kindsWanted(issue: Issue): string[] {
  if (issue.path.length > 0) return [];
  if (issue.code === "invalid_union") return issue.errors.flat().flatMap(kindsWanted);
  if (issue.code === "invalid_type") return [kindName(issue.expected)];
  return issue.code === "invalid_value" ? [oneOf(issue.values)] : [];
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  tuple: "an array",
  object: "an object",
  record: "an object",
  null: "null",
};

export function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

export function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value) ?? "nothing");
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function bound(origin: string, side: string, limit: number | bigint, inclusive: boolean | undefined): string {
  const amount =
    inclusive === false ? `${side === "at least" ? "more than" : "less than"} ${limit}` : `${side} ${limit}`;
  if (origin === "string") return `have ${amount} ${limit === 1 ? "character" : "characters"}`;
  if (origin === "array" || origin === "set") return `hold ${amount} ${limit === 1 ? "item" : "items"}`;
  return `be ${amount}`;
}
