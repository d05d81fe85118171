/** Holds the names of a settings file against the schema: unknown, written twice, reserved. What passes becomes the value. */
import type { Node } from "jsonc-parser";
import type * as z from "zod";
import type { Fault } from "./problem.ts";
import { pathText } from "./problem.ts";
import { closest, didYouMean } from "./suggest.ts";

type Schema = z.core.$ZodType;
type Path = readonly PropertyKey[];

export interface KnownKeys {
  /** The file's value without the names that were refused. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Paths that somebody tried to write: what is missing there is said already. */
  readonly meant: ReadonlySet<string>;
}

export function checkKeys(root: Node, schema: Schema): KnownKeys {
  const faults: Fault[] = [];
  const meant = new Set<string>();
  const value = readValue(root, [schema], [], { faults, meant });
  return { value, faults, meant };
}

interface Findings {
  readonly faults: Fault[];
  readonly meant: Set<string>;
}

function readValue(node: Node, schemas: readonly Schema[], path: Path, findings: Findings): unknown {
  const fitting = schemas.flatMap((schema) => alternatives(schema, node));
  if (node.type === "object") return objectOf(node, fitting, path, findings);
  if (node.type !== "array") return node.value;
  const below = fitting.flatMap(({ _zod: { def } }) => (def.type === "array" ? [def.element as Schema] : []));
  return (node.children ?? []).map((child, at) => readValue(child, below, [...path, at], findings));
}

function objectOf(node: Node, schemas: readonly Known[], path: Path, findings: Findings): unknown {
  const entries = new Map<string, unknown>();
  const names = namesIn(schemas);
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (!key) continue;
    const name = String(key.value);
    const fault = refuseName(name, { names, taken: entries });
    if (fault) {
      findings.faults.push({ offset: key.offset, end: key.offset + key.length, path: [...path, name], ...fault });
      if (fault.meant !== undefined) findings.meant.add(pathText([...path, fault.meant]));
    } else if (value) {
      entries.set(name, readValue(value, names.below(name), [...path, name], findings));
    }
  }
  return Object.fromEntries(entries);
}

function refuseName(
  name: string,
  { names, taken }: { names: Names; taken: ReadonlyMap<string, unknown> },
): { message: string; hint?: string; meant?: string } | undefined {
  if (isReserved(name)) return { message: "this name is reserved" };
  if (taken.has(name)) return { message: "this name is written twice" };
  if (names.open || names.known.has(name)) return undefined;
  const meant = closest(name, names.known);
  return { message: "unknown key", ...(meant === undefined ? {} : { hint: didYouMean(meant), meant }) };
}

/** Names that every object of JavaScript answers to: as a key they would hide or be taken for something else. */
function isReserved(name: string): boolean {
  return name in Object.prototype || name === "prototype";
}

interface Names {
  readonly known: ReadonlySet<string>;
  /** Any name may stand here. */
  readonly open: boolean;
  readonly below: (name: string) => Schema[];
}

function namesIn(schemas: readonly Known[]): Names {
  const closed = schemas.flatMap(({ _zod: { def } }) => (def.type === "object" ? [def] : []));
  const anyName = schemas.flatMap(({ _zod: { def } }) => {
    if (def.type === "record") return [def.valueType as Schema];
    return def.type === "object" && def.catchall && def.catchall._zod.def.type !== "never" ? [def.catchall] : [];
  });
  return {
    known: new Set(closed.flatMap(({ shape }) => Object.keys(shape))),
    open: closed.length === 0 || anyName.length > 0 || schemas.some(mayTakeObjects),
    below: (name) => [
      ...closed.flatMap(({ shape }) => (Object.hasOwn(shape, name) && shape[name] ? [shape[name]] : [])),
      ...anyName,
    ],
  };
}

/** Kinds of which is known what objects they take; of any other kind nothing is known here. */
const UNDERSTOOD = new Set(
  "object record array tuple string number boolean null literal enum never template_literal".split(" "),
);

function mayTakeObjects({ _zod: { def } }: Known): boolean {
  return !UNDERSTOOD.has(def.type);
}

type Known = z.core.$ZodTypes;

/** What a schema may be once wrappers and unions are taken off. */
function alternatives(schema: Schema, node: Node): Known[] {
  const known = schema as Known;
  const { def } = known._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return alternatives(def.innerType as Schema, node);
    case "lazy":
      return alternatives(def.getter() as Schema, node);
    case "pipe":
      return alternatives(def.in as Schema, node);
    case "union":
      return chosenOptions(def, node).flatMap((option) => alternatives(option, node));
    default:
      return [known];
  }
}

/** Where a field tells which of the options is meant, only that one's names are known. */
function chosenOptions(def: z.core.$ZodUnionDef, node: Node): readonly Schema[] {
  const field = (def as Partial<z.core.$ZodDiscriminatedUnionDef>).discriminator;
  const property = node.children?.find(({ children }) => field !== undefined && children?.[0]?.value === field);
  const told = property?.children?.[1]?.value;
  const chosen = def.options.filter((option) => field !== undefined && option._zod.propValues?.[field]?.has(told));
  return chosen.length > 0 ? chosen : def.options;
}
