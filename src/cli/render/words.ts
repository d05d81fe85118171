/** Names of fields as words, and moments as short as they can be read. */

/** Endings of names that only tell a unit. */
const UNITS = { Ms: "ms", Seconds: "s", Mb: "MB", Bytes: "bytes" } as const;

/** `tookMs` 29 is "took" 29 ms; undefined when it is no number, or no unit is told. */
export function measured(name: string, value: unknown): { readonly name: string; readonly value: string } | undefined {
  const unit = (Object.keys(UNITS) as (keyof typeof UNITS)[]).find((ending) => name.endsWith(ending));
  if (unit === undefined || name === unit || typeof value !== "number") return undefined;
  return { name: name.slice(0, -unit.length), value: `${value} ${UNITS[unit]}` };
}

/** `createdBy` is "created by", `tokenId` "token", `createdAt` "created"; `others` are the names beside it, which it must not become. */
export function wordsOf(name: string, others: readonly string[]): string {
  const short = name.replace(/(?<=[a-z])(Id|At)$/, "");
  const kept = short === name || others.includes(short) ? name : short;
  return kept.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const MOMENT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/;

/** `2030-01-31 10:00:00Z`: to the second, and still plainly UTC. */
export function shortMoment(name: string, value: unknown): unknown {
  if (typeof value !== "string" || !/(At|^at|^until|^notBefore)$/.test(name)) return value;
  return value.replace(MOMENT, "$1 $2Z");
}

/** `1 file`, `2 files`. */
export function counted(n: number, one: string): string {
  return `${n} ${one}${n === 1 ? "" : "s"}`;
}
