/** The composition root: settings, store, rooms, transports; started in this order and stopped in reverse. */
import { availableParallelism, hostname } from "node:os";
import { parseArgs } from "node:util";
import { owner } from "./access/owner.ts";
import { type CatalogSource, openCatalog } from "./agent/catalog.ts";
import { formatProblem, SettingsProblem } from "./config/problem.ts";
import { createSettings, type Settings as SettingsSource } from "./config/reload.ts";
import { systemSecrets } from "./config/secret.ts";
import { iso, systemClock } from "./core/clock.ts";
import { type HomePaths, homePaths, resolveHome } from "./core/home.ts";
import { systemIds } from "./core/ids.ts";
import { Lifetime } from "./core/lifetime.ts";
import type { Log } from "./core/log.ts";
import { type LogFile, openLogFile } from "./core/log-file.ts";
import { createLog } from "./core/logger.ts";
import { type ContextOf, createCall } from "./core/operation.ts";
import { prepareHome } from "./daemon/home.ts";
import { yieldPidOne } from "./daemon/pid-one.ts";
import { bootId, claimPresence, holderOf, showPresence } from "./daemon/presence.ts";
import { reportStart } from "./daemon/report.ts";
import { StartFailure } from "./daemon/start-failure.ts";
import { createStatus } from "./daemon/status.ts";
import { packageVersion } from "./daemon/version.ts";
import { registerHost } from "./fleet/host.store.ts";
import { hostKey } from "./fleet/host.ts";
import { takeHomeLock } from "./fleet/lock.ts";
import { operations } from "./operations.ts";
import { applyDefinitions } from "./project/definition.store.ts";
import { DEFAULT_PROJECT } from "./project/project.tables.ts";
import { Engine } from "./run/engine.ts";
import { nobodyCan } from "./run/explain.ts";
import type { LaunchStep } from "./run/launch-run.ts";
import { findAgentProgram } from "./run/prepare.ts";
import { probeCustody } from "./run/process/custody.ts";
import { identify } from "./run/process/identity.ts";
import { createWrappers } from "./run/process/wrapper.ts";
import { fragments, type Settings } from "./settings.ts";
import { openSqlite } from "./store/sqlite.ts";
import { type Store, StoreUnusable } from "./store/store.ts";
import { migrations } from "./tables.ts";
import { serveJsonRpc } from "./transports/jsonrpc/serve.ts";
import { createSecretBook } from "./trust/secret-book.ts";

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
  const ground = createGround(options, paths);
  const { lifetime, log, sink } = ground;
  lifetime.add("lock", () => lock.release());
  lifetime.add("log", () => sink.close());
  try {
    return await furnish({ ...options, umask }, paths, ground);
  } catch (error) {
    const failure = startFailureOf(error);
    log.error("the daemon did not start", { error });
    await lifetime.stop();
    throw failure;
  }
}

interface Ground {
  readonly lifetime: Lifetime;
  readonly log: Log;
  readonly sink: LogFile;
  readonly settings: SettingsSource<typeof fragments>;
  readonly secretBook: ReturnType<typeof createSecretBook>;
  readonly onSettings: { call: (settings: Settings) => void };
}

/** What everything else stands on: the settings and the log, each of which needs the other. */
function createGround({ foreground }: DaemonOptions, paths: HomePaths): Ground {
  const secretBook = createSecretBook(systemSecrets(paths.home));
  const onSettings = { call: (_: Settings) => {} };
  const early: { log: Log } = { log: { debug() {}, info() {}, warn() {}, error() {} } };
  const settings = readFirst(() =>
    createSettings({
      path: paths.settings,
      fragments,
      log: {
        debug: (...args) => early.log.debug(...args),
        info: (...args) => early.log.info(...args),
        warn: (...args) => early.log.warn(...args),
        error: (...args) => early.log.error(...args),
      },
      onChange: (next) => onSettings.call(next),
    }),
  );
  const { logFileBytes, logFiles } = settings.current().limits;
  const sink = openLogFile({ path: paths.log, maxBytes: logFileBytes, files: logFiles });
  const write = (line: string) => {
    sink.write(line);
    if (foreground) process.stderr.write(line);
  };
  const log = createLog({ sink: { write }, level: "info", mask: () => secretBook.values() });
  early.log = log;
  return { lifetime: new Lifetime(log), log, sink, settings, secretBook, onSettings };
}

