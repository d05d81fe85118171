/** What a repository itself calls its check: the commands that a preset's gates begin with. Nothing is run to find out. */
import { join } from "node:path";
import { readBoundedFile } from "../../config/bounded-file.ts";

/** Longer files tell nothing here. */
const MAX_BYTES = 1024 * 1024;

/** What npm writes into a new package.json. */
const NO_TEST = /no test specified/;

/** The first that is there, each by the file that says so. */
const KINDS: readonly { readonly file: string; readonly gates: (text: string) => readonly string[] }[] = [
  { file: "package.json", gates: ofPackage },
  { file: "Makefile", gates: ofMakefile },
  { file: "Cargo.toml", gates: () => ["cargo test"] },
  { file: "go.mod", gates: () => ["go test ./..."] },
  { file: "pyproject.toml", gates: (text) => (/pytest/.test(text) ? ["pytest -q"] : []) },
  { file: "pytest.ini", gates: () => ["pytest -q"] },
];

export interface GatesFound {
  readonly gates: readonly string[];
  /** Undefined where nothing was found. */
  readonly file?: string;
}

export function gatesHere(directory: string): GatesFound {
  for (const { file, gates } of KINDS) {
    const text = textOf(join(directory, file));
    const found = text === undefined ? [] : gates(text);
    if (found.length > 0) return { gates: found, file };
  }
  return { gates: [] };
}

function textOf(path: string): string | undefined {
  try {
    return readBoundedFile(path, MAX_BYTES).toString("utf8");
  } catch {
    // Not there, or nothing that could be read: then it says nothing.
    return undefined;
  }
}

function ofPackage(text: string): readonly string[] {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: Readonly<Record<string, unknown>> };
    const has = (name: string) => typeof scripts?.[name] === "string" && !NO_TEST.test(String(scripts[name]));
    return [...(has("lint") ? ["npm run lint"] : []), ...(has("test") ? ["npm test"] : [])];
  } catch {
    return [];
  }
}

/** Targets that people write for this; one is enough. */
function ofMakefile(text: string): readonly string[] {
  const target = ["check", "test"].find((name) => new RegExp(`^${name}\\s*:`, "m").test(text));
  return target === undefined ? [] : [`make ${target}`];
}
