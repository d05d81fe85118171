/** The port for HTTP: is it ours, free, or somebody else's? */
import { createServer } from "node:net";
import { type Check, type Finding, note, ok, type Surroundings, warning } from "./finding.ts";

export const ports: Check = {
  subject: "ports",
  async run({ http, daemon }, signal) {
    if (!http) return [note("The daemon does not listen for HTTP.")];
    const where = `${http.host}:${http.port}`;
    if (isOurs(daemon, where)) return [ok(`The daemon listens at ${where}.`)];
    return [await tryPort(http, where, signal)];
  },
};

function isOurs(daemon: Surroundings["daemon"], where: string): boolean {
  return daemon.answers && daemon.status.addresses.some((address) => address.includes(where));
}

/** Held for a moment and given back: the only answer that is sure. */
function tryPort({ host, port }: { host: string; port: number }, where: string, signal: AbortSignal): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "EADDRINUSE")
        resolve(warning(`Somebody else listens at ${where}.`, "End it, or choose another port for Steward."));
      else resolve(warning(`${where} cannot be listened at: ${message}.`, "Choose another address or port."));
    });
    server.listen({ host, port, signal, exclusive: true }, () => server.close(() => resolve(ok(`${where} is free.`))));
  });
}
