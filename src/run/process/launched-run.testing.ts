/** For the tests of this room: launches the small agents of test/fixtures/agents, and sees what of them is alive. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { CUSTODY_LEVELS, type Custody, probeCustody } from "./custody.ts";
import { readExit } from "./exits.ts";
import { type Identity, isAlive } from "./identity.ts";
import { endLeftovers } from "./terminate.ts";
import { createWrappers, type Wrappers } from "./wrapper.ts";

/** Longer than anything here takes on a loaded machine, in ms. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 5;

export function agent(name: string): string {
  return join(import.meta.dirname, "../../../test/fixtures/agents", name);
}

export interface Room extends AsyncDisposable {
  readonly custody: Custody;
  readonly wrappers: Wrappers;
  readonly exitsDirectory: string;
  launch(argv: readonly string[], env?: Record<string, string>, how?: { followsStdin: boolean }): Promise<Launched>;
  directory(name: string): string;
}

export interface Launched {
  readonly identity: Identity;
  readonly marker: string;
  readonly name: string;
  readonly directory: string;
  read(file: "stdout.log" | "stderr.log"): string;
  /** Appends to what it reads as its standard input. */
  tell(text: string): void;
  exit(): Promise<number>;
  says(word: string): Promise<void>;
  /** Processes whose working directory is the run's: they are found even when no custody finds them. */
  living(): number[];
}

/** The levels that can be had here, and only those: what a machine does not allow cannot be tested on it. */
export async function workingCustodies(): Promise<Custody[]> {
  const probed = await Promise.allSettled(CUSTODY_LEVELS.map((level) => probeCustody(level)));
  return probed.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** A place to launch in; whatever was launched is ended with it. */
export function aRoom(custody: Custody, { keepWarm = false } = {}): Room {
  const home = mkdtempSync(join(tmpdir(), "steward-process-"));
  const exitsDirectory = join(home, "exits");
  mkdirSync(exitsDirectory);
  const wrappers = createWrappers({
    custody,
    exitsDirectory,
    clock: systemClock,
    log: silentLog,
    keepWarm,
    umask: "022",
  });
  const launched: Launched[] = [];

  function directory(name: string): string {
    const path = join(home, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  return {
    custody,
    wrappers,
    exitsDirectory,
    directory,
    async launch(argv, env = {}, { followsStdin } = { followsStdin: false }) {
      const name = `run-${launched.length + 1}`;
      const runDirectory = directory(name);
      const wrapper = await wrappers.ready();
      const run = followed(name, runDirectory, exitsDirectory, wrapper.identity);
      launched.push(run);
      const stdin = join(runDirectory, "prompt.md");
      writeFileSync(stdin, "the prompt");
      const all = { PATH: process.env.PATH ?? "", STEWARD_RESULT: join(runDirectory, "result.json"), ...env };
      await wrapper.release({
        runDirectory,
        name,
        argv,
        env: all,
        cwd: runDirectory,
        stdin,
        followsStdin,
        marker: run.marker,
      });
      return run;
    },
    async [Symbol.asyncDispose]() {
      await wrappers.stop();
      for (const run of launched) await endLeftovers({ ...run, custody, clock: systemClock });
      for (const pid of launched.flatMap((run) => run.living())) process.kill(pid, "SIGKILL");
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`this never came to hold: ${look}`);
}

export function livingIn(directory: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === directory ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function followed(name: string, directory: string, exitsDirectory: string, identity: Identity): Launched {
  const read = (file: string) => readFileSync(join(directory, file), "utf8");
  return {
    identity,
    marker: `STEWARD_RESULT=${join(directory, "result.json")}`,
    name,
    directory,
    read,
    tell: (text) => appendFileSync(join(directory, "prompt.md"), text),
    says: async (word) => void (await eventually(() => read("stdout.log").includes(word))),
    async exit() {
      await eventually(() => !isAlive(identity));
      return eventually(() => readExit(exitsDirectory, name));
    },
    living: () => livingIn(directory),
  };
}
