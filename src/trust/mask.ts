/** Hides known secret values in texts and in JSON that agents wrote, before anybody is shown them. */
import { CUT_MARK } from "../core/cut.ts";
import { MASKED } from "../core/logger.ts";

/** Where a text was cut, the beginning of a secret is hidden from this many characters on. */
const MIN_PART = 4;

/** Whole secrets, and what the mark of a cut has left of one; overlapping ones are hidden together. */
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
    for (let cut = text.indexOf(CUT_MARK); cut !== -1; cut = text.indexOf(CUT_MARK, cut + 1)) {
      const part = partBefore(text, cut, secret);
      if (part > 0) found.push([cut - part, cut]);
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

/** How much of the beginning of a secret stands right before a place. */
function partBefore(text: string, place: number, secret: string): number {
  for (let length = Math.min(secret.length - 1, place); length >= MIN_PART; length -= 1) {
    if (text.startsWith(secret.slice(0, length), place - length)) return length;
  }
  return 0;
}
