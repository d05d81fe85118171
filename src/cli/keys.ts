/** Single keys and lines from a person at a terminal. What was typed before it was asked for is dropped: it answers nothing. */

export interface Keys {
  /** Forgets what was typed until now. To be called when all is shown that the next key is about, and before it is asked for. */
  drop(): Promise<void>;
  /** Undefined: Ctrl-C, Ctrl-D, nobody is there any more, or nobody wants to know any more. */
  key(unwanted?: AbortSignal): Promise<string | undefined>;
  /** A line, edited as the terminal lets one edit; undefined as above. */
  line(unwanted?: AbortSignal): Promise<string | undefined>;
  close(): void;
}

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const ESCAPE = "\u001b";
/** Of what nobody has asked for yet, in characters; what comes beyond is dropped. No line at a terminal is longer. */
const MAX_KEPT = 4096;

export type Terminal = Pick<NodeJS.ReadStream, "setRawMode" | "setEncoding" | "on" | "off" | "resume" | "pause">;

export function openKeys(terminal: Terminal): Keys {
  let kept = "";
  let isGone = false;
  let changed = () => {};
  const hear = (text: string) => {
    // Arrows and the like come as several characters, of which none was pressed.
    if (!text.startsWith(ESCAPE)) kept = (kept + text).slice(0, MAX_KEPT);
    changed();
  };
  const leave = () => {
    isGone = true;
    changed();
  };
  terminal.setEncoding("utf8");
  terminal.on("data", hear);
  for (const end of ["end", "close", "error"] as const) terminal.on(end, leave);
  terminal.setRawMode(true);
  terminal.resume();

  /** What the pattern finds at the beginning of what was typed, as soon as it is there. */
  async function next(pattern: RegExp, unwanted?: AbortSignal): Promise<string | undefined> {
    const wake = () => changed();
    unwanted?.addEventListener("abort", wake);
    try {
      for (;;) {
        const [found] = pattern.exec(kept) ?? [];
        if (unwanted?.aborted || (found === undefined && isGone)) return undefined;
        if (found !== undefined) {
          kept = kept.slice(found.length);
          return found;
        }
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    } finally {
      unwanted?.removeEventListener("abort", wake);
    }
  }

  return {
    async drop() {
      // What lies ready is read first.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      kept = "";
    },
    async key(unwanted) {
      const key = await next(/^./su, unwanted);
      return key === CTRL_C || key === CTRL_D ? undefined : key;
    },
    async line(unwanted) {
      terminal.setRawMode(false);
      try {
        const line = await next(/^[^\n]*\n/, unwanted);
        return line?.replace(/\r?\n$/, "");
      } finally {
        if (!isGone) terminal.setRawMode(true);
      }
    },
    close() {
      terminal.off("data", hear);
      if (!isGone) terminal.setRawMode(false);
      terminal.pause();
    },
  };
}
