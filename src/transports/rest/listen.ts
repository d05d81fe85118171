/** Opens the HTTP door: on its port, and at the unix socket in the home. Until there is something behind it, it says so. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Log } from "../../core/log.ts";
import { Bug } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";
import { listenAt, type PathTaken } from "../listen-at.ts";
import type { Unread } from "../unread.ts";
import { type IsTrusted, trusting } from "./client-address.ts";
import { createHttpServer } from "./http-server.ts";
import type { HttpSettings } from "./http-settings.ts";
import type { HttpLimits } from "./limits.ts";
import { listenOnPort } from "./port.ts";
import { problemAnswer } from "./problem.ts";
import type { TlsPair } from "./tls.ts";

export interface ListenOptions {
  readonly settings: HttpSettings;
  /** What `settings.tls` names. */
  readonly tls: TlsPair | undefined;
  /** Where the unix socket goes. */
  readonly socket: string;
  readonly limits: HttpLimits;
  readonly log: Log;
  /** What all clients leave unread. */
  readonly unread: Unread;
}

export interface Behind {
  readonly listener: (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
  /** Everything that waits gives up. */
  readonly abortAll: () => void;
}

export interface HttpDoor {
  readonly addresses: readonly string[];
  /** The port that was taken instead of the one that was meant. */
  readonly movedTo: number | undefined;
  readonly isTrusted: IsTrusted;
  /** From now on requests are answered by what this gives. It is asked for it by the first request, or by `warmUp`. */
  lead(load: () => Promise<Behind>): void;
  warmUp(): void;
  connections(): number;
  /** Of its unix socket, where it has one: see `PathTaken.keep`. */
  keepPath(): Promise<boolean>;
  /** What is under way is answered within the linger. Safe to call twice. */
  close(): Promise<void>;
}

/** Refuses with `conflict` when the port is taken, with `unavailable` when it cannot be had. */
export async function openHttpDoor({ settings, tls, socket, limits, log, unread }: ListenOptions): Promise<HttpDoor> {
  const isTrusted = trusting(settings.trustedProxies);
  const hall = aHall(log);
  const serving = { limits, isTrusted, listener: hall.listener, unread };
  const doors: Door[] = [];
  const open = (server: Server, address: string) => {
    // Out of file descriptors, say: whoever is connected is served on.
    server.on("error", (error) => log.error("HTTP failed", { address, error }));
    doors.push(aDoor(server, address));
  };
  let path: PathTaken | undefined;
  try {
    const onPort = await createHttpServer({ ...serving, tls });
    const { port, moved } = await listenOnPort(onPort, settings);
    open(onPort, `${tls ? "https" : "http"}://${hostText(settings.host)}:${port}`);
    if (settings.socket) {
      const local = await createHttpServer(serving);
      path = await listenAt(local, socket);
      open(local, `http+unix:${socket}`);
    }
    return {
      addresses: doors.map(({ address }) => address),
      movedTo: moved ? port : undefined,
      isTrusted,
      lead: hall.lead,
      warmUp: hall.warmUp,
      connections: () => doors.reduce((sum, { connections }) => sum + connections(), 0),
      keepPath: async () => (await path?.keep()) ?? false,
      async close() {
        path?.leave();
        const closed = doors.map((door) => door.close(limits.lingerMs));
        hall.abortAll();
        await Promise.all(closed);
      },
    };
  } catch (error) {
    for (const door of doors) await door.close(0);
    throw error;
  }
}

interface Door {
  readonly address: string;
  connections(): number;
  close(lingerMs: number): Promise<void>;
}

function aDoor(server: Server, address: string): Door {
  let connections = 0;
  let closing: Promise<void> | undefined;
  server.on("connection", (socket) => {
    connections += 1;
    socket.once("close", () => {
      connections -= 1;
    });
  });
  server.prependListener("request", (_, response) => {
    response.once("close", () => closing && setImmediate(() => server.closeIdleConnections()));
  });
  const close = async (lingerMs: number) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const linger = setTimeout(() => server.closeAllConnections(), lingerMs);
    await closed;
    clearTimeout(linger);
  };
  return {
    address,
    connections: () => connections,
    close(lingerMs) {
      closing ??= close(lingerMs);
      return closing;
    },
  };
}

/** Where requests wait until what is behind it has been loaded. */
function aHall(log: Log) {
  let load: (() => Promise<Behind>) | undefined;
  let loading: Promise<Behind> | undefined;
  let behind: Behind | undefined;
  async function loaded(): Promise<Behind> {
    if (!load) throw new Refusal("unavailable", "The daemon is starting.", { hint: "Try again in a moment." });
    try {
      loading ??= load();
      behind = await loading;
      return behind;
    } catch (error) {
      // The package may have been replaced under us.
      loading = undefined;
      const bug = Bug.of(error);
      log.error("what is behind HTTP could not be loaded", { bug: bug.id, error });
      throw bug;
    }
  }
  return {
    lead: (found: () => Promise<Behind>) => {
      load = found;
    },
    // Whoever asks next is told; the log has it.
    warmUp: () => void loaded().catch(() => {}),
    abortAll: () => behind?.abortAll(),
    listener: (incoming: IncomingMessage, outgoing: ServerResponse) => {
      if (behind) return behind.listener(incoming, outgoing);
      return loaded().then(
        ({ listener }) => listener(incoming, outgoing),
        (error: Refusal | Bug) => {
          const { status, headers, body } = problemAnswer(error);
          outgoing.writeHead(status, headers).end(body);
        },
      );
    },
  };
}

function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
