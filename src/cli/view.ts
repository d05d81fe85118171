/** How something is shown: to a person at a terminal of some width, or into a pipe or a file. */
import type { Output } from "./output.ts";

/** The longest line where there is no width, in columns. */
const PIPE_COLUMNS = 200;
/** Narrower ones are written for as if they were this wide, in columns. */
const LEAST_COLUMNS = 20;

export interface View {
  /** Somebody watches: what is under way is shown too. */
  readonly isLive: boolean;
  /** A line may be written anew and colours may be used (https://no-color.org). */
  readonly hasControl: boolean;
  /** Of the terminal; undefined where lines have no end. */
  readonly columns: number | undefined;
}

export function viewOf(out: Output, env: Readonly<Record<string, string | undefined>>): View {
  const isLive = out.isTerminal;
  const hasControl = isLive && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  const columns = isLive ? Math.max(LEAST_COLUMNS, process.stdout.columns || 80) : undefined;
  return { isLive, hasControl, columns };
}

/** How long a line may be so that no terminal breaks it: the last column is left free. */
export function lineColumns({ columns }: View): number {
  return columns === undefined ? PIPE_COLUMNS : columns - 1;
}

const CODES = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Tone = keyof typeof CODES;

/** ECMA-48, 8.3.117: select graphic rendition. */
export function toned({ hasControl }: View, text: string, ...tones: readonly Tone[]): string {
  if (!hasControl || text === "" || tones.length === 0) return text;
  return `\u001b[${tones.map((tone) => CODES[tone]).join(";")}m${text}\u001b[0m`;
}
