/** What would keep a daemon from starting with the settings file as it is now: what it says, and the files that it names. */
import { problemAt, readSettings } from "../config/load.ts";
import type { Problem } from "../config/problem.ts";
import type { HomePaths } from "../core/home.ts";
import { fragments } from "../settings.ts";
import { readTls } from "../transports/rest/tls.ts";

export function obstacles({ settings, home }: Pick<HomePaths, "settings" | "home">): readonly Problem[] {
  const read = readSettings(settings, fragments);
  if (!read.ok) return read.problems;
  const { enabled, tls } = read.settings.http;
  const found = enabled && tls ? readTls(tls, home) : undefined;
  return found && "fault" in found ? [problemAt(settings, found.fault)] : [];
}
