/** Starts the plain server that a measurement is held against, in a process of its own as the daemon is. */
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.ts";
import type { Address } from "./http.ts";

export interface PlainServer {
  readonly at: Address;
  stop(): void;
}

export interface PlainOptions {
  readonly speaks?: "http" | "lines";
  /** At a unix socket instead of a port. */
  readonly isLocal?: boolean;
  /** Lengths of its answers, in characters. */
  readonly read?: number;
  readonly written?: number;
  readonly event?: string;
}

export async function startPlain(bench: Bench, name: string, options: PlainOptions): Promise<PlainServer> {
  const { isLocal = false, ...flags } = options;
  const directory = bench.directory(`plain-${name}`);
  const all = {
    ...flags,
    database: join(directory, "plain.db"),
    ...(isLocal && { path: join(directory, "plain.sock") }),
  };
  const program = fileURLToPath(new URL("./plain-server.ts", import.meta.url));
  const args = Object.entries(all).map(([flag, value]) => `--${flag}=${value}`);
  const child = bench.spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(child.stdout ?? child, "data");
  const where = String(said).trim();
  return { at: isLocal ? { path: where } : { port: Number(where) }, stop: () => void child.kill() };
}
