/** Takes out of a recording what belongs to one machine and one moment, and what only makes it long. */
import { hostname } from "node:os";
import type { Surroundings } from "./surroundings.ts";

/** A list keeps its first few entries, a text its beginning. */
const LONG_LIST = 3;
const ENTRIES_KEPT = 2;
const LONG_TEXT = 240;
const TEXT_KEPT = 60;

/** In the order they are looked for. The number is that of the first time it was seen. */
const IDS: readonly (readonly [RegExp, (n: number) => string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (n) => `00000000-0000-4000-8000-${pad(n, 12)}`],
  [/\btoolu_[0-9a-f]{32}\b/g, (n) => `toolu_${pad(n, 4)}`],
  [/\bses_[0-9A-Za-z]{20,}\b/g, (n) => `ses_${pad(n, 4)}`],
  [/\bmsg_[0-9A-Za-z]{20,}\b/g, (n) => `msg_${pad(n, 4)}`],
];

/** Gives a function for all lines of one recording, so that an id is the same wherever it stands. */
export function neutralizer({ home, cwd }: Surroundings, modelUrl: string, programs: string): (line: string) => string {
  const { host } = new URL(modelUrl);
  const dashed = (path: string) => path.replaceAll(/[^A-Za-z0-9]/g, "-");
  const places: readonly (readonly [string, string])[] = [
    [cwd, "/workspace"],
    [dashed(cwd), "-workspace"],
    [home, "/home/agent"],
    [dashed(home), "-home-agent"],
    [programs, "/opt/agents"],
    [host, "127.0.0.1:8080"],
    [`"serverName":"${hostname()}"`, '"serverName":"host"'],
  ];
  const seen = IDS.map(() => new Map<string, number>());
  return (line) => {
    let text = line;
    for (const [from, to] of places) text = text.replaceAll(from, to);
    for (const [at, [pattern, name]] of IDS.entries())
      text = text.replaceAll(pattern, (id) => {
        const known = seen[at]?.get(id) ?? (seen[at]?.size ?? 0) + 1;
        seen[at]?.set(id, known);
        return name(known);
      });
    const plain = text
      .replaceAll(/"pid":\d+/g, '"pid":1')
      .replaceAll(/"processId":"\d+"/g, '"processId":"1"')
      .replaceAll(/PGID: \d+/g, "PGID: 1")
      .replaceAll(/cc-socks\/\d+/g, "cc-socks/1")
      .replaceAll(/\((Debian|Ubuntu)[^;)"]*/g, "(Linux");
    return JSON.stringify(shortened(JSON.parse(plain)));
  };
}

function shortened(value: unknown): unknown {
  if (typeof value === "string") return value.length > LONG_TEXT ? `${value.slice(0, TEXT_KEPT)}…` : value;
  if (Array.isArray(value)) return (value.length > LONG_LIST ? value.slice(0, ENTRIES_KEPT) : value).map(shortened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
}

const pad = (n: number, digits: number) => String(n).padStart(digits, "0");
