/** The ways in: every transport over the one registry, what handlers are given, and the traces that tell people of the daemon. */
import { owner } from "./access/owner.ts";
import { doneOnce } from "./access/request.store.ts";
import { contextOf } from "./context.ts";
import { iso, systemClock } from "./core/clock.ts";
import type { Log } from "./core/log.ts";
import { createPorts } from "./core/operation.ts";
import { bootId, showPresence } from "./daemon/presence.ts";
import { createStatus } from "./daemon/status.ts";
import { packageVersion } from "./daemon/version.ts";
import type { Ground } from "./ground.ts";
import { type Http, leadHttp } from "./http-door.ts";
import { operations } from "./operations.ts";
import type { Rooms } from "./rooms.ts";
import { identify } from "./run/process/identity.ts";
import { serveJsonRpc } from "./transports/jsonrpc/serve.ts";

export interface Daemon {
  readonly log: Log;
  /** Answers, claims no more, looks away from its agents, closes. Safe to call twice. */
  stop(): Promise<void>;
  /** Reads the settings again. Resolves when they hold, or when it is known why not. */
  reload(): Promise<void>;
  /** Resolves when it has stopped, whoever stopped it. */
  readonly stopped: Promise<void>;
}

export async function openDoors(
  rooms: Rooms,
  ground: Ground,
  http: Http | undefined,
  stopAll: () => Promise<void>,
): Promise<Daemon> {
  const { engine, limits, custody, catalog } = rooms;
  const { paths, lifetime, log, settings } = ground;
  const { promise: stopped, resolve: tellStopped } = Promise.withResolvers<void>();
  const state = { isStopping: false, clients: () => 0 };
  const daemon: Daemon = {
    log,
    stopped,
    async stop() {
      if (!state.isStopping) log.info("daemon stopping", { live: engine.liveRuns() });
      state.isStopping = true;
      await stopAll();
      tellStopped();
    },
    async reload() {
      settings.reload();
      await rooms.applied();
      await catalog.renewed();
    },
  };
  const status = createStatus({
    ...rooms,
    clock: systemClock,
    home: paths.home,
    host: rooms.hostName,
    version: packageVersion(),
    addresses: () => [`unix:${paths.socket}`, ...(http?.addresses ?? [])],
    clients: () => state.clients(),
    settingsSource: () => settings.source(),
    settingsProblems: ground.settingsProblems,
    isStopping: () => state.isStopping,
  });
  const ports = createPorts({ operations, context: contextOf(rooms, ground, daemon, status), log, once: doneOnce });
  const rpc = await serveJsonRpc({
    path: paths.socket,
    ports,
    actor: owner(),
    limits: { lineBytes: limits().rpcLineBytes, clients: limits().clients },
    log,
  });
  lifetime.add("jsonrpc", () => rpc.close());
  if (http) lifetime.add("http", leadHttp(http, { ports, rooms, ground }));
  state.clients = () => rpc.clients() + (http?.connections() ?? 0);
  const self = {
    startTicks: identify(process.pid)?.startTicks ?? 0,
    bootId: bootId(),
    startedAt: iso(systemClock.now()),
  };
  const facts = async () => {
    const { pid, version, addresses, tasks } = await status();
    return { pid, ...self, version, addresses, heartbeatAt: iso(systemClock.now()), counts: tasks };
  };
  lifetime.add("presence", await showPresence({ paths, clock: systemClock, log, facts }));
  log.info("daemon ready", {
    pid: process.pid,
    version: packageVersion(),
    custody: custody.level,
    standby: engine.standby,
  });
  return daemon;
}
