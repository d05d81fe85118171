/** The composition root: settings, store, rooms, transports; started in this order and stopped in reverse. */
import { availableParallelism, hostname } from "node:os";
import { owner } from "./access/owner.ts";
import { type CatalogSource, openCatalog } from "./agent/catalog.ts";
import { formatProblem } from "./config/problem.ts";
import { iso, systemClock } from "./core/clock.ts";
import { homePaths } from "./core/home.ts";
import { systemIds } from "./core/ids.ts";
import type { Log } from "./core/log.ts";
import { type ContextOf, createCall } from "./core/operation.ts";
import type { RecordCrash } from "./daemon/crash.ts";
import { prepareHome } from "./daemon/home.ts";
import { homeTaken } from "./daemon/home-taken.ts";
import { forgetUnexpectedEnds, type UnexpectedEnd, unexpectedEnd } from "./daemon/last-end.ts";
import { bootId, claimPresence, forgetPresence, type Shown, showPresence } from "./daemon/presence.ts";
import { assertStoreThere, createSelfWatch, recordLastEnd, type SelfWatch } from "./daemon/self-watch.ts";
import { startFailureOf } from "./daemon/start-failure.ts";
import { createStatus } from "./daemon/status.ts";
import { createSupervisor } from "./daemon/supervisor.ts";
import { packageVersion } from "./daemon/version.ts";
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
import type { Store } from "./store/store.ts";
import { migrations } from "./tables.ts";
import { serveJsonRpc } from "./transports/jsonrpc/serve.ts";

export interface DaemonOptions {
  readonly home: string;
  readonly standby?: boolean;
  /** Also write the log to standard error. */
  readonly foreground?: boolean;
  /** Called after each step of a launch: tests end the daemon right there. */
  readonly onStep?: (step: LaunchStep) => void;
  /** Is given, as soon as there is a log, what writes down an unexpected end before the program ends. */
  readonly onCrashDoor?: (crash: RecordCrash) => void;
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
  const lastEnd = unexpectedEnd(paths);
  try {
    assertStoreThere(lastEnd, paths);
  } catch (error) {
    lock.release();
    throw error;
  }
  claimPresence(paths);
  const leave = () => {
    forgetPresence(paths);
    lock.release();
  };
  try {
    const ground = layGround(paths, { foreground: options.foreground ?? false });
    return await startIn(ground, { ...options, umask, lastEnd }, leave);
  } catch (error) {
    leave();
    throw startFailureOf(error);
  }
}

interface Starting extends DaemonOptions {
  readonly umask: string;
  readonly lastEnd: UnexpectedEnd | undefined;
}

async function startIn(ground: Ground, options: Starting, leave: () => void): Promise<Daemon> {
  const { lifetime, log, paths, settings, secretBook } = ground;
  try {
    const self = createSelfWatch({
      ...{ paths, log, clock: systemClock, version: packageVersion(), lastEnd: options.lastEnd },
      limits: () => settings.current().limits,
      secrets: () => secretBook.values(),
    });
    options.onCrashDoor?.(self.crash);
    const rooms = await furnish(options, ground, self);
    return await openDoors(rooms, ground, () => lifetime.stop().finally(leave));
  } catch (error) {
    log.error("the daemon did not start", { error });
    await lifetime.stop();
    throw error;
  }
}

interface Rooms {
  readonly self: SelfWatch;
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
}

/** The rooms behind the doors, from the store to the engine, which takes over what an earlier daemon left. */
async function furnish(options: Starting, ground: Ground, self: SelfWatch): Promise<Rooms> {
  const { paths, lifetime, log, settings, secretBook } = ground;
  const limits = () => settings.current().limits;
  const cores = Math.max(2, availableParallelism());
  const maxRuns = () => settings.current().host.maxRuns ?? cores;
  const hostName = settings.current().host.name ?? hostname();
  const probing = probeCustody(settings.current().host.custody);
  // Looked at below: until then a failure is nobody's yet.
  probing.catch(() => {});

  const onListenerError = (error: unknown) => log.error("something that follows the store failed", { error });
  const opened = await openSqlite({ path: paths.database, migrations, clock: systemClock, onListenerError });
  lifetime.add("store", () => opened.close());
  const store = self.guard(opened, paths.database);
  const host = { key: hostKey(paths.home), name: hostName, version: packageVersion() };
  const hostId = await store.write((tx) => registerHost(tx, host));
  if (options.lastEnd) await recordLastEnd(store, options.lastEnd);
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
    standby: options.standby === true || self.isCrashLoop,
    onStep: options.onStep ?? (() => {}),
  });
  wake.engine = () => engine.wake();
  await engine.start();
  lifetime.add("engine", () => engine.stop());
  const applied = applyChanges(store, ground, () => engine.wake());
  return { self, store, hostId, hostName, catalog, custody, engine, limits, maxRuns, applied };
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
  const { engine, limits, custody, catalog, self, store } = rooms;
  const { paths, lifetime, log, settings } = ground;
  const { promise: stopped, resolve: tellStopped } = Promise.withResolvers<void>();
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
      tellStopped();
    },
    async reload() {
      void supervisor.reloading();
      settings.reload();
      await rooms.applied();
      await catalog.renewed();
      void supervisor.ready("active");
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
    memory: self.memory,
    lastEnd: self.lastEnd,
    moreProblems: () => [...self.problems(engine.standby), presence?.problem()],
  });
  const rpc = await serveJsonRpc({
    path: paths.socket,
    call: self.watched(createCall(operations, contextOf(rooms, ground, daemon, status), log)),
    actor: owner(),
    limits: { lineBytes: limits().rpcLineBytes, clients: limits().clients },
    log,
  });
  lifetime.add("jsonrpc", () => rpc.close());
  state.clients = () => rpc.clients();
  const startTicks = identify(process.pid)?.startTicks ?? 0;
  const identity = { startTicks, bootId: bootId(), startedAt: iso(systemClock.now()) };
  const facts = async () => {
    const { pid, version, addresses, tasks } = await status();
    const heartbeatAt = iso(systemClock.now());
    return { pid, ...identity, version, addresses, heartbeatAt, counts: tasks, storeFile: paths.database };
  };
  const onBeat = async () => {
    self.look();
    if (await rpc.keepPath()) log.warn("the socket was taken away; it is there again", { path: paths.socket });
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
  await supervisor.ready(engine.standby ? "standby" : "active");
  return daemon;
}

/** What the handlers of all operations need, together. */
function contextOf(
  { store, hostId, catalog, engine, limits, maxRuns }: Rooms,
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
    findProgram: (agent) => findAgentProgram(catalog.current().agents.get(agent)?.body),
    daemon: {
      now: () => systemClock.now(),
      status,
      stopSoon: () => void setImmediate(() => void stop()),
      activate: () => {
        forgetUnexpectedEnds(paths);
        return engine.activate();
      },
      reload: async () => {
        const before = settings.current();
        await reload();
        const problems = [...settings.problems().map(formatProblem), ...danglingReferences(settings.current())];
        return { changed: settings.current() !== before, problems };
      },
    },
  };
}
