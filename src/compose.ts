/** The composition root: settings, store, rooms, transports; started in this order and stopped in reverse. */
import { availableParallelism, hostname } from "node:os";
import { owner } from "./access/owner.ts";
import { type CatalogSource, openCatalog } from "./agent/catalog.ts";
import { formatProblem, SettingsProblem } from "./config/problem.ts";
import { iso, systemClock } from "./core/clock.ts";
import { homePaths } from "./core/home.ts";
import { systemIds } from "./core/ids.ts";
import type { Log } from "./core/log.ts";
import { type ContextOf, createCall } from "./core/operation.ts";
import { prepareHome } from "./daemon/home.ts";
import { homeTaken } from "./daemon/home-taken.ts";
import { type Maintenance, startMaintenance } from "./daemon/maintenance/maintenance.ts";
import { careForStore } from "./daemon/maintenance/store-care.ts";
import { bootId, claimPresence, forgetPresence, showPresence } from "./daemon/presence.ts";
import { StartFailure } from "./daemon/start-failure.ts";
import { createStatus } from "./daemon/status.ts";
import { packageVersion } from "./daemon/version.ts";
import { examine, shared } from "./examine.ts";
import { registerHost } from "./fleet/host.store.ts";
import { hostKey } from "./fleet/host.ts";
import { takeHomeLock } from "./fleet/lock.ts";
import { type Ground, layGround } from "./ground.ts";
import { operations } from "./operations.ts";
import { applyDefinitions } from "./project/definition.store.ts";
import { DEFAULT_PROJECT } from "./project/project.tables.ts";
import { Engine } from "./run/engine.ts";
import { nobodyCan } from "./run/explain.ts";
import type { LaunchStep } from "./run/launch-run.ts";
import { findAgentProgram } from "./run/prepare.ts";
import { type Custody, probeCustody } from "./run/process/custody.ts";
import { identify } from "./run/process/identity.ts";
import { createWrappers } from "./run/process/wrapper.ts";
import { danglingReferences, type Settings } from "./settings.ts";
import { openSqlite } from "./store/sqlite.ts";
import { type Store, StoreUnusable } from "./store/store.ts";
import { migrations } from "./tables.ts";
import { serveJsonRpc } from "./transports/jsonrpc/serve.ts";

export interface DaemonOptions {
  readonly home: string;
  readonly standby?: boolean;
  /** Also write the log to standard error. */
  readonly foreground?: boolean;
  /** Called after each step of a launch: tests end the daemon right there. */
  readonly onStep?: (step: LaunchStep) => void;
}

export interface Daemon {
  readonly log: Log;
  /** Answers, claims no more, looks away from its agents, closes. Safe to call twice. */
  stop(): Promise<void>;
  /** Reads the settings again. Resolves when they hold, or when it is known why not. */
  reload(): Promise<void>;
  /** Resolves when it has stopped, whoever stopped it. */
  readonly stopped: Promise<void>;
}

/** Resolves when it answers. Throws `StartFailure` when it will not, having changed nothing that matters. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const umask = process.umask(0o077).toString(8).padStart(3, "0");
  const paths = homePaths(options.home);
  prepareHome(paths);
  const lock = takeHomeLock(paths.lock);
  if (!lock) throw await homeTaken(paths);
  claimPresence(paths);
  const leave = () => {
    forgetPresence(paths);
    lock.release();
  };
  try {
    return await startIn(layGround(paths, { foreground: options.foreground ?? false }), { ...options, umask }, leave);
  } catch (error) {
    leave();
    throw startFailureOf(error);
  }
}

async function startIn(ground: Ground, options: DaemonOptions & { umask: string }, leave: () => void): Promise<Daemon> {
  const { lifetime, log } = ground;
  try {
    const rooms = await furnish(options, ground);
    return await openDoors(rooms, ground, () => lifetime.stop().finally(leave));
  } catch (error) {
    log.error("the daemon did not start", { error });
    await lifetime.stop();
    throw error;
  }
}

interface Rooms {
  readonly store: Store;
  readonly hostId: number;
  readonly hostName: string;
  readonly catalog: CatalogSource;
  readonly custody: Custody;
  readonly engine: Engine;
  readonly limits: () => Settings["limits"];
  readonly maxRuns: () => number;
  /** Resolves when the settings that were read last are in the store. */
  readonly applied: () => Promise<void>;
  readonly maintenance: Maintenance;
  readonly storeProblems: () => readonly string[];
}

