/** `steward logs [-n N] [-f]`: the daemon's log, read from the file, so that it also tells why no daemon runs. */
import { EXIT } from "../../core/refusal.ts";
import { refusalFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { logLine } from "../log-line.ts";
import { followLines, lastLines } from "../log-tail.ts";
import { copyOutput, copyParts } from "../run-output.ts";
import { visibleJson } from "../visible.ts";

/** How many of the last lines, unless `-n` says otherwise. */
const LINES = 50;

export async function logs(invocation: Invocation): Promise<number> {
  const { input, json, paths, out } = invocation;
  if (typeof input.run === "string") {
    const wanted = { runId: input.run, follow: input.follow === true };
    if (json) await copyParts(invocation, wanted, out);
    else await copyOutput(invocation, wanted, out);
    return EXIT.ok;
  }
  const { lines, place } = lastLines(paths.log, Math.max(0, Math.trunc(Number(input.lines ?? LINES))));
  if (!place && lines.length === 0 && !input.follow) {
    const hint = "Start a daemon with `steward start`, or name its home with --home.";
    throw refusalFailure({ code: "not_found", message: `There is no log at ${paths.log}.`, hint });
  }
  const shown = json ? visibleJson : (line: string) => logLine(line);
  if (lines.length > 0) await out.write(`${lines.map(shown).join("\n")}\n`);
  if (input.follow) for await (const line of followLines(paths.log, place)) await out.write(`${shown(line)}\n`);
  return EXIT.ok;
}
