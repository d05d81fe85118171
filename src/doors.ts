/** The ways in: every transport over the one registry, what handlers are given, and the traces that tell people of the daemon. */
import { resolve } from "node:path";
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
import { operations } from "./operations.ts";
import type { Rooms } from "./rooms.ts";
import { identify } from "./run/process/identity.ts";
import { problemsOf } from "./settings.ts";
import { aiwgPorts } from "./transports/compat/aiwg.ts";
import { serveJsonRpc } from "./transports/jsonrpc/serve.ts";

/** How it wants to go on: not at all, or again, as it was. */
export type Stopped = { readonly again: false } | { readonly again: true; readonly standby: boolean };

export interface Daemon {
  readonly log: Log;
  /** Answers, claims no more, looks away from its agents, closes. Safe to call twice. */
  stop(): Promise<void>;
  /** Stops, and says so to the program, which begins again. */
  restart(standby: boolean): Promise<void>;
  /** Reads the settings again. Resolves when they hold, or when it is known why not. */
  reload(): Promise<void>;
  /** Resolves when it has stopped, whoever stopped it. */
  readonly stopped: Promise<Stopped>;
}

export async function openDoors(rooms: Rooms, ground: Ground, stopAll: () => Promise<void>): Promise<Daemon> {
  const { engine, limits, custody, catalog } = rooms;
  const { paths, lifetime, log, settings } = ground;
  const { promise: stopped, resolve: tellStopped } = Promise.withResolvers<Stopped>();
  const state = { isStopping: false, clients: () => 0 };
  const daemon: Daemon = {
    log,
    stopped,
    async stop() {
      if (!state.isStopping) log.info("daemon stopping", { live: engine.liveRuns() });
      state.isStopping = true;
      await stopAll();
      tellStopped({ again: false });
    },
    async restart(standby) {
      log.info("daemon restarting", { live: engine.liveRuns() });
      state.isStopping = true;
      await stopAll();
      tellStopped({ again: true, standby });
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
    addresses: () => [`unix:${paths.socket}`],
    clients: () => state.clients(),
    settingsSource: () => settings.source(),
    settingsProblems: () => [...problemsOf(settings), ...rooms.webhooks.problems()],
    isStopping: () => state.isStopping,
  });
  const ports = createPorts({ operations, context: contextOf(rooms, ground, daemon, status), log, once: doneOnce });
  const socket = { actor: owner(), limits: { lineBytes: limits().rpcLineBytes, clients: limits().clients }, log };
  const rpc = await serveJsonRpc({ ...socket, path: paths.socket, ports });
  lifetime.add("jsonrpc", () => rpc.close());
  const { aiwgSocket } = settings.current().compat;
  if (aiwgSocket !== undefined) {
    const path = resolve(paths.home, aiwgSocket);
    const aiwg = await serveJsonRpc({ ...socket, path, ports: aiwgPorts(operations, ports) });
    lifetime.add("aiwg socket", () => aiwg.close());
  }
  state.clients = () => rpc.clients();
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
