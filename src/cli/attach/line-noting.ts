/** Notes whether what was written to an output ended with its line, so that a line of another kind can begin on its own. */
import type { Output } from "../output.ts";

const LINE_FEED = 10;

export interface LineNoting extends Output {
  /** The last thing written has not ended its line. */
  readonly isOpen: boolean;
  /** Its line was ended by what another output of the same place wrote. */
  endLine(): void;
}

export function lineNoting(output: Output): LineNoting {
  let isOpen = false;
  return {
    get isTerminal() {
      return output.isTerminal;
    },
    get isOpen() {
      return isOpen;
    },
    endLine() {
      isOpen = false;
    },
    async write(text) {
      await output.write(text);
      if (text.length > 0) isOpen = typeof text === "string" ? !text.endsWith("\n") : text.at(-1) !== LINE_FEED;
    },
  };
}
