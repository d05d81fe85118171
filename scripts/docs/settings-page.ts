/** The page of the settings file, by its sections. */
import { fieldTable, GENERATED, type Schema } from "./schema-tables.ts";

export function settingsPage(schema: Schema): string {
  const sections = Object.entries(schema.properties ?? {}).filter(([name]) => name !== "$schema");
  return `${GENERATED}
# Settings

\`$STEWARD_HOME/steward.json\`, JSON with comments. What an agent is must be said; everything else has a default. Unknown keys are refused; all problems are
told at once (\`steward config check\`). Editors can use [settings.schema.json](settings.schema.json)
(\`steward config schema\`). A secret is only ever a reference: \`{ "env": "NAME" }\` or \`{ "file": "PATH" }\`.

${sections.map(([name, section]) => settingsSection(name, section)).join("\n")}`;
}

function settingsSection(name: string, section: Schema): string {
  const entries = typeof section.additionalProperties === "object" ? section.additionalProperties : undefined;
  const fields = entries ? fieldTable(`${name}.NAME`, entries) : fieldTable(name, section);
  return `## ${name}\n\n${section.description ?? ""}\n\n${fields}`;
}
