/** `steward status` for people: is it running, what is it doing, what is wrong. */
import { visibleLine } from "../visible.ts";
import { renderAny } from "./generic.ts";

export function renderStatus(result: unknown): string {
  const { version, pid, uptimeSeconds, memoryMb, cpuPercent, problems, pausedRoles, tasks, runs, lastEnd, ...rest } =
    result as Record<string, unknown>;
  const load = [
    typeof pid === "number" && `pid ${pid}`,
    typeof uptimeSeconds === "number" && `up ${duration(uptimeSeconds)}`,
    typeof memoryMb === "number" && `${Math.round(memoryMb)} MB`,
    typeof cpuPercent === "number" && `${cpuPercent.toFixed(1)} % CPU`,
  ];
  const lines = [`Steward ${version} is running: ${load.filter(Boolean).join(", ")}`];
  lines.push(renderAny({ ...rest, tasks: counts(tasks), runs: runsText(runs) }).trimEnd());
  if (lastEnd) lines.push(`note: the last daemon ended unexpectedly: ${problemText(endText(lastEnd))}`);
  for (const paused of Array.isArray(pausedRoles) ? pausedRoles : [])
    lines.push(`note: ${visibleLine(String(paused))}`);
  for (const problem of Array.isArray(problems) ? problems : []) lines.push(`problem: ${problemText(problem)}`);
  return `${lines.join("\n")}\n`;
}

function runsText(value: unknown): string {
  const { live, max } = (value ?? {}) as { live?: unknown; max?: unknown };
  return typeof max === "number" ? `${live} of at most ${max}` : counts(value);
}

/** `3 queued, 1 running`: only what there is. */
function counts(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value ?? "-");
  const some = Object.entries(value).filter(([, count]) => count !== 0);
  return some.map(([name, count]) => `${count} ${name}`).join(", ") || "none";
}

function endText(end: unknown): string {
  const { at, reason } = end as { at?: unknown; reason?: unknown };
  return `${reason} (${at})`;
}

function problemText(problem: unknown): string {
  return visibleLine(typeof problem === "string" ? problem : JSON.stringify(problem));
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