/** The rooms behind the doors, from the store to the engine, which takes over what an earlier daemon left. */
async function furnish(options: DaemonOptions & { readonly umask: string }, ground: Ground): Promise<Rooms> {
  const { paths, lifetime, log, settings, secretBook } = ground;
  const limits = () => settings.current().limits;
  const cores = Math.max(2, availableParallelism());
  const maxRuns = () => settings.current().host.maxRuns ?? cores;
  const hostName = settings.current().host.name ?? hostname();
  const probing = probeCustody(settings.current().host.custody);
  // Looked at below: until then a failure is nobody's yet.
  probing.catch(() => {});

  const onListenerError = (error: unknown) => log.error("something that follows the store failed", { error });
  const care = careForStore({ paths, version: packageVersion(), limits, clock: systemClock, log });
  const store = await openSqlite({ path: paths.database, migrations, clock: systemClock, onListenerError, ...care });
  lifetime.add("store", () => store.close());
  const host = { key: hostKey(paths.home), name: hostName, version: packageVersion() };
  const hostId = await store.write((tx) => registerHost(tx, host));
  await applySettings(store, settings.current(), ground);
  const wake = { engine: () => {} };
  const catalog = await openCatalog(store, DEFAULT_PROJECT.id, () => wake.engine());
  lifetime.add("catalog", () => catalog.stop());

  const custody = await probing;
  const engine = new Engine({
    store,
    clock: systemClock,
    ids: systemIds,
    log,
    catalog,
    limits,
    custody,
    secretBook,
    secrets: () => secretBook.values(),
    hostId,
    maxRuns,
    wrappers: createWrappers({ custody, exitsDirectory: paths.exits, clock: systemClock, log, umask: options.umask }),
    exitsDirectory: paths.exits,
    runsDirectory: paths.runs,
    standby: options.standby ?? false,
    onStep: options.onStep ?? (() => {}),
  });
  wake.engine = () => engine.wake();
  await engine.start();
  lifetime.add("engine", () => engine.stop());
  const applied = applyChanges(store, ground, () => engine.wake());
  const maintenance = startMaintenance({ store, clock: systemClock, log, limits, paths });
  lifetime.add("maintenance", () => maintenance.stop());
  const storeProblems = () => [...care.problems(), ...maintenance.problems()];
  return { store, hostId, hostName, catalog, custody, engine, limits, maxRuns, applied, maintenance, storeProblems };
}

/** One change of the settings after the other. Gives how to wait for the last. */
function applyChanges(store: Store, ground: Ground, then: () => void): () => Promise<void> {
  let applying: Promise<void> = Promise.resolve();
  ground.onSettings.tell = (next) => {
    applying = applying
      .then(() => applySettings(store, next, ground))
      .then(then)
      .catch((error: unknown) => ground.log.error("the settings were read but could not be stored", { error }));
  };
  return () => applying;
}

/** The settings file is the source of definitions on a single host; all of it at once, or nothing. */
async function applySettings(store: Store, { agents, roles }: Settings, { secretBook }: Ground): Promise<void> {
  secretBook.learn(Object.values(agents).flatMap((agent) => Object.values(agent.env ?? {})));
  const declared = [
    ...Object.entries(agents).map(([name, body]) => ({ kind: "agent" as const, name, body })),
    ...Object.entries(roles).map(([name, body]) => ({ kind: "role" as const, name, body })),
  ];
  const apply = {
    projectId: DEFAULT_PROJECT.id,
    source: "settings",
    declared,
    actor: "host:settings",
    complete: true,
  } as const;
  await store.write((tx) => applyDefinitions(tx, apply));
}

/** The ways in, and the traces that tell people of them. */
async function openDoors(rooms: Rooms, ground: Ground, stopAll: () => Promise<void>): Promise<Daemon> {
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
    addresses: () => [`unix:${paths.socket}`],
    clients: () => state.clients(),
    settingsSource: () => settings.source(),
    settingsProblems: () => [...settings.problems().map(formatProblem), ...danglingReferences(settings.current())],
    isStopping: () => state.isStopping,
  });
  const rpc = await serveJsonRpc({
    path: paths.socket,
    call: createCall(operations, contextOf(rooms, ground, daemon, status), log),
    actor: owner(),
    limits: { lineBytes: limits().rpcLineBytes, clients: limits().clients },
    log,
  });
  lifetime.add("jsonrpc", () => rpc.close());
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

/** What the handlers of all operations need, together. */
function contextOf(
  { store, hostId, catalog, engine, limits, maxRuns, maintenance }: Rooms,
  { paths, settings, secretBook }: Ground,
  { stop, reload }: Daemon,
  status: ReturnType<typeof createStatus>,
): ContextOf<typeof operations> {
  const adviceFor = (task: { role: string; agent: string | null }) => {
    const reason = nobodyCan(task, catalog.current());
    return reason && `${reason.sentence} ${reason.change}`;
  };
  return {
    store,
    clock: systemClock,
    limits,
    catalog,
    engine,
    hostId,
    maxRuns,
    runsDirectory: paths.runs,
    secrets: () => secretBook.values(),
    advise: adviceFor,
    rolesWithoutAgent: (roles) => roles.filter((role) => adviceFor({ role, agent: null }) !== undefined),
    maintenance,
    diagnose: shared(async (askerVersion) =>
      examine({ paths, version: packageVersion(), askerVersion, daemon: { answers: true, status: await status() } }),
    ),
    findProgram: (agent) => findAgentProgram(catalog.current().agents.get(agent)?.body),
    daemon: {
      now: () => systemClock.now(),
      status,
      stopSoon: () => void setImmediate(() => void stop()),
      activate: () => engine.activate(),
      reload: async () => {
        const before = settings.current();
        await reload();
        const problems = [...settings.problems().map(formatProblem), ...danglingReferences(settings.current())];
        return { changed: settings.current() !== before, problems };
      },
    },
  };
}

/** Whatever went wrong, as whoever starts a daemon is told it. */
export function startFailureOf(error: unknown): StartFailure {
  if (error instanceof StartFailure) return error;
  if (error instanceof SettingsProblem) {
    return new StartFailure("configuration", error.problems.map(formatProblem).join("\n"), {
      hint: "Mend the file; `steward config check` shows every problem.",
    });
  }
  if (error instanceof StoreUnusable) return new StartFailure("unavailable", error.message, { hint: error.hint });
  return new StartFailure("unavailable", error instanceof Error ? error.message : String(error));
}
