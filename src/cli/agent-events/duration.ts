/** Spans of time as people say them. */

/** `850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "0 s";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const [big, small, unit, part] =
    seconds < 3_600
      ? [Math.floor(seconds / 60), seconds % 60, "min", "s"]
      : seconds < 86_400
        ? [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), "h", "min"]
        : [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600), "d", "h"];
  return small === 0 ? `${big} ${unit}` : `${big} ${unit} ${small} ${part}`;
}
