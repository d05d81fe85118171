/** Shows a text to its last line, a screen at a time: nobody answers what they could not have seen. */
import type { Keys } from "./keys.ts";

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

export interface PageThrough {
  readonly lines: readonly string[];
  /** As it is now: windows are made larger and smaller. */
  readonly screen: () => Screen;
  readonly write: (text: string) => Promise<void>;
  readonly keys: Pick<Keys, "drop" | "key">;
  /** Nobody has to read on. */
  readonly unwanted?: AbortSignal;
}

/** A terminal that says nothing of itself. */
export const USUAL_SCREEN: Screen = { columns: 80, rows: 24 };
/** Begins what did not fit on the line before, so that it cannot pass for a line of its own. */
const GOES_ON = "↪ ";
/** A tab takes up to so many columns. */
const TAB_COLUMNS = 8;
const LEAST_COLUMNS = 20;

/** False when the reader left before the end. */
export async function pageThrough({ lines, screen, write, keys, unwanted }: PageThrough): Promise<boolean> {
  let left = [...lines];
  for (;;) {
    const { columns, rows } = screen();
    const fits = Math.max(1, rows - 1);
    const wrapped = left.flatMap((line) => wrap(line, columns));
    await write(`${wrapped.slice(0, fits).join("\n")}\n`);
    left = wrapped.slice(fits);
    if (left.length === 0) return true;
    await keys.drop();
    await write(`-- ${left.length} more ${left.length === 1 ? "line" : "lines"} (any key; q: quit) --`);
    const pressed = await keys.key(unwanted);
    await write("\r\u001b[K");
    if (pressed === undefined || pressed === "q") return false;
  }
}

/** Into pieces that fit. What may be wide is counted as wide: a row too many harms nobody. */
export function wrap(line: string, columns: number): string[] {
  const most = Math.max(columns, LEAST_COLUMNS);
  const pieces: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of line) {
    const wide = character === "\t" ? TAB_COLUMNS : /[\u0020-\u02ff\u2190-\u21ff\u2500-\u257f]/.test(character) ? 1 : 2;
    if (width + wide > most) {
      pieces.push(piece);
      [piece, width] = [GOES_ON, GOES_ON.length];
    }
    piece += character;
    width += wide;
  }
  return [...pieces, piece];
}
