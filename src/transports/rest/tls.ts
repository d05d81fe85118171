/** The certificate and key of HTTPS, read at start. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Refusal } from "../../core/refusal.ts";
import type { HttpSettings } from "./http-settings.ts";

/** Refuses when they cannot be read or do not belong together. */
export async function readTls({ cert, key }: NonNullable<HttpSettings["tls"]>, home: string) {
  try {
    const pair = { cert: readFileSync(resolve(home, cert), "utf8"), key: readFileSync(resolve(home, key), "utf8") };
    (await import("node:tls")).createSecureContext(pair);
    return pair;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal("unavailable", `http.tls cannot be used: ${why}.`, {
      hint: "cert and key are files in PEM that belong together; a relative path begins in the home.",
    });
  }
}
