/** A home for a real daemon that cleans up after every test, whatever the test did to it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type HomePaths, homePaths } from "../../src/core/home.ts";
import { holderIdentity } from "../../src/daemon/presence.ts";
import { isAlive, signalIf } from "../../src/run/process/identity.ts";
import { type DaemonProcess, endDaemon, isRunning, launchDaemon, type StartOptions } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { agentsOf, childrenOf } from "./processes.ts";

export type { DaemonProcess } from "./daemon-process.ts";

export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly paths: HomePaths;
  /** Writes steward.json: an object, or text as it is. */
  settings(settings: object | string): void;
  /** Starts a daemon and resolves when it has told whether it answers, or has ended. */
  launch(options?: StartOptions): Promise<DaemonProcess>;
  /** The same, and it has to answer. */
  start(options?: StartOptions): Promise<DaemonProcess>;
  /** A directory in the home for what agents leave. */
  readonly ledger: string;
}

/** An agent that runs its prompt as a shell script; quick limits, so that nothing here waits long. */
export function shellAgent({ limits = {}, agent = {}, role = {}, host = {}, ...more }: ShellSettings = {}): object {
  return {
    host: { maxRuns: 8, ...host },
    limits: {
      terminateGraceSeconds: 1,
      backoffFirstSeconds: 1,
      backoffMaxSeconds: 1,
      scheduleGrainMs: 10,
      crashLoopEnds: 1_000,
      ...limits,
    },
    agents: { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"], ...agent }, ...more.agents },
    roles: { default: { agent: "shell", wipLimit: 8, attempts: 1, ...role }, ...more.roles },
  };
}

interface ShellSettings {
  readonly limits?: object;
  readonly agent?: object;
  readonly role?: object;
  readonly host?: object;
  readonly agents?: object;
  readonly roles?: object;
}

/** `within`: a directory, which may be a file system of its own. */
export function aHome(settings?: object | string, { within = tmpdir() }: { readonly within?: string } = {}): Home {
  const path = realpathSync(mkdtempSync(join(within, "steward-home-")));
  const paths = homePaths(path);
  const ledger = join(path, "ledger");
  mkdirSync(ledger);
  const daemons: DaemonProcess[] = [];
  const write = (next: object | string) =>
    writeFileSync(paths.settings, typeof next === "string" ? next : JSON.stringify(next, null, 2));
  if (settings !== undefined) write(settings);

  const launch: Home["launch"] = async (options = {}) => {
    const daemon = await launchDaemon(path, paths, options);
    daemons.push(daemon);
    return daemon;
  };
  const start: Home["start"] = async (options) => {
    const daemon = await launch(options);
    if (daemon.report?.ready !== true) {
      throw new Error(`the daemon did not start: ${JSON.stringify(daemon.report)} ${daemon.complaints()}`);
    }
    return daemon;
  };

  let disposed: Promise<void> | undefined;
  const dispose = () => {
    disposed ??= clear().finally(() => rmSync(path, { recursive: true, force: true }));
    return disposed;
  };
  afterTheTest(dispose);

  async function clear(): Promise<void> {
    try {
      await endCommandLines(paths);
      const last = daemons.findLast(isRunning);
      if (last || agentsOf(path).length > 0) await endAgents(last ?? (await start({ args: ["--standby"] })), path);
    } finally {
      for (const daemon of daemons) await endDaemon(daemon);
    }
  }

  return {
    path,
    paths,
    ledger,
    settings: write,
    launch,
    start,
    [Symbol.asyncDispose]: dispose,
  };
}

/** A test that timed out never leaves its block, and must not leave a daemon either. Outside of a test an `afterAll` does it. */
function afterTheTest(dispose: () => Promise<void>): void {
  try {
    onTestFinished(dispose);
  } catch {
    // Made in a `beforeAll`.
  }
}

/** Ends a daemon of this home that `steward start` made: it is no child of ours, but told who it is. */
async function endCommandLines(paths: HomePaths): Promise<void> {
  const holder = holderIdentity(paths);
  if (!holder || childrenOf(process.pid).some(([pid]) => pid === holder.pid)) return;
  signalIf(holder, "SIGCONT");
  signalIf(holder, "SIGKILL");
  await eventually("the daemon is gone", () => !isAlive(holder));
}

/** Asks the daemon to cancel whatever is not finished, and waits until nothing of it lives. */
async function endAgents(daemon: DaemonProcess, home: string): Promise<void> {
  daemon.process.kill("SIGCONT");
  const client = daemon.client();
  for (const state of ["queued", "scheduled", "blocked", "parked", "running"]) {
    const { tasks } = await client.call<{ tasks: { taskId: string }[] }>("task.list", { state, limit: 500 });
    await Promise.allSettled(tasks.map(({ taskId }) => client.call("task.cancel", { taskId })));
  }
  await eventually("all agents of the home are gone", () => agentsOf(home).length === 0);
}
