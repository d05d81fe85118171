/** Presets: roles that work together, written as Markdown files into the home for people to change. */
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseRoleFile } from "../../task/project/role-file.ts";
import { refusalFailure, usageFailure } from "../failure.ts";

export const PRESETS = ["plain", "review", "oodatcaa"] as const;
export type PresetName = (typeof PRESETS)[number];

export function presetNamed(name: string): PresetName {
  const known = PRESETS.find((preset) => preset === name);
  if (known) return known;
  throw usageFailure(
    `There is no preset ${JSON.stringify(name)}.`,
    `There are ${PRESETS.join(", ")}: see docs/stages.md.`,
  );
}

export interface PresetValues {
  readonly agent: string;
  /** Who looks at what the first has done; the same where there is only one. */
  readonly other: string;
  readonly gates: readonly string[];
  /** The branch that finished work becomes part of. */
  readonly into: string;
}

export interface RoleText {
  readonly role: string;
  readonly text: string;
}

/** What became of a preset. */
export interface PresetWritten {
  readonly name: string;
  /** Paths of the files that are new. */
  readonly written: readonly string[];
  readonly roles: readonly string[];
  readonly gates: readonly string[];
  /** The file that named the gates; null where somebody did, or nobody. */
  readonly gatesFrom: string | null;
}

/** The files of a preset as they would be written. */
export function presetRoles(packageRoot: string, name: PresetName, values: PresetValues): RoleText[] {
  const directory = join(packageRoot, "presets", name);
  const files = readdirSync(directory).filter((file) => file.endsWith(".md"));
  return files.sort().map((file) => {
    const text = filled(readFileSync(join(directory, file), "utf8"), values);
    const read = parseRoleFile(text, file);
    if ("problems" in read) throw new Error(`the preset ${name} cannot be read: ${JSON.stringify(read.problems)}`);
    return { role: basename(file, ".md"), text };
  });
}

/** JSON is YAML: whatever a command looks like, it stays one text. */
function filled(text: string, { agent, other, gates, into }: PresetValues): string {
  const fields: Readonly<Record<string, unknown>> = { AGENT: agent, OTHER: other, GATES: gates, TARGET: into };
  const lines = text.split("\n").filter((line) => gates.length > 0 || line !== "gates: GATES");
  return lines
    .map((line) => {
      const [whole = "", start = "", name = ""] = /^(\s*[a-z]+: )([A-Z]+)$/i.exec(line) ?? [];
      return whole !== "" && Object.hasOwn(fields, name) ? `${start}${JSON.stringify(fields[name])}` : line;
    })
    .join("\n");
}

/** All or none; one that is there already as it would be written stays. Returns the paths of those that are new. */
export function writeRoles(directory: string, roles: readonly RoleText[]): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const places = roles.map(({ role, text }) => ({ path: join(directory, `${role}.md`), text }));
  const wanted = places.filter(({ path, text }) => {
    const there = textOf(path);
    if (there !== undefined && there !== text) throw isThere(path);
    return there === undefined;
  });
  const done: string[] = [];
  try {
    for (const { path, text } of wanted) {
      writeNew(path, text);
      done.push(path);
    }
  } catch (error) {
    for (const path of done) rmSync(path, { force: true });
    throw error;
  }
  return done;
}

/** Never half, and never over one that somebody else has just written. */
function writeNew(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, path);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? isThere(path) : error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isThere(path: string): Error {
  return refusalFailure({
    code: "conflict",
    message: `${path} is there already and says something else; no role was written.`,
    hint: "Move it away, or change it by hand.",
  });
}
