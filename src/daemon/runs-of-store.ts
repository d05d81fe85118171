/** The directories of runs are named by numbers that a store gives: those of another store's runs must not be taken for this one's. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HomePaths } from "../core/home.ts";
import { StartFailure } from "./start-failure.ts";

/** In the home; missing: the runs are of the SQLite store beside it. */
const FILE = "runs-of-store";
const SQLITE = "sqlite";

/** Throws `StartFailure` when runs of another store lie in the home. `address`: undefined for SQLite in the home. */
export function claimRunsDirectory({ home, runs }: HomePaths, address: string = SQLITE): void {
  const file = join(home, FILE);
  const owner = ownerIn(file);
  if (owner === address) return;
  if (readdirSync(runs).length > 0) {
    throw new StartFailure("conflict", `The runs in ${runs} are those of another store (${owner}).`, {
      hint: `Use another home for this store; or, when none of them lives any more, move ${runs} away.`,
    });
  }
  writeFileSync(file, `${address}\n`, { mode: 0o600 });
}

function ownerIn(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return SQLITE;
  }
}
