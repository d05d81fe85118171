/** What the long suite measures, for who reads its output. Never asserted: the machine has other things to do. */

/** Milliseconds and mebibytes, by name. */
export function tell(what: string, figures: Readonly<Record<string, number>>): void {
  if (process.env.STEWARD_SOAK !== "1") return;
  const rounded = Object.entries(figures).map(([name, figure]) => `${name} ${Math.round(figure)}`);
  console.info(`${what}: ${rounded.join(", ")}`);
}
