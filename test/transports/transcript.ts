/** What was answered, with everything taken out that differs from one home and one moment to the next. */

/** Facts of a process, a machine or a moment. */
const PASSING = new Set([
  ...["pid", "timestamp", "uptimeSeconds", "memoryMb", "cpuPercent", "clients", "addresses", "version", "store"],
  ...["bytes", "findings"],
]);

const REPLACED: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z/g, "<time>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>"],
  [/stw_[\w-]{43}/g, "<token>"],
];

export function lasting(value: unknown, home: string): unknown {
  if (typeof value === "string") {
    return REPLACED.reduce((text, [pattern, word]) => text.replace(pattern, word), value.replaceAll(home, "<home>"));
  }
  if (Array.isArray(value)) return value.map((entry) => lasting(entry, home));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      PASSING.has(name) && entry !== null ? `<${name}>` : lasting(entry, home),
    ]),
  );
}