/** The rooms, from the store to the socket. */
async function furnish(options: DaemonOptions & { umask: string }, paths: HomePaths, ground: Ground): Promise<Daemon> {
  const { lifetime, log, settings, secretBook, onSettings } = ground;
  const clock = systemClock;
  const limits = () => settings.current().limits;
  const hostName = () => settings.current().host.name ?? hostname();
  const cores = Math.max(2, availableParallelism());
  const maxRuns = () => settings.current().host.maxRuns ?? cores;
  const custodyProbe = probeCustody(settings.current().host.custody);
  custodyProbe.catch(() => {});

  const store = await openSqlite({
    path: paths.database,
    migrations,
    clock,
    onListenerError: (error) => log.error("something that follows the store failed", { error }),
  });
  lifetime.add("store", () => store.close());
  const hostId = await store.write((tx) =>
    registerHost(tx, { key: hostKey(paths.home), name: hostName(), version: packageVersion() }),
  );
  await applySettings(store, settings.current(), ground);
  const engineRef: { engine?: Engine } = {};
  const catalog = await openCatalog(store, DEFAULT_PROJECT.id, () => engineRef.engine?.wake());
  lifetime.add("catalog", () => catalog.stop());

  const custody = await custodyProbe;
  const wrappers = createWrappers({ custody, exitsDirectory: paths.exits, clock, log, umask: options.umask });
  const supervision = {
    store,
    clock,
    ids: systemIds,
    log,
    catalog,
    limits,
    custody,
    secretBook,
    secrets: () => secretBook.values(),
  };
  const engine = new Engine({
    ...supervision,
    hostId,
    maxRuns,
    wrappers,
    exitsDirectory: paths.exits,
    runsDirectory: paths.runs,
    standby: options.standby ?? false,
    onStep: options.onStep ?? (() => {}),
  });
  engineRef.engine = engine;
  await engine.start();
  lifetime.add("engine", () => engine.stop());

  let applying: Promise<unknown> = Promise.resolve();
  onSettings.call = (next) => {
    applying = applying
      .then(() => applySettings(store, next, ground))
      .then(() => engine.wake())
      .catch((error: unknown) => log.error("the settings were read but could not be stored", { error }));
  };
  const reload = async () => {
    settings.reload();
    await applying;
    await catalog.renewed();
  };

  const { promise: stopped, resolve: tellStopped } = Promise.withResolvers<void>();
  let stopping = false;
  const stop = async () => {
    if (!stopping) log.info("daemon stopping", { live: engine.liveRuns() });
    stopping = true;
    await lifetime.stop();
    tellStopped();
  };

  const transports = { clients: () => 0 };
  const status = createStatus({
    store,
    clock,
    engine,
    custody,
    catalog,
    limits,
    maxRuns,
    home: paths.home,
    host: hostName(),
    version: packageVersion(),
    addresses: () => [`unix:${paths.socket}`],
    clients: () => transports.clients(),
    settingsSource: () => settings.source(),
    settingsProblems: () => settings.problems().map(formatProblem),
    isStopping: () => stopping,
  });
  const context: ContextOf<typeof operations> = {
    store,
    clock,
    limits,
    catalog,
    engine,
    hostId,
    maxRuns,
    runsDirectory: paths.runs,
    secrets: () => secretBook.values(),
    advise: (task) => adviceFor(catalog, task),
    rolesWithoutAgent: (roles) => roles.filter((role) => adviceFor(catalog, { role, agent: null }) !== undefined),
    findProgram: (agent) => findAgentProgram(catalog.current().agents.get(agent)?.body),
    daemon: {
      now: () => clock.now(),
      status,
      stopSoon: () => void setImmediate(() => void stop()),
      activate: () => engine.activate(),
      reload: async () => {
        const before = settings.current();
        await reload();
        return { changed: settings.current() !== before, problems: settings.problems().map(formatProblem) };
      },
    },
  };
  const call = createCall(operations, context, log);
  const rpc = await serveJsonRpc({
    path: paths.socket,
    call,
    actor: owner(),
    limits: { lineBytes: limits().rpcLineBytes, clients: limits().clients },
    log,
  });
  transports.clients = () => rpc.clients();
  lifetime.add("jsonrpc", () => rpc.close());

  const startedAt = iso(clock.now());
  const self = { startTicks: identify(process.pid)?.startTicks ?? 0, bootId: bootId() };
  const forget = await showPresence({
    paths,
    clock,
    log,
    facts: async () => {
      const { pid, version, addresses, tasks } = await status();
      return { pid, ...self, version, addresses, startedAt, heartbeatAt: iso(clock.now()), counts: tasks };
    },
  });
  lifetime.add("presence", forget);
  log.info("daemon ready", {
    pid: process.pid,
    version: packageVersion(),
    custody: custody.level,
    standby: options.standby ?? false,
  });
  return { log, stop, reload, stopped };
}

