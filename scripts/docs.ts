/** Writes what is made from the code, `docs/reference/` and the client's types; or with `--check` says whether it is stale. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { liveCatalogue } from "../src/cli/live-catalogue.ts";
import { settingsJsonSchema } from "../src/config/json-schema.ts";
import { packageVersion } from "../src/daemon/version.ts";
import { events } from "../src/events.ts";
import { operations } from "../src/operations.ts";
import { fragments } from "../src/settings.ts";
import { openApi } from "../src/transports/rest/openapi.ts";
import type { SeenAgent } from "../test/agents/matrix/seen.ts";
import { agentsPage } from "./docs/agents-page.ts";
import { clientTypes } from "./docs/client-types.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { eventsPage } from "./docs/events-page.ts";
import { operationsPage } from "./docs/operations-page.ts";
import type { Schema } from "./docs/schema-tables.ts";
import { settingsPage } from "./docs/settings-page.ts";

const ROOT = join(import.meta.dirname, "..");
/** What the tests with real agents saw. */
const SEEN = "docs/reference/agents.json";

const settings = settingsJsonSchema(fragments);
const files: Readonly<Record<string, string>> = {
  "docs/reference/agents.md": agentsPage(
    JSON.parse(readOrEmpty(join(ROOT, SEEN)) || "{}") as Record<string, SeenAgent>,
  ),
  "docs/reference/operations.md": await operationsPage(operations, liveCatalogue()),
  "docs/reference/errors.md": errorsPage(operations),
  "docs/reference/events.md": eventsPage(events),
  "docs/reference/openapi.json": `${JSON.stringify(openApi(operations, packageVersion()), null, 2)}\n`,
  "docs/reference/settings.md": settingsPage(settings as Schema),
  "docs/reference/settings.schema.json": `${JSON.stringify(settings, null, 2)}\n`,
  "src/client/operations.generated.ts": await clientTypes(operations),
};

if (process.argv.includes("--check")) check();
else write();

function write(): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
}

function check(): void {
  const stale = Object.entries(files).filter(([path, text]) => readOrEmpty(join(ROOT, path)) !== text);
  if (stale.length === 0) return;
  console.error(`Stale: ${stale.map(([path]) => path).join(", ")}. Run \`npm run docs\`.`);
  process.exitCode = 1;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
