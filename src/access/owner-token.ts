/** The owner's own token: a file in the home that only its owner can read. Whoever holds it may do everything. */
import { renameSync, statSync, writeFileSync } from "node:fs";
import { readBoundedFile } from "../config/bounded-file.ts";
import { isShortage } from "../core/shortage.ts";
import { newSecret } from "./token.ts";

/** Longest token read from the file, in bytes. */
const MAX_BYTES = 1_024;

/** Made when it is not there; one that others could read is taken back from them. Returns how it reads now, so that changing the file is enough. */
export function ownerToken(path: string): () => string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })) {
    writeFileSync(`${path}.new`, `${newSecret()}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  let known: { readonly of: string; readonly secret: string | undefined } | undefined;
  return () => {
    try {
      const file = statSync(path, { throwIfNoEntry: false });
      if (!file) return undefined;
      const of = [file.dev, file.ino, file.mode, file.size, file.mtimeMs, file.ctimeMs].join(" ");
      if (known?.of !== of) known = { of, secret: readSecret(path, file.mode) };
      return known.secret;
    } catch (error) {
      if (isShortage(error)) throw error;
      // A directory, a pipe, too large, not ours to read: then there is no such token.
      return undefined;
    }
  };
}

/** Short or shared, it is none. */
function readSecret(path: string, mode: number): string | undefined {
  if ((mode & 0o077) !== 0) return undefined;
  const secret = readBoundedFile(path, MAX_BYTES).toString("utf8").trim();
  return secret.length >= 32 ? secret : undefined;
}