/** The settings file is the source of definitions on a single host; all of it at once, or nothing. */
async function applySettings(store: Store, settings: Settings, { secretBook }: Ground): Promise<void> {
  secretBook.learn(Object.values(settings.agents).flatMap((agent) => Object.values(agent.env ?? {})));
  const declared = [
    ...Object.entries(settings.agents).map(([name, body]) => ({ kind: "agent" as const, name, body })),
    ...Object.entries(settings.roles).map(([name, body]) => ({ kind: "role" as const, name, body })),
  ];
  await store.write((tx) =>
    applyDefinitions(tx, {
      projectId: DEFAULT_PROJECT.id,
      source: "settings",
      declared,
      actor: "host:settings",
      complete: true,
    }),
  );
}

function adviceFor(catalog: CatalogSource, task: { role: string; agent: string | null }): string | undefined {
  const reason = nobodyCan(task, catalog.current());
  return reason && `${reason.sentence} ${reason.change}`;
}

function readFirst<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw startFailureOf(error);
  }
}

function startFailureOf(error: unknown): StartFailure {
  if (error instanceof StartFailure) return error;
  if (error instanceof SettingsProblem) {
    return new StartFailure("configuration", error.problems.map(formatProblem).join("\n"), {
      hint: "Mend the file; `steward config check` shows every problem.",
    });
  }
  if (error instanceof StoreUnusable) return new StartFailure("unavailable", error.message, { hint: error.hint });
  return new StartFailure("unavailable", error instanceof Error ? error.message : String(error));
}

/** How long the winner of a race has to write its pid down, in ms. */
const NAME_WAIT_MS = 500;

async function homeTaken(paths: HomePaths): Promise<StartFailure> {
  const until = Date.now() + NAME_WAIT_MS;
  let pid = holderOf(paths);
  while (pid === undefined && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    pid = holderOf(paths);
  }
  const holder = pid === undefined ? "another daemon" : `the daemon with pid ${pid}`;
  return new StartFailure("conflict", `The home ${paths.home} is held by ${holder}.`, {
    hint: "`steward status` shows it; `steward stop` ends it.",
  });
}

/** The program: runs until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: "string" },
      standby: { type: "boolean", default: false },
      foreground: { type: "boolean", default: false },
    },
  });
  yieldPidOne();
  const home = resolveHome({ flag: values.home, env: { STEWARD_HOME: process.env.STEWARD_HOME } });
  try {
    const starting = startDaemon({ home, standby: values.standby, foreground: values.foreground });
    obeySignals(starting);
    const daemon = await starting;
    reportStart({ ready: true, pid: process.pid });
    await daemon.stopped;
    process.exit(0);
  } catch (error) {
    const failure = startFailureOf(error);
    const { code, exitCode, message, hint } = failure;
    reportStart({ ready: false, code, exitCode, message, ...(hint !== undefined && { hint }) });
    process.stderr.write(`error: ${message}\n${hint ? `hint: ${hint}\n` : ""}`);
    process.exit(exitCode);
  }
}

/** SIGTERM and SIGINT stop; a second SIGINT ends at once; SIGHUP reloads. What is unexpected ends the daemon, loudly. */
function obeySignals(starting: Promise<Daemon>): void {
  // A signal that comes before it answers is obeyed when it does; why it did not start is told elsewhere.
  const then = (what: (daemon: Daemon) => unknown) => void starting.then(what, () => {});
  let interrupted = false;
  process.on("SIGTERM", () => then(({ stop }) => stop()));
  process.on("SIGINT", () => {
    if (interrupted) process.exit(130);
    interrupted = true;
    then(({ stop }) => stop());
  });
  process.on("SIGHUP", () => then(({ reload }) => reload()));
  const crash = (error: unknown) => {
    then(({ log }) => log.error("the daemon ends: something unexpected happened", { error }));
    process.stderr.write(`The daemon ends: ${error instanceof Error ? error.stack : error}\n`);
    setImmediate(() => process.exit(70));
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

if (import.meta.main) await main();
