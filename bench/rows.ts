/** The table that a run of the benchmark ends with: what was measured against what, and whether its goal is reached. */

export type Unit = "ms" | "/s" | "MB";

export type Goal =
  | { readonly ratioAtMost: number }
  | { readonly ratioAtLeast: number }
  /** Above the baseline. */
  | { readonly addsAtMost: number }
  | { readonly atMost: number }
  | { readonly atLeast: number };

export interface Row {
  readonly what: string;
  readonly unit: Unit;
  /** What it is held against: the same thing done in the plainest way, in the same run. */
  readonly baseline?: number;
  readonly ours: number;
  readonly goal?: Goal;
  /** Other figures of the same samples. */
  readonly note?: string;
}

export interface JudgedRow extends Row {
  readonly ratio: number | null;
  readonly reached: boolean | null;
}

export function judge(row: Row): JudgedRow {
  const ratio = row.baseline === undefined ? null : row.ours / row.baseline;
  return { ...row, ratio, reached: reached(row, ratio) };
}

function reached({ ours, goal, baseline }: Row, ratio: number | null): boolean | null {
  if (!goal) return null;
  if ("atMost" in goal) return ours <= goal.atMost;
  if ("atLeast" in goal) return ours >= goal.atLeast;
  if (ratio === null || baseline === undefined) return null;
  if ("addsAtMost" in goal) return ours - baseline <= goal.addsAtMost;
  return "ratioAtMost" in goal ? ratio <= goal.ratioAtMost : ratio >= goal.ratioAtLeast;
}

const HEADINGS = ["what", "baseline", "ours", "ratio", "goal", "reached", "also"];

/** Markdown, aligned: it reads well in a terminal and is pasted into a page as it is. */
export function table(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map((row) => cellsOf(judge(row)))];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  lines.splice(1, 0, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`);
  return lines.join("\n");
}

function cellsOf({ what, unit, baseline, ours, ratio, goal, reached, note }: JudgedRow): string[] {
  return [
    what,
    baseline === undefined ? "" : quantity(baseline, unit),
    quantity(ours, unit),
    ratio === null ? "" : `${ratio.toFixed(2)} x`,
    goal ? goalText(goal, unit) : "",
    reached === null ? "" : reached ? "yes" : "NO",
    note ?? "",
  ];
}

function goalText(goal: Goal, unit: Unit): string {
  if ("atMost" in goal) return `<= ${quantity(goal.atMost, unit)}`;
  if ("atLeast" in goal) return `>= ${quantity(goal.atLeast, unit)}`;
  if ("addsAtMost" in goal) return `<= +${quantity(goal.addsAtMost, unit)}`;
  return "ratioAtMost" in goal ? `<= ${goal.ratioAtMost} x` : `>= ${goal.ratioAtLeast} x`;
}

export function quantity(value: number, unit: Unit): string {
  if (unit === "/s") return `${Math.round(value)} /s`;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}
