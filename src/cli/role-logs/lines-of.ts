/** Text that comes in pieces, as whole lines. */
import type { Output } from "../output.ts";

/** A line is given out in pieces of this size at most, so that one without an end holds no memory, in characters. */
const LINE_CHARACTERS = 64 * 1024;

export interface LineWriter extends Output {
  /** What is left of a line that nobody ended. */
  close(): Promise<void>;
}

export function lineWriter(line: (text: string) => Promise<void> | void): LineWriter {
  let rest = "";
  return {
    isTerminal: false,
    async write(text) {
      const lines = (rest + String(text)).split("\n");
      rest = lines.pop() ?? "";
      for (const each of lines) await line(each);
      if (rest.length <= LINE_CHARACTERS) return;
      await line(rest);
      rest = "";
    },
    async close() {
      if (rest !== "") await line(rest);
      rest = "";
    },
  };
}
