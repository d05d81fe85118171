/** `steward config check | show | schema`: the settings file, read here, without a daemon. */
import { noticesOf } from "../../compose/notices.ts";
import { obstacles } from "../../compose/obstacles.ts";
import { settingsJsonSchema } from "../../config/json-schema.ts";
import { readSettings } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { showSettings } from "../../config/show.ts";
import { EXIT } from "../../core/refusal.ts";
import { usualMaxRuns } from "../../fleet/host.ts";
import { fragments, type Settings } from "../../settings.ts";
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
  if (words[1] === "show") {
    await out.write(`${JSON.stringify(showSettings(inForce(read.settings)), null, 2)}\n`);
    return EXIT.ok;
  }
  const notices = await noticesOf(read.settings, paths);
  if (json) await out.write(`${JSON.stringify({ ok: true, source: read.source, notices })}\n`);
  else if (notices.length > 0)
    await out.write(`${paths.settings} can be used, but:\n  ${notices.map(visibleLine).join("\n  ")}\n`);
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
