/** The agents and roles that hold now, as the engine asks for them: read from the store, renewed when a definition changes. */
import { subscribe } from "../event/event.store.ts";
import { allDefinitions } from "../project/definition.store.ts";
import type { Definition } from "../project/definition.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Store } from "../store/store.ts";
import { Role } from "../task/role.ts";
import { unhealthyAgents } from "./agent.store.ts";
import { Agent } from "./agent.ts";

export interface Versioned<T> {
  readonly name: string;
  readonly version: number;
  readonly body: T;
}

export type Roles = ReadonlyMap<string, Versioned<Role>>;

export interface Catalog {
  /** What a project's tasks may ask for: its own roles, field by field over those of the default project, and the rest of these. */
  readonly rolesOf: (projectId: number) => Roles;
  readonly role: (projectId: number, name: string) => Versioned<Role> | undefined;
  /** Those with roles of their own. */
  readonly projectIds: readonly number[];
  /** Of the host, whichever project a task is of. */
  readonly agents: ReadonlyMap<string, Versioned<Agent>>;
  /** Configured agents to why nothing is claimed for them. */
  readonly unhealthy: ReadonlyMap<string, string>;
}

export interface CatalogSource {
  current(): Catalog;
  /** Resolves when everything committed so far is in `current`. */
  renewed(): Promise<void>;
  stop(): void;
}

/** `onRenewed` is called after each change, when `current` already shows it. */
export async function openCatalog(store: Store, onRenewed: () => void): Promise<CatalogSource> {
  let renewing: Promise<void> = Promise.resolve();
  let current = catalogOf({ roles: new Map(), agents: new Map(), unhealthy: new Map() });
  const renew = async () => {
    current = await readCatalog(store);
    onRenewed();
  };
  const stop = subscribe(store, ({ topic }) => {
    if (!topic.startsWith("definition.") && !topic.startsWith("agent.")) return;
    // One that could not be read is read again at the next change; whoever waits for it is told.
    renewing = renewing.catch(() => {}).then(renew);
    renewing.catch(() => {});
  });
  // Read after listening, so that no change falls between the two.
  current = await readCatalog(store);
  return { current: () => current, renewed: () => renewing, stop };
}

export interface CatalogParts extends Pick<Catalog, "agents" | "unhealthy"> {
  /** By project; the default project's hold for all. */
  readonly roles: ReadonlyMap<number, Roles>;
}

export function catalogOf({ roles, agents, unhealthy }: CatalogParts): Catalog {
  const general = roles.get(DEFAULT_PROJECT.id) ?? new Map();
  const laid = new Map([...roles].map(([projectId, own]) => [projectId, over(own, general)]));
  const rolesOf = (projectId: number) => laid.get(projectId) ?? general;
  const role = (projectId: number, name: string) => rolesOf(projectId).get(name);
  return { rolesOf, role, projectIds: [...laid.keys()], agents, unhealthy };
}

/** By role: how many of its tasks may be at work at once. */
export function wipLimitsOf(roles: Roles, { wipRuns }: { readonly wipRuns: number }): Record<string, number> {
  return Object.fromEntries([...roles].map(([name, { body }]) => [name, body.wipLimit ?? wipRuns]));
}

/** Its version counts the changes of both, so that one number means one body. */
function over(own: Roles, general: Roles): Roles {
  if (own === general) return own;
  const all = new Map(general);
  for (const [name, { version, body }] of own) {
    const below = general.get(name);
    all.set(name, { name, version: version + (below?.version ?? 0), body: { ...below?.body, ...body } });
  }
  return all;
}

async function readCatalog(store: Store): Promise<Catalog> {
  const definitions = await allDefinitions(store.read);
  const unhealthy = await unhealthyAgents(store.read);
  const agents = byName(definitions.get(DEFAULT_PROJECT.id) ?? [], "agent", (body) => Agent.parse(body));
  return catalogOf({
    roles: new Map([...definitions].map(([id, all]) => [id, byName(all, "role", (body) => Role.parse(body))])),
    agents,
    unhealthy: new Map([...unhealthy].filter(([agent]) => agents.has(agent))),
  });
}

function byName<T>(
  definitions: readonly Definition[],
  kind: string,
  parse: (body: unknown) => T,
): Map<string, Versioned<T>> {
  const entries = definitions.filter((definition) => definition.kind === kind);
  return new Map(entries.map(({ name, version, body }) => [name, { name, version, body: parse(body) }]));
}
