/** The effective settings as they may be shown: a secret only as its reference. */

/** Names of fields whose plain text is likely a secret that should have been a reference. */
const SECRET_NAME =
  /(?:^|[_-]|[a-z](?=[A-Z]))(?:secrets?|tokens?|passwords?|passwd|passphrase|credentials?|(?:api|access|private)[_-]?keys?)$/i;
export const HIDDEN = "(hidden)";

export function showSettings<T>(settings: T): T {
  return shown(settings, "") as T;
}

function shown(value: unknown, name: string): unknown {
  if (typeof value === "string") return SECRET_NAME.test(name) ? HIDDEN : value;
  if (Array.isArray(value)) return value.map((item) => shown(item, name));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, shown(below, key)]));
}
