/** Presets: roles that work together, written as Markdown files into the home for people to change. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseRoleFile } from "../../task/project/role-file.ts";
import { usageFailure } from "../failure.ts";
import type { RolesWritten, RoleText } from "./write-roles.ts";

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

/** What became of a preset. */
export interface PresetWritten extends RolesWritten {
  readonly name: string;
  readonly roles: readonly string[];
  readonly gates: readonly string[];
  /** The file that named the gates; null where somebody did, or nobody. */
  readonly gatesFrom: string | null;
}

/** Who is known to be able to work: whose login is known is judged by that, whatever else the settings name is the user's own. */
export function otherAgent(first: string, agents: readonly string[], notLoggedIn: ReadonlySet<string>): string {
  return agents.find((name) => name !== first && !notLoggedIn.has(name)) ?? first;
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
