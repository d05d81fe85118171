/** Whether the settings say that the store is a database server's. Settings that cannot be read say nothing. */
import { readSettings } from "../config/load.ts";
import { fragments } from "../settings.ts";

export function isStoreElsewhere(settingsPath: string): boolean {
  const read = readSettings(settingsPath, fragments);
  return read.ok && read.settings.store.url !== undefined;
}
