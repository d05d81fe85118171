/** The HTTP door of a daemon: its port is taken before anything runs, and what is behind it comes when there is something. */
import { createAuthenticate } from "../access/authenticate.ts";
import { ownerToken } from "../access/owner-token.ts";
import { problemAt } from "../config/load.ts";
import { SettingsProblem } from "../config/problem.ts";
import { systemClock } from "../core/clock.ts";
import type { Ports } from "../core/operation.ts";
import { StartFailure } from "../daemon/start-failure.ts";
import { packageVersion } from "../daemon/version.ts";
import { operations } from "../operations.ts";
import { isRunLive } from "../run/run.store.ts";
import type { Settings } from "../settings.ts";
import { atomRoutes } from "../transports/compat/atom.ts";
import { mcpDoor } from "../transports/mcp/door.ts";
import { namesOf } from "../transports/rest/guard.ts";
import { type HttpOverrides, type HttpSettings, isLoopback, overridden } from "../transports/rest/http-settings.ts";
import { HTTP_LIMITS, type HttpLimits } from "../transports/rest/limits.ts";
import { type HttpDoor, openHttpDoor } from "../transports/rest/listen.ts";
import { readTls } from "../transports/rest/tls.ts";
import type { Ground } from "./ground.ts";
import type { Rooms } from "./rooms.ts";

/** What HTTP stands on is loaded so long after the start, or by the first request, in ms. */
const WARM_UP_MS = 200;

export interface Http extends HttpDoor {
  readonly settings: HttpSettings;
  readonly limits: HttpLimits;
}

/** Undefined when there is to be no HTTP. Throws `StartFailure`, `SettingsProblem`, or a `Refusal` when the port is taken. */
export async function openHttp(ground: Ground, overrides: HttpOverrides): Promise<Http | undefined> {
  const { paths, log, lifetime } = ground;
  const settings = overridden(ground.settings.current().http, overrides);
  if (typeof settings === "string")
    throw new StartFailure("configuration", settings, { hint: "See `steward help start`." });
  if (!settings.enabled) return undefined;
  const limits = httpLimits(ground.settings.current().limits);
  const tls = settings.tls && readTls(settings.tls, paths.home);
  if (tls && "fault" in tls) throw new SettingsProblem([problemAt(paths.settings, tls.fault)]);
  const door = await openHttpDoor({ settings, tls: tls?.pair, socket: paths.http, limits, log, unread: ground.unread });
  // Closed with the other doors; here for a start that fails before there are any.
  lifetime.add("http port", () => door.close());
  if (door.movedTo !== undefined) log.warn("the usual port is taken: HTTP listens on another", { port: door.movedTo });
  return { ...door, settings, limits };
}

interface Behind {
  readonly ports: Ports;
  readonly rooms: Rooms;
  readonly ground: Ground;
}

/** Returns how to close it. */
export function leadHttp(
  http: Http,
  { ports, rooms: { store }, ground: { paths, log, unread } }: Behind,
): () => Promise<void> {
  const { settings, limits, isTrusted } = http;
  const authenticate = createAuthenticate({
    store,
    clock: systemClock,
    ownerToken: ownerToken(paths.token),
    isRunLive: (runId) => isRunLive(store.read, runId),
  });
  const hosts = namesOf(settings);
  const origins = originsOf(settings);
  const shared = { ports, operations, log, clock: systemClock, version: packageVersion() };
  const mcp = mcpDoor({
    ...shared,
    hosts: () => [...hosts, ...namesIn(origins)],
    limits: { bodyBytes: limits.bodyBytes },
    unread,
  });
  const address = () => settings.publicUrl ?? http.addresses.find((one) => /^https?:/.test(one));
  const atom = atomRoutes({ operations, call: ports.call, address, bodyBytes: limits.bodyBytes });
  http.lead(async () => {
    const { createRestListener } = await import("../transports/rest/listener.ts");
    return createRestListener({
      ...shared,
      guests: [{ methods: ["GET", "POST", "DELETE"], path: "/mcp", answer: mcp.handle }, ...atom],
      authenticate,
      limits,
      isTrusted,
      onlyProxies: !isLoopback(settings.host) && settings.tls === undefined,
      hosts,
      origins,
      store: () => store.read.get("SELECT 1"),
    });
  });
  systemClock.after(WARM_UP_MS, () => http.warmUp());
  return async () => {
    await Promise.all([http.close(), mcp.close()]);
  };
}

/** What has been let in by our own guard is not to be refused behind it. */
function namesIn(origins: ReadonlySet<string>): string[] {
  return [...origins].map((origin) => new URL(origin).hostname);
}

function originsOf({ allowedOrigins, publicUrl }: HttpSettings): ReadonlySet<string> {
  return new Set([...allowedOrigins, ...(publicUrl === undefined ? [] : [publicUrl])]);
}

function httpLimits(limits: Settings["limits"]): HttpLimits {
  return {
    ...HTTP_LIMITS,
    clients: limits.clients,
    bodyBytes: limits.httpBodyBytes,
    headerBytes: limits.httpHeaderBytes,
    requestMs: limits.httpRequestSeconds * 1000,
    headersMs: Math.min(HTTP_LIMITS.headersMs, limits.httpRequestSeconds * 1000),
    requestsPerSecond: limits.httpRequestsPerSecond,
    requestsAtOnce: limits.httpRequestsPerSecond * 2,
    streamsPerAddress: Math.max(1, Math.floor(limits.clients / 2)),
  };
}
