/** The ways in: every transport over the one registry, what handlers are given, and the traces that tell people of the daemon. */
import { resolve } from "node:path";
import { owner } from "../access/owner.ts";
import { doneOnce } from "../access/request.store.ts";
import { iso, systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { createPorts } from "../core/operation.ts";
import { Refusal } from "../core/refusal.ts";
import { bootId, type Shown, showPresence } from "../daemon/presence.ts";
import { StartFailure } from "../daemon/start-failure.ts";
import { createStatus } from "../daemon/status.ts";
import { createSupervisor } from "../daemon/supervisor.ts";
import { packageVersion } from "../daemon/version.ts";
import { operations } from "../operations.ts";
import { identify } from "../run/process/identity.ts";
import { createProjectProblems } from "../task/project/project-problems.ts";
import { aiwgPorts } from "../transports/compat/aiwg.ts";
import { serveJsonRpc } from "../transports/jsonrpc/serve.ts";
import { pacedPorts } from "../transports/paced.ts";
import { contextOf } from "./context.ts";
import type { Ground } from "./ground.ts";
import { type Http, leadHttp } from "./http-door.ts";
import type { Rooms } from "./rooms.ts";

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

export async function openDoors(
  rooms: Rooms,
  ground: Ground,
  http: Http | undefined,
  stopAll: () => Promise<void>,
): Promise<Daemon> {
  const { engine, limits, custody, catalog, self, store } = rooms;
  const { paths, lifetime, log, settings } = ground;
  const { promise: stopped, resolve: tellStopped } = Promise.withResolvers<Stopped>();
  const state = { isStopping: false, clients: () => 0 };
  let presence: Shown | undefined;
  const supervisor = createSupervisor({
    ...{ env: process.env, clock: systemClock, log },
    isWell: async () => {
      await store.read.get("SELECT 1 AS one");
      return self.isHomeWell();
    },
    statusLine: () => `${engine.standby ? "standby" : "active"}, ${engine.liveRuns()} runs`,
  });
  lifetime.add("supervisor", () => supervisor.stop());
  const daemon: Daemon = {
    log,
    stopped,
    async stop() {
      if (!state.isStopping) {
        log.info("daemon stopping", { live: engine.liveRuns() });
        void supervisor.stopping();
      }
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
      void supervisor.reloading();
      settings.reload();
      await rooms.applied();
      await rooms.roleFiles.read();
      await catalog.renewed();
      await rooms.looseEnds.look();
      void supervisor.ready();
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
    settingsProblems: () => [
      ...ground.settingsProblems(),
      ...rooms.storeSettingProblems(),
      ...rooms.roleFiles.problems(),
      ...rooms.looseEnds.sentences(),
      ...rooms.webhooks.problems(),
    ],
    projectProblems: createProjectProblems({
      ...{ read: store.read, projects: () => settings.current().projects, clock: systemClock },
    }),
    isStopping: () => state.isStopping,
    memory: self.memory,
    lastEnd: self.lastEnd,
    moreProblems: () => [...self.problems(engine.standby), presence?.problem(), ...rooms.storeProblems()],
  });
  const context = contextOf(rooms, ground, daemon, status);
  const ports = pacedPorts(
    self.watched(createPorts({ operations, context, log, once: doneOnce })),
    operations,
    ground.unread,
  );
  const forRuns = operations.filter((operation) => operation.forRun);
  const portsForRuns = createPorts({ operations: forRuns, context, log, once: doneOnce });
  rooms.agentDoors.lead({ operations: forRuns, ports: portsForRuns });
  const socket = {
    actor: owner(),
    limits: { lineBytes: limits().rpcLineBytes, clients: limits().clients },
    log,
    unread: ground.unread,
  };
  const rpc = await serveJsonRpc({ ...socket, path: paths.socket, ports });
  lifetime.add("jsonrpc", () => rpc.close());
  const sockets: { keepPath(): Promise<boolean> }[] = [rpc, ...(http ? [http] : [])];
  const { aiwgSocket } = settings.current().compat;
  if (aiwgSocket !== undefined) {
    const path = resolve(paths.home, aiwgSocket);
    const aiwg = await serveJsonRpc({ ...socket, path, ports: aiwgPorts(operations, ports) }).catch(
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        throw new StartFailure("configuration", `compat.aiwgSocket: ${error.message}`, { hint: error.hint });
      },
    );
    lifetime.add("aiwg socket", () => aiwg.close());
    sockets.push(aiwg);
  }
  if (http) lifetime.add("http", leadHttp(http, { ports, rooms, ground }));
  state.clients = () => rpc.clients() + (http?.connections() ?? 0);
  const startTicks = identify(process.pid)?.startTicks ?? 0;
  const identity = { startTicks, bootId: bootId(), startedAt: iso(systemClock.now()) };
  const facts = async () => {
    const { pid, version, addresses, tasks } = await status();
    const heartbeatAt = iso(systemClock.now());
    return { pid, ...identity, version, addresses, heartbeatAt, counts: tasks, storeFile: rooms.storeFile };
  };
  const onBeat = async () => {
    self.look();
    for (const socket of sockets) if (await socket.keepPath()) log.warn("a socket was taken away; it is there again");
  };
  presence = await showPresence({ paths, clock: systemClock, log, facts, onBeat });
  lifetime.add("presence", () => presence?.stop());
  self.watchLoop(store);
  lifetime.add("self-watch", () => self.stop());
  log.info("daemon ready", {
    pid: process.pid,
    version: packageVersion(),
    custody: custody.level,
    standby: engine.standby,
  });
  await supervisor.ready();
  return daemon;
}
