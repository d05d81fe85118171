/** The agents and roles that hold now, as the engine asks for them: read from the store, renewed when a definition changes. */
import { subscribe } from "../event/event.store.ts";
import { currentDefinitions } from "../project/definition.store.ts";
import type { Definition } from "../project/definition.ts";
import type { Store } from "../store/store.ts";
import { Role } from "../task/role.ts";
import { unhealthyAgents } from "./agent.store.ts";
import { Agent } from "./agent.ts";

export interface Versioned<T> {
  readonly name: string;
  readonly version: number;
  readonly body: T;
}

export interface Catalog {
  readonly roles: ReadonlyMap<string, Versioned<Role>>;
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
export async function openCatalog(store: Store, projectId: number, onRenewed: () => void): Promise<CatalogSource> {
  let renewing: Promise<void> = Promise.resolve();
  let current: Catalog = { roles: new Map(), agents: new Map(), unhealthy: new Map() };
  const renew = async () => {
    current = await readCatalog(store, projectId);
    onRenewed();
  };
  const stop = subscribe(store, ({ topic }) => {
    if (!topic.startsWith("definition.") && !topic.startsWith("agent.")) return;
    // One that could not be read is read again at the next change; whoever waits for it is told.
    renewing = renewing.catch(() => {}).then(renew);
    renewing.catch(() => {});
  });
  // Read after listening, so that no change falls between the two.
  current = await readCatalog(store, projectId);
  return { current: () => current, renewed: () => renewing, stop };
}

async function readCatalog(store: Store, projectId: number): Promise<Catalog> {
  const definitions = await currentDefinitions(store.read, projectId);
  const unhealthy = await unhealthyAgents(store.read, projectId);
  const agents = byName(definitions, "agent", (body) => Agent.parse(body));
  return {
    roles: byName(definitions, "role", (body) => Role.parse(body)),
    agents,
    unhealthy: new Map(unhealthy.flatMap(({ agent, reason }) => (agents.has(agent) ? [[agent, reason]] : []))),
  };
}

function byName<T>(
  definitions: readonly Definition[],
  kind: string,
  parse: (body: unknown) => T,
): Map<string, Versioned<T>> {
  const entries = definitions.filter((definition) => definition.kind === kind);
  return new Map(entries.map(({ name, version, body }) => [name, { name, version, body: parse(body) }]));
}
