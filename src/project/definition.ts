/** A definition: a named, versioned thing that a source (the settings file, a role file, a project's own file, an imported queue) says exists. */

export type DefinitionKind = "agent" | "role";

/**
 * Where a definition comes from; of two the later wins, field by field. `project` is a project's own file and roles, as a person
 * trusted them; `files` are the role files of the home.
 */
export const SOURCES = ["queue", "project", "files", "settings"] as const;
export type DefinitionSource = (typeof SOURCES)[number];

export interface Definition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The newest version of the newest source: what a run records. */
  readonly version: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DefinitionRow {
  kind: DefinitionKind;
  name: string;
  source: DefinitionSource;
  version: number;
  /** JSON, or null when its source took it back. */
  body: string | null;
}

/** One definition per (kind, name): bodies of several sources laid over each other in the order of SOURCES. */
export function merge(rows: readonly DefinitionRow[]): Definition[] {
  const byName = Map.groupBy(rows, ({ kind, name }) => `${kind} ${name}`);
  return [...byName.values()].flatMap((layers) => {
    const [first] = layers;
    const bodies = SOURCES.flatMap((source) => layers.find((layer) => layer.source === source)?.body ?? []);
    if (!first || bodies.length === 0) return [];
    return [
      {
        kind: first.kind,
        name: first.name,
        version: Math.max(...layers.map(({ version }) => version)),
        body: Object.assign({}, ...bodies.map((body) => JSON.parse(body) as object)) as Definition["body"],
      },
    ];
  });
}
