/** The programs that the tests start: as `npm test` builds them, or from the sources when vitest is called by itself. */
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const isBuilt = process.env.STEWARD_DIST === "1";

export const DAEMON_PROGRAM = join(ROOT, isBuilt ? "dist/daemon.mjs" : "src/main.ts");

/** The launcher, which heeds it too. */
export const STEWARD = join(ROOT, "bin/steward");
export const STEWARD_ENV: Readonly<Record<string, string>> = isBuilt ? { STEWARD_DIST: "1" } : {};
