/** `steward config check | show | schema`: the settings file, read here, without a daemon. */
import { obstacles } from "../../compose/obstacles.ts";
import { settingsNotes } from "../../compose/settings-notes.ts";
import { settingsJsonSchema } from "../../config/json-schema.ts";
import { readSettings } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { showSettings } from "../../config/show.ts";
import { EXIT } from "../../core/refusal.ts";
import { usualMaxRuns } from "../../fleet/host.ts";
import { danglingReferences, fragments, type Settings } from "../../settings.ts";
import { readRoleFiles } from "../../task/project/role-files.ts";
import type { Invocation } from "../invocation.ts";
import { visibleLine, visibleText } from "../visible.ts";

export async function config({ words, json, paths, out, err }: Invocation): Promise<number> {
  if (words[1] === "schema") {
    await out.write(`${JSON.stringify(settingsJsonSchema(fragments), null, 2)}\n`);
    return EXIT.ok;
  }
  const read = readSettings(paths.settings, fragments);
  const problems = obstacles(paths);
  if (!read.ok || (words[1] !== "show" && problems.length > 0)) {
    if (json) await out.write(`${JSON.stringify({ ok: false, problems }, null, 2)}\n`);
    else for (const problem of problems) await err.write(`${visibleText(formatProblem(problem))}\n`);
    return EXIT.configuration;
  }
  const roleFiles = (await readRoleFiles(paths.roles)).problems;
  const dangling = [
    ...danglingReferences(read.settings),
    ...settingsNotes(read.settings, paths.home),
    ...roleFiles.map(formatProblem),
  ];
  if (words[1] === "show") await out.write(`${JSON.stringify(showSettings(inForce(read.settings)), null, 2)}\n`);
  else if (json) await out.write(`${JSON.stringify({ ok: true, source: read.source, notices: dangling })}\n`);
  else if (dangling.length > 0)
    await out.write(`${paths.settings} can be used, but:\n  ${dangling.map(visibleLine).join("\n  ")}\n`);
  else
    await out.write(
      read.source === "file" ? `${paths.settings} is fine.\n` : `There is no ${paths.settings}; the defaults hold.\n`,
    );
  return EXIT.ok;
}

/** With the one default that depends on the machine. */
function inForce(settings: Settings): Settings {
  const { host } = settings;
  return { ...settings, host: { ...host, maxRuns: host.maxRuns ?? usualMaxRuns() } };
}
