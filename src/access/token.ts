/** Tokens: what a client that is not the owner shows to be let in. Only a hash of each is kept. */
import { createHash, randomBytes } from "node:crypto";

/** Makes a token recognisable where it should not be: in logs, in repositories. */
const PREFIX = "stw_";

/** 256 random bits. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(32).toString("base64url")}`;
}

/** A hash without salt does for what has 256 random bits; it also makes comparing take the same time for every wrong one. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
