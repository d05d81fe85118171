/** What is said to an agent: lines appended to the file that it reads. What was said before a crash is not said twice. */
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";

export interface Transcript {
  say(line: string): void;
  /** Nothing more will be said: the agent reads the end of its input. */
  close(): void;
  /** Where the next line goes. */
  size(): number;
}

/** Lines from `from` on were said by a daemon that may not have lived to note that: the same lines count as said. */
export function openTranscript(path: string, from: number): Transcript {
  if (!existsSync(path)) writeFileSync(path, "", { mode: 0o600 });
  const later = readFileSync(path).subarray(from);
  const lastEnd = later.lastIndexOf(0x0a) + 1;
  const said = later.subarray(0, lastEnd).toString("utf8").split("\n").slice(0, -1);
  // Begun and not finished: the agent has read its beginning already.
  let begun = later.subarray(lastEnd).toString("utf8");

  const write = (line: string) => {
    const before = said.indexOf(line);
    if (before >= 0) return void said.splice(before, 1);
    if (begun !== "" && line.startsWith(begun)) appendFileSync(path, `${line.slice(begun.length)}\n`);
    else appendFileSync(path, begun === "" ? `${line}\n` : `\n${line}\n`);
    begun = "";
  };
  return {
    say: write,
    // An empty line is the end of what the agent reads.
    close: () => write(""),
    size: () => statSync(path).size,
  };
}
