/** The settings file as a source of definitions on a single host: projects, agents and roles, all of it at once or nothing. */
import { type Apply, applyDefinitions, type Declared } from "../project/definition.store.ts";
import { allProjects, keepProject } from "../project/project.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Settings } from "../settings.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Role } from "../task/role.ts";
import type { SecretBook } from "../trust/secret-book.ts";

const ACTOR = "host:settings";

export async function applySettings(store: Store, next: Settings, secretBook: SecretBook): Promise<void> {
  const { agents, webhooks } = next;
  secretBook.learn(Object.values(agents).flatMap((agent) => Object.values(agent.env ?? {})));
  secretBook.learn(Object.values(webhooks).flatMap(({ secret, headers }) => [secret, ...Object.values(headers ?? {})]));
  await store.write((tx) => define(tx, next));
}

async function define(tx: Tx, { agents, roles, projects }: Settings): Promise<void> {
  const from = { source: "settings", actor: ACTOR, complete: true } as const satisfies Partial<Apply>;
  const ofAgents = Object.entries(agents).map(([name, body]) => ({ kind: "agent" as const, name, body }));
  await applyDefinitions(tx, {
    ...from,
    projectId: DEFAULT_PROJECT.id,
    declared: [...ofAgents, ...declaredRoles(roles)],
  });
  const named = new Set<number>();
  for (const [name, { directory, roles: own = {} }] of Object.entries(projects)) {
    const projectId = await keepProject(tx, name, directory, ACTOR);
    named.add(projectId);
    await applyDefinitions(tx, { ...from, projectId, declared: declaredRoles(own) });
  }
  for (const { id } of await allProjects(tx)) {
    if (id === DEFAULT_PROJECT.id || named.has(id)) continue;
    await applyDefinitions(tx, { ...from, projectId: id, declared: [] });
  }
}

function declaredRoles(roles: Readonly<Record<string, Role>>): Declared[] {
  return Object.entries(roles).map(([name, body]) => ({ kind: "role", name, body }));
}
