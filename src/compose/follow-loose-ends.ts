/** Keeps in sight what roles name that is not there, as they hold now: for the status, and once in the log. */
import type { Catalog } from "../agent/catalog.ts";
import type { Log } from "../core/log.ts";
import { allProjects } from "../project/project.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { looseEnds } from "../task/project/loose-ends.ts";
import type { Role } from "../task/role.ts";

export interface LooseEnds {
  /** Each as a sentence. */
  sentences(): readonly string[];
  /** After each change of what holds. Resolves when `sentences` shows it. */
  look(): Promise<void>;
}

export interface LooseEndsOptions {
  readonly store: Store;
  readonly log: Log;
  readonly catalog: () => Catalog;
  readonly settings: () => Settings;
  /** Where role files of the home lie. */
  readonly roleFiles: string;
}

export function followLooseEnds({ store, log, catalog, settings, roleFiles }: LooseEndsOptions): LooseEnds {
  let sentences: readonly string[] = [];
  let looking: Promise<void> = Promise.resolve();
  const lookOnce = async () => {
    const ids = new Map((await allProjects(store.read)).map(({ key, id }) => [key, id]));
    const { roles, projects } = settings();
    const current = catalog();
    const laid = Object.keys(projects).map((name) => [name, bodies(current, ids.get(name))]);
    const found = looseEnds({
      agents: [...current.agents.keys()],
      general: bodies(current, DEFAULT_PROJECT.id),
      ofProjects: Object.fromEntries(laid),
      // Of a broken file holds what it said last.
      isTold: () => true,
      settings: { roles, projects },
      roleFiles,
    });
    const isNew = found.length > 0 && found.join("\n") !== sentences.join("\n");
    sentences = found;
    if (isNew) log.warn("roles name what is not there, or never end: such tasks wait", { problems: found });
  };
  const look = () => {
    looking = looking.then(lookOnce).catch((error: unknown) => log.error("roles could not be looked at", { error }));
    return looking;
  };
  return { sentences: () => sentences, look };
}

function bodies(catalog: Catalog, projectId: number = DEFAULT_PROJECT.id): Record<string, Role> {
  return Object.fromEntries([...catalog.rolesOf(projectId)].map(([name, { body }]) => [name, body]));
}
