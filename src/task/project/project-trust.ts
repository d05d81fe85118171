/** What trusting a project's own files would change, field by field, and how it stands with them. */
import { newest } from "../../project/definition.store.ts";
import { type Definition, type DefinitionRow, merge } from "../../project/definition.ts";
import { type ProjectRow, setupOf } from "../../project/project.store.ts";
import { DEFAULT_PROJECT } from "../../project/project.tables.ts";
import type { Project } from "../../project/project.ts";
import type { Reader } from "../../store/store.ts";
import { gateCommand } from "../gate.ts";
import { Role } from "../role.ts";
import type { ProjectContent } from "./project-file.ts";
import { rolesOver } from "./project-settings.ts";

/**
 * `none`: it has no files of its own. `untrusted`: they count for nothing. `changed` and `gone`: what was trusted before holds, and
 * what lies there now does not. `broken`: it cannot be trusted as it is.
 */
export const TRUST_STATES = ["none", "untrusted", "trusted", "changed", "gone", "broken"] as const;
export type TrustState = (typeof TRUST_STATES)[number];

export function trustState(
  content: ProjectContent,
  { trusted_digest }: Pick<ProjectRow, "trusted_digest">,
): TrustState {
  if (content.problems.length > 0) return "broken";
  if (content.digest === null) return trusted_digest === null ? "none" : "gone";
  if (trusted_digest === null) return "untrusted";
  return content.digest === trusted_digest ? "trusted" : "changed";
}

type Roles = Readonly<Record<string, Role>>;
type Value = string | number | boolean | null | object;

export interface RoleChange {
  readonly role: string;
  readonly change: "added" | "changed" | "removed";
  readonly fields: readonly { readonly field: string; readonly from: Value | null; readonly to: Value | null }[];
}

export interface Review {
  readonly roles: readonly RoleChange[];
  readonly setup: { readonly from: Value | null; readonly to: Value | null } | null;
  /** What would be run that is not now, each with when. */
  readonly commands: readonly { readonly when: string; readonly command: string }[];
}

/** As its tasks would see it: with what the host says of the same roles, which keeps the last word. */
export async function reviewOf(
  read: Reader,
  row: ProjectRow,
  content: ProjectContent,
  settings: Pick<Project, "setup"> | undefined,
): Promise<Review> {
  const general = rolesIn(merge(await newest(read, DEFAULT_PROJECT.id)));
  const rows = await newest(read, row.id);
  const before = rolesOver(rolesIn(merge(rows)), general);
  const after = rolesOver(rolesIn(merge(withContent(rows, content))), general);
  const roles = changesBetween(before, after);
  const from = settings?.setup ?? setupOf(row) ?? null;
  const to = settings?.setup ?? content.setup ?? null;
  const setup = same(from, to) ? null : { from, to };
  const ofSetup = setup && to !== null ? [{ when: "setup of each workspace", command: shown(to) }] : [];
  return { roles, setup, commands: [...ofSetup, ...newGates(before, after)] };
}

function withContent(rows: readonly DefinitionRow[], { roles }: ProjectContent): DefinitionRow[] {
  const own = Object.entries(roles).map(
    ([name, body]): DefinitionRow => ({
      kind: "role",
      name,
      source: "project",
      version: 1,
      body: JSON.stringify(body),
    }),
  );
  return [...rows.filter(({ source }) => source !== "project"), ...own];
}

function rolesIn(definitions: readonly Definition[]): Roles {
  const roles = definitions.filter(({ kind }) => kind === "role");
  return Object.fromEntries(roles.map(({ name, body }) => [name, Role.parse(body)]));
}

function changesBetween(before: Roles, after: Roles): RoleChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((role): RoleChange[] => {
    const [old, now] = [before[role], after[role]];
    const fields = fieldsBetween(old ?? {}, now ?? {});
    if (old && now && fields.length === 0) return [];
    return [{ role, change: old === undefined ? "added" : now === undefined ? "removed" : "changed", fields }];
  });
}

function fieldsBetween(old: Role, now: Role): RoleChange["fields"] {
  const fields = (role: Role) => new Map<string, Value | undefined>(Object.entries(role));
  const from = fields(old);
  const to = fields(now);
  return [...new Set([...from.keys(), ...to.keys()])]
    .sort()
    .filter((field) => !same(from.get(field), to.get(field)))
    .map((field) => ({ field, from: from.get(field) ?? null, to: to.get(field) ?? null }));
}

function newGates(before: Roles, after: Roles): { when: string; command: string }[] {
  return Object.entries(after).flatMap(([role, { gates = [] }]) =>
    gates
      .filter((gate) => !(before[role]?.gates ?? []).some((old) => same(old.command, gate.command)))
      .map((gate) => ({ when: `gate ${gate.name} of ${role}`, command: gateCommand(gate).join(" ") })),
  );
}

function shown(command: string | object): string {
  return typeof command === "string" ? command : JSON.stringify(command);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What is not as its owner may think, as a sentence; undefined when nothing is. */
export function trustProblem(project: string, state: TrustState): string | undefined {
  const look = `\`steward project trust ${project}\` shows it and asks`;
  switch (state) {
    case "untrusted":
      return `The project "${project}" has files of its own (.steward) that nobody trusted: they count for nothing. ${look}.`;
    case "changed":
      return `The files of the project "${project}" (.steward) changed since they were trusted: what was trusted holds. ${look}.`;
    case "gone":
      return `The files of the project "${project}" (.steward) are gone: what was trusted holds. \`steward project untrust ${project}\` ends that.`;
    case "broken":
      return `The files of the project "${project}" (.steward) cannot be used: \`steward project get ${project}\` says why.`;
    default:
      return undefined;
  }
}
