/** What is said to an agent: lines appended to the file that it reads. What was said before a crash is not said twice. */
import { cutOwn, readOwn, writeOwnAt } from "../own-file.ts";

/** Longest that may have been said since a checkpoint, in bytes. */
const MAX_SINCE_BYTES = 256 * 1024 * 1024;

export interface Transcript {
  /** All of them or, where that fails, none. */
  say(lines: readonly string[]): void;
  /** Nothing more will be said: the agent reads the end of its input. */
  close(): void;
  /** Where the next line goes. */
  size(): number;
}

/** Lines from `from` on were said by a daemon that may not have lived to note that: the same lines count as said. */
export function openTranscript(path: string, from: number): Transcript {
  cutOwn(path, Number.MAX_SAFE_INTEGER);
  const later = readOwn(path, from, MAX_SINCE_BYTES);
  const lastEnd = later.lastIndexOf(0x0a) + 1;
  const said = later.subarray(0, lastEnd).toString("utf8").split("\n").slice(0, -1);
  // Begun and not finished: the agent has read its beginning already.
  let begun = later.subarray(lastEnd).toString("utf8");
  let size = from + later.length;

  const say = (lines: readonly string[]) => {
    const known = [...said];
    const fresh = lines.filter((line) => {
      const before = known.indexOf(line);
      if (before >= 0) known.splice(before, 1);
      return before < 0;
    });
    const [first, ...rest] = fresh;
    if (first !== undefined) {
      const end = begun === "" ? first : first.startsWith(begun) ? first.slice(begun.length) : `\n${first}`;
      size = writeOwnAt(path, `${[end, ...rest].join("\n")}\n`, size);
      begun = "";
    }
    said.splice(0, said.length, ...known);
  };
  return {
    say,
    // An empty line is the end of what the agent reads.
    close: () => say([""]),
    size: () => size,
  };
}
