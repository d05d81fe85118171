/** Hides known secret values in texts and in JSON that agents wrote, before anybody is shown them. */
import { MASKED } from "../core/logger.ts";

/** Whole secrets only; overlapping ones are hidden together. */
export function maskText(text: string, secrets: readonly string[]): string {
  const hidden = spansOf(text, secrets);
  let shown = "";
  let at = 0;
  for (const [from, to] of hidden) {
    shown += text.slice(at, from) + MASKED;
    at = to;
  }
  return shown + text.slice(at);
}

/** Every text and name in it, and numbers that a secret is part of. */
export function maskJson(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return maskText(value, secrets);
  if (typeof value === "number") {
    const text = String(value);
    const masked = maskText(text, secrets);
    return masked === text ? value : masked;
  }
  if (Array.isArray(value)) return value.map((item) => maskJson(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [maskText(name, secrets), maskJson(item, secrets)]),
  );
}

/** [from, to) of what has to be hidden, in order and apart from each other. */
function spansOf(text: string, secrets: readonly string[]): [number, number][] {
  const found: [number, number][] = [];
  for (const secret of secrets) {
    if (secret === "") continue;
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
      found.push([at, at + secret.length]);
    }
  }
  const apart: [number, number][] = [];
  for (const [from, to] of found.sort(([a], [b]) => a - b)) {
    const last = apart.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
}
