/** Which version of Steward this is: from the package.json above the sources or the bundle. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export function packageVersion(from: string = import.meta.dirname): string {
  const file = join(from, "package.json");
  if (existsSync(file)) return String((JSON.parse(readFileSync(file, "utf8")) as { version: string }).version);
  return from === dirname(from) ? "0.0.0" : packageVersion(dirname(from));
}
