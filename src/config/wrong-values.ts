/** Holds the values of a settings file against the schema, in words that name kinds and never a value. */
import type * as z from "zod";
import { type Issue, kindName, kindsOf, likeliest, oneOf, SEE_OPTIONS, sayRule } from "../core/plain-words.ts";
import { closest, didYouMean } from "./suggest.ts";

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
    default:
      return sayRule(issue);
  }
}

function sayUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if ("options" in issue && Array.isArray(issue.options)) {
    const field = issue.discriminator as string;
    return expected(oneOf(issue.options), (issue.input as Record<string, unknown> | undefined)?.[field]);
  }
  const errors = issue.errors as readonly Issue[][];
  if (likeliest(errors)) return SEE_OPTIONS;
  return expected(kindsOf(errors), issue.input);
}

function kindOf(input: unknown): string {
  if (input === null) return "null";
  if (Array.isArray(input)) return "an array";
  if (typeof input === "number" && !Number.isFinite(input)) return "a number that is too large";
  if (typeof input === "number" && !Number.isInteger(input)) return "a fraction";
  if (typeof input === "boolean") return String(input);
  return kindName(typeof input);
}
