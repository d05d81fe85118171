/** The lines of `steward top`: no more than the terminal has. Pure. */
import { cutToColumns } from "../columns.ts";
import { lineColumns, toned, type View } from "../view.ts";
import type { Running } from "./live-runs.ts";
import { runLines } from "./run-lines.ts";

export interface ScreenAs {
  readonly now: number;
  readonly view: View;
  readonly rows: number;
}

export function screenLines(running: Running, { now, view, rows }: ScreenAs): string[] {
  const { runs } = running;
  const head = `Steward: ${runs.length} ${runs.length === 1 ? "run" : "runs"}, ${new Date(now).toTimeString().slice(0, 8)}. q quits.`;
  const room = Math.max(1, rows - 2);
  const lines = runLines(running, now, view);
  const over = lines.length - room;
  const body = over <= 0 ? lines : [...lines.slice(0, room - 1), toned(view, `… ${over + 1} more lines`, "dim")];
  return [toned(view, cutToColumns(head, lineColumns(view)), "bold"), "", ...body];
}
