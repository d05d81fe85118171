/** `steward logs [-n N] [-f]`: the daemon's log, read from the file, so that it also tells why no daemon runs. */
import { EXIT } from "../../core/refusal.ts";
import { refusalFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { followLines, lastLines } from "../log-tail.ts";
import { copyOutput, copyParts } from "../run-output.ts";
import { visibleJson, visibleLine } from "../visible.ts";

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
  const shown = json ? visibleJson : prettyLine;
  if (lines.length > 0) await out.write(`${lines.map(shown).join("\n")}\n`);
  if (input.follow) for await (const line of followLines(paths.log, place)) await out.write(`${shown(line)}\n`);
  return EXIT.ok;
}

/** `2026-01-31 10:00:00 info  task queued  task=task-1`; a line that is no log line is shown as it is. */
function prettyLine(line: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return visibleLine(line);
  }
  if (typeof entry !== "object" || entry === null) return visibleLine(line);
  const { time, level, msg, ...facts } = entry;
  const words = Object.entries(facts).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return visibleLine([localTime(time), String(level ?? "").padEnd(5), msg, ...words].join("  "));
}

function localTime(time: unknown): string {
  const at = new Date(typeof time === "number" ? time : String(time));
  if (Number.isNaN(at.getTime())) return String(time ?? "");
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
