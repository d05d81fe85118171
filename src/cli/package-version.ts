/** Which version of Steward this is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function versionOf(packageRoot: string): string {
  return String(JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version);
}
