/** The port for HTTP: is it ours, free, or somebody else's? */
import { createServer } from "node:net";
import { type Check, type Finding, note, ok, warning } from "./finding.ts";

export const ports: Check = {
  subject: "ports",
  async run({ http, daemon }, signal) {
    if (!http) return [note("The settings say that there is no HTTP.")];
    const wanted = `${http.host}:${http.port}`;
    return daemon.answers ? ours(daemon.status.addresses, wanted) : [await tryPort(http, wanted, signal)];
  },
};

/** A port that nobody set moves on when it is taken, and a start may have named another. */
function ours(addresses: readonly string[], wanted: string): Finding[] {
  const listening = addresses.filter((address) => /^https?:/.test(address));
  if (listening.length === 0)
    return [warning("The daemon does not listen for HTTP at any port.", "`steward logs` says why.")];
  if (listening.some((address) => address.includes(wanted)))
    return [ok(`The daemon listens at ${listening.join(", ")}.`)];
  return [note(`The daemon listens at ${listening.join(", ")}, and not at ${wanted}.`)];
}

/** Held for a moment and given back: the only answer that is sure. */
function tryPort({ host, port }: { host: string; port: number }, where: string, signal: AbortSignal): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "EADDRINUSE")
        resolve(warning(`Somebody else listens at ${where}.`, "End it, or set another http.port for Steward."));
      else resolve(warning(`${where} cannot be listened at: ${message}.`, "Set another http.host or http.port."));
    });
    server.listen({ host, port, signal, exclusive: true }, () => server.close(() => resolve(ok(`${where} is free.`))));
  });
}
