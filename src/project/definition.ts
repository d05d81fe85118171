/** A definition: a named, versioned thing that a source (the settings file, an imported queue) says exists. */

export type DefinitionKind = "agent" | "role";

/** Where a definition comes from. What the settings file says wins over what an imported queue says, field by field. */
export const SOURCES = ["queue", "settings"] as const;
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
  const merged = new Map<string, Definition>();
  const bySource = [...rows].sort((a, b) => SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source));
  for (const { kind, name, version, body } of bySource) {
    if (body === null) continue;
    const key = `${kind} ${name}`;
    const below = merged.get(key);
    merged.set(key, {
      kind,
      name,
      version: Math.max(version, below?.version ?? 0),
      body: { ...below?.body, ...(JSON.parse(body) as Record<string, unknown>) },
    });
  }
  return [...merged.values()];
}
