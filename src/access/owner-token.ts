/** The owner's own token: a file in the home that only its owner can read. Whoever holds it may do everything. */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { newSecret } from "./token.ts";

/** Longest token read from the file, in bytes. */
const MAX_BYTES = 1_024;

/** Made when it is not there; one that others could read is taken back from them. Returns how it reads now, so that changing the file is enough. */
export function ownerToken(path: string): () => string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })) {
    writeFileSync(`${path}.new`, `${newSecret()}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  let known: { readonly at: number; readonly secret: string | undefined } | undefined;
  return () => {
    const file = statSync(path, { throwIfNoEntry: false });
    if (!file?.isFile() || file.size > MAX_BYTES) return undefined;
    if (known?.at !== file.mtimeMs) known = { at: file.mtimeMs, secret: readSecret(path, file.mode) };
    return known.secret;
  };
}

/** Short or shared, it is none. */
function readSecret(path: string, mode: number): string | undefined {
  if ((mode & 0o077) !== 0) return undefined;
  const secret = readFileSync(path, "utf8").trim();
  return secret.length >= 32 ? secret : undefined;
}
