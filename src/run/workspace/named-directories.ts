/** Directories that are called after rows, as `run-42`, and go when their row says so. What is not called so is somebody else's and stays. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Noun, parseId } from "../../core/ids.ts";
import { removeTree } from "../../core/remove-tree.ts";

/** Rows asked for in one query. */
const WINDOW = 200;

export interface Gone {
  readonly what: "old" | "stray";
  readonly problem?: string;
}

export interface Named<Row> {
  readonly directory: string;
  readonly kind: Noun;
  readonly rowsOf: (ids: readonly number[]) => Promise<readonly Row[]>;
  readonly judge: (path: string, row: Row | undefined) => Promise<Gone["what"] | false>;
  /** Only count. */
  readonly dryRun: boolean;
  readonly isStopping: () => boolean;
}

/** Names are read before rows: whatever has a directory had its row before. */
export async function removeNamed<Row extends { readonly id: number }>(named: Named<Row>): Promise<Gone[]> {
  const { directory, kind, rowsOf, judge, dryRun, isStopping } = named;
  const all = (await namesIn(directory)).flatMap((name) => {
    const id = parseId(kind, name);
    return id === undefined ? [] : [{ id, path: join(directory, name) }];
  });
  const gone: Gone[] = [];
  for (let at = 0; at < all.length; at += WINDOW) {
    const some = all.slice(at, at + WINDOW);
    const rows = new Map((await rowsOf(some.map(({ id }) => id))).map((row) => [row.id, row]));
    for (const { id, path } of some) {
      if (isStopping()) return gone;
      const what = await judge(path, rows.get(id));
      if (what) gone.push(dryRun ? { what } : await removed(path, what));
    }
  }
  return gone;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function removed(path: string, what: Gone["what"]): Promise<Gone> {
  try {
    await removeTree(path);
    return { what };
  } catch (error) {
    return { what, problem: error instanceof Error ? error.message : String(error) };
  }
}
