/** A whole screen that is drawn anew and given back as it was, however the program ends. */
import { writeSync } from "node:fs";

/** xterm's control sequences: the other screen (1049), the cursor (25), home, erase to the end of the line and below. */
const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const REST_OF_LINE = "\u001b[K";
const BELOW = "\u001b[J";

/** Signals that would end the program without its `exit`, and their numbers. */
const DEADLY = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export interface FullScreen {
  draw(lines: readonly string[]): void;
  close(): void;
}

export function openScreen(fd: 1 | 2): FullScreen {
  let isOpen = true;
  const put = (text: string) => {
    try {
      writeSync(fd, text);
    } catch {
      // The terminal is gone, or takes no more now: what is on it then is nobody's loss, and the next drawing is whole.
    }
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", close);
    put(LEAVE);
  };
  process.once("exit", close);
  for (const [signal, number] of Object.entries(DEADLY)) process.once(signal, () => process.exit(128 + number));
  put(ENTER);
  return {
    draw(lines) {
      if (isOpen) put(`${HOME}${lines.map((line) => `${line}${REST_OF_LINE}`).join("\r\n")}${BELOW}`);
    },
    close,
  };
}
