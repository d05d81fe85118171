/** The certificate and key of HTTPS, read at start: a pair that works, or which of the two does not. */
import { resolve } from "node:path";
import { readBoundedFile, readFailure } from "../../config/bounded-file.ts";
import type { HttpSettings } from "./http-settings.ts";

/** Both PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsFault {
  /** In the settings file. */
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** Largest of either file, in bytes. */
const MAX_BYTES = 1024 * 1024;

export function readTls(
  { cert, key }: NonNullable<HttpSettings["tls"]>,
  home: string,
): { readonly pair: TlsPair } | { readonly fault: TlsFault } {
  // Only who speaks HTTPS pays for loading it.
  const { createSecureContext } = process.getBuiltinModule("node:tls");
  const pair = { cert: "", key: "" };
  for (const [name, file, what] of [
    ["cert", cert, "certificate"],
    ["key", key, "private key"],
  ] as const) {
    const path = ["http", "tls", name];
    try {
      pair[name] = readBoundedFile(resolve(home, file), MAX_BYTES).toString("utf8");
    } catch (error) {
      return { fault: { path, message: readFailure(error), hint: "a relative path begins in the home" } };
    }
    const why = failureOf(() => createSecureContext({ [name]: pair[name] }));
    if (why) return { fault: { path, message: `holds no ${what} that can be used: ${why}`, hint: "it has to be PEM" } };
  }
  const why = failureOf(() => createSecureContext(pair));
  if (why === undefined) return { pair };
  const message = `certificate and key do not belong together: ${why}`;
  return { fault: { path: ["http", "tls"], message, hint: "name the key with which the certificate was made" } };
}

function failureOf(tryIt: () => unknown): string | undefined {
  try {
    tryIt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
