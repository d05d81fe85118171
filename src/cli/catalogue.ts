/** What the command line knows of the operations: generated from the registry, one small file for each noun. */
import { readdirSync, readFileSync } from "node:fs";
import type { TextField } from "../core/text.ts";
import type { Tool } from "../transports/mcp/tools.ts";

export interface CatalogueField extends TextField {
  /** Without its dashes: `timeout`. */
  readonly flag: string;
  /** One letter: `n` for `-n`. */
  readonly short?: string;
  readonly required?: true;
  readonly description?: string;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  /** May be given more than once: its value is the list of all. */
  readonly many?: true;
  /** Text that names a file or directory: made absolute, for the daemon stands elsewhere. */
  readonly path?: true;
}

/** Anything that can be typed: an operation, or a local verb. */
export interface Typed {
  readonly summary: string;
  /** Fields that are taken by position. */
  readonly args: readonly string[];
  readonly fields: readonly CatalogueField[];
  /** What is asked before; `{field}` is what was given. */
  readonly confirm?: string;
  /** Of an operation. */
  readonly effect?: "read" | "write" | "destroy";
  /** Of an operation that an agent asks for at its run's own socket, which $STEWARD_SOCKET names. */
  readonly forRun?: boolean;
}

/** Of a verb of the command line's own. */
export interface LocalTyped extends Typed {
  /** The operation whose arguments and flags it also takes. */
  readonly like?: string;
  /** The operation some of whose fields it takes, below its own. */
  readonly fieldsOf?: { readonly operation: string; readonly names: readonly string[] };
}

export interface CatalogueVerb extends Typed {
  readonly operation: string;
  readonly effect: NonNullable<Typed["effect"]>;
}

/** By verb. An operation whose name has no dot is the verb "" of its noun. */
export type CatalogueNoun = Readonly<Record<string, CatalogueVerb>>;

export interface Catalogue {
  noun(name: string): Promise<CatalogueNoun | undefined>;
  nouns(): Promise<readonly string[]>;
  /** What agents are offered over MCP. */
  tools(): Promise<readonly Tool[]>;
}

const NOUN = /^[a-z][a-z0-9-]*$/;

/** In the directory of a built catalogue; no noun, for it begins with a dot. */
export const TOOLS_FILE = ".tools.json";

/** The catalogue that the build wrote. Read without waiting: this is on the path of every call. */
export function builtCatalogue(directory: string): Catalogue {
  return {
    async noun(name) {
      if (!NOUN.test(name)) return undefined;
      try {
        return JSON.parse(readFileSync(`${directory}/${name}.json`, "utf8"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    nouns: async () =>
      readdirSync(directory).flatMap((file) => (/^[a-z].*\.json$/.test(file) ? [file.slice(0, -5)] : [])),
    tools: async () => JSON.parse(readFileSync(`${directory}/${TOOLS_FILE}`, "utf8")),
  };
}

export function catalogueOf(
  nouns: Readonly<Record<string, CatalogueNoun>>,
  tools: () => readonly Tool[] = () => [],
): Catalogue {
  return {
    noun: async (name) => (Object.hasOwn(nouns, name) ? nouns[name] : undefined),
    nouns: async () => Object.keys(nouns),
    tools: async () => tools(),
  };
}

/** By its own name: `task.submit`. */
export async function findOperation(name: string, catalogue: Catalogue): Promise<CatalogueVerb | undefined> {
  const [noun = "", verb = ""] = name.split(".");
  return (await catalogue.noun(noun))?.[verb];
}

/** What a local verb takes, together with what it takes of an operation: all of one that it is like, or some fields as that one has them. */
export async function withOperation(local: LocalTyped, catalogue: Catalogue): Promise<Typed> {
  const like = local.like === undefined ? undefined : await findOperation(local.like, catalogue);
  if (like) return { ...like, summary: local.summary, fields: [...like.fields, ...local.fields] };
  const { fieldsOf } = local;
  const other = fieldsOf && (await findOperation(fieldsOf.operation, catalogue));
  if (!other) return local;
  return { ...local, fields: [...local.fields, ...other.fields.filter(({ name }) => fieldsOf.names.includes(name))] };
}
