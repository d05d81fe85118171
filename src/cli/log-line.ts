/** A line of the daemon's log as people read it. */
import { visibleLine } from "./visible.ts";

/** `2026-01-31 10:00:00 info  task queued  task=task-1`; a line that is no log line is shown as it is. */
export function logLine(line: string, { stacks = true }: { readonly stacks?: boolean } = {}): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return visibleLine(line);
  }
  if (typeof entry !== "object" || entry === null) return visibleLine(line);
  const { time, level, msg, ...facts } = entry;
  const words = Object.entries(facts).map(
    ([name, value]) =>
      `${name}=${typeof value === "string" ? value : JSON.stringify(value, stacks ? undefined : withoutStack)}`,
  );
  return visibleLine([localTime(time), String(level ?? "").padEnd(5), msg, ...words].join("  "));
}

function withoutStack(name: string, value: unknown): unknown {
  return name === "stack" ? undefined : value;
}

function localTime(time: unknown): string {
  const at = new Date(typeof time === "number" ? time : String(time));
  if (Number.isNaN(at.getTime())) return String(time ?? "");
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
