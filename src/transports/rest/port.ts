/** Which port it becomes: the one that was set, or the first that is free from the usual one on. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Refusal } from "../../core/refusal.ts";
import type { HttpSettings } from "./http-settings.ts";

export const USUAL_PORT = 8000;

/** How many ports after the usual one are tried. */
const NEXT_PORTS = 99;

export interface Listening {
  readonly port: number;
  /** It is not the usual one, because that was taken. */
  readonly moved: boolean;
}

export async function listenOnPort(
  server: Server,
  { host, port }: Pick<HttpSettings, "host" | "port">,
  usual = USUAL_PORT,
): Promise<Listening> {
  const first = port ?? usual;
  const last = port ?? usual + NEXT_PORTS;
  for (let at = first; at <= last; at++) {
    const error = await tryListen(server, host, at);
    if (!error) return { port: (server.address() as AddressInfo).port, moved: at !== first };
    if (error.code !== "EADDRINUSE") {
      throw new Refusal("unavailable", `HTTP cannot listen on ${host} port ${at}: ${error.message}.`, {
        hint: "Set http.host and http.port in the settings, or http.enabled to false.",
      });
    }
  }
  const which =
    first === last ? `Port ${first} on ${host} is taken.` : `The ports ${first} to ${last} on ${host} are taken.`;
  throw new Refusal("conflict", which, {
    hint: "Choose another with `steward start --port` or http.port in the settings; without one the next free port is used.",
  });
}

function tryListen(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve(error);
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve(undefined);
    });
  });
}
