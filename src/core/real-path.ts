/** Paths without links, so that two names of one directory are the same. */
import { realpathSync } from "node:fs";

/** As it is where nothing is there. */
export function realOr(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
