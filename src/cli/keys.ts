/** Single keys and lines from a person at a terminal. What was typed before it was asked for is dropped: it answers nothing. */

export interface Keys {
  /** The next key that is pressed from now on. Undefined: Ctrl-C, Ctrl-D, or nobody is there any more. */
  key(): Promise<string | undefined>;
  /** The next line, edited as the terminal lets one edit; undefined as above. */
  line(): Promise<string | undefined>;
  close(): void;
}

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

export type Terminal = Pick<NodeJS.ReadStream, "setRawMode" | "setEncoding" | "on" | "off" | "resume" | "pause">;

export function openKeys(terminal: Terminal): Keys {
  let waiting: ((text: string | undefined) => void) | undefined;
  let isGone = false;
  const give = (text: string | undefined) => {
    const whoever = waiting;
    waiting = undefined;
    whoever?.(text);
  };
  const hear = (text: string) => give(text);
  const leave = () => {
    isGone = true;
    give(undefined);
  };
  terminal.setEncoding("utf8");
  terminal.on("data", hear);
  for (const end of ["end", "close", "error"] as const) terminal.on(end, leave);
  terminal.setRawMode(true);
  terminal.resume();

  async function next(): Promise<string | undefined> {
    // What lies ready is read, and heard by nobody, before anybody waits.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (isGone) return undefined;
    return await new Promise((resolve) => {
      waiting = resolve;
    });
  }

  return {
    async key() {
      const [key] = (await next()) ?? "";
      return key === CTRL_C || key === CTRL_D ? undefined : key;
    },
    async line() {
      terminal.setRawMode(false);
      try {
        const text = await next();
        return text?.replace(/\r?\n$/, "");
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
