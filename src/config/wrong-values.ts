/** Holds the values of a settings file against the schema, in words that name kinds and never a value. */
import type * as z from "zod";
import { closest, didYouMean } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

export interface WrongValue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string;
  /** The name is wrong and not its value. */
  readonly isName: boolean;
}

export type Checked<T> =
  | { readonly ok: true; readonly settings: T }
  | { readonly ok: false; readonly wrong: readonly WrongValue[] };

export function checkValues<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const parsed = schema.safeParse(value, { error: say });
  if (parsed.success) return { ok: true, settings: parsed.data };
  return { ok: false, wrong: parsed.error.issues.flatMap((issue) => wrongValues(issue, value)) };
}

/** `missing; expected a string`, or `expected a string, found a number`: for schemas that word their own errors, too. */
export function expected(what: string, input: unknown): string {
  return input === undefined ? `missing; expected ${what}` : `expected ${what}, found ${kindOf(input)}`;
}

/** Stands for "look into the options"; an author's own message for a union is kept as it is. */
const SEE_OPTIONS = "fits none of the allowed forms";

function wrongValues(issue: Issue, root: unknown, above: readonly PropertyKey[] = []): WrongValue[] {
  const path = [...above, ...issue.path];
  const { message } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], message: "unknown key here", isName: true }));
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? message, isName: true }];
    case "invalid_union": {
      const branch = message === SEE_OPTIONS ? likeliest(issue.errors) : undefined;
      if (branch) return branch.flatMap((inner) => wrongValues(inner, root, path));
      return [
        {
          path,
          message,
          ...hintFor("options" in issue ? issue.options : [], valueAt(root, path)),
          isName: false,
        },
      ];
    }
    case "invalid_value":
      return [{ path, message, ...hintFor(issue.values, valueAt(root, path)), isName: false }];
    default:
      return [{ path, message, isName: false }];
  }
}

/** Of the options whose kind fits, the one with the fewest faults. */
function likeliest(errors: readonly Issue[][]): Issue[] | undefined {
  return errors.filter((branch) => !branch.some(isWrongKind)).sort((a, b) => a.length - b.length)[0];
}

function isWrongKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return issue.errors.every((branch) => branch.some(isWrongKind));
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (Object(at) === at ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    root,
  );
}

function hintFor(allowed: readonly unknown[] | undefined, found: unknown) {
  if (typeof found !== "string") return {};
  const meant = closest(
    found,
    (allowed ?? []).filter((word) => typeof word === "string"),
  );
  return meant === undefined ? {} : { hint: didYouMean(meant) };
}

function say(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return expected(kindName(issue.expected), issue.input);
    case "invalid_value":
      return expected(oneOf(issue.values), issue.input);
    case "invalid_union":
      return sayUnion(issue);
    case "too_small":
      return `must ${bound(issue.origin, "at least", issue.minimum, issue.inclusive)}`;
    case "too_big":
      return `must ${bound(issue.origin, "at most", issue.maximum, issue.inclusive)}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "regex" ? `does not have the form ${issue.pattern}` : `is not a valid ${issue.format}`;
    case "custom":
      return "is not allowed";
    default:
      return undefined;
  }
}

function sayUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if ("options" in issue && Array.isArray(issue.options)) {
    const field = issue.discriminator as string;
    return expected(oneOf(issue.options), (issue.input as Record<string, unknown> | undefined)?.[field]);
  }
  const errors = issue.errors as readonly Issue[][];
  if (likeliest(errors)) return SEE_OPTIONS;
  return expected([...new Set(errors.flat().flatMap(kindsWanted))].join(" or "), issue.input);
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

function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

function kindOf(input: unknown): string {
  if (input === null) return "null";
  if (Array.isArray(input)) return "an array";
  if (typeof input === "number" && !Number.isFinite(input)) return "a number that is too large";
  if (typeof input === "number" && !Number.isInteger(input)) return "a fraction";
  if (typeof input === "boolean") return String(input);
  return kindName(typeof input);
}

function oneOf(values: readonly unknown[]): string {
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
