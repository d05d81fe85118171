/** A real agent laid into a real daemon: its program, the scripted model it talks to, and a directory that it works in. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "../../fixtures/model/model.ts";
import type { Behaviour, ScenarioKeys } from "../../fixtures/model/scenario.ts";
import { aHome, type DaemonProcess, type Home } from "../../lifecycle/daemon.ts";
import { eventually } from "../../lifecycle/eventually.ts";
import { agentsOf } from "../../lifecycle/processes.ts";
import { submit, type TaskSeen } from "../../lifecycle/tasks.ts";

/** What differs between agents: how they are set up, and what of all this they cannot do. */
export interface Kind {
  readonly name: string;
  readonly version: string;
  /** The agent's part of the settings; `home` is a directory of its own for what its program keeps. */
  settings(url: string, home: string): Record<string, unknown>;
  /** What its model has to be told for every cell: Codex asks only when the model wants to leave the sandbox. */
  readonly keys?: Readonly<Record<string, string | number>>;
  /** How long it tries again without a word, in seconds. */
  readonly silentSeconds?: number;
  /** A call that was ended to park it is one that its model has to make again. */
  readonly callsAgain?: boolean;
  /** Cells that it cannot reach, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** Where the model is told to have a limit of an account: another login, for some. */
  limited?(url: string, home: string): Record<string, unknown>;
}

export interface BedOptions {
  readonly behaviour?: Behaviour;
  readonly keys?: ScenarioKeys;
  readonly permissions?: "ask" | "deny" | "workspace-edits" | "yolo";
  readonly attempts?: number;
  readonly limits?: Record<string, number>;
  readonly timeoutSeconds?: number;
  readonly idleTimeoutSeconds?: number;
  readonly isLimited?: boolean;
}

export interface Bed extends AsyncDisposable {
  readonly home: Home;
  readonly work: string;
  daemon: DaemonProcess;
  readonly url: string;
  submit(prompt?: string): Promise<string>;
  /** Another daemon in the same home, after the first was killed. */
  restart(): Promise<void>;
  wrote(): string | undefined;
  /** All that the agent told, of all runs so far. */
  events(): Told[];
  asked(): Promise<string>;
  nothingLives(): Promise<void>;
}

export interface Told {
  readonly type: string;
  readonly [field: string]: unknown;
}

let tag = 0;

/** The tool that the model calls, unless it is told otherwise. */
export const WRITES = "echo hello > hello.txt";
/** One that runs until it is ended; some agents refuse a mere `sleep`. */
export const STAYS = `echo began > began.txt; perl -e 'sleep 300'`;

export async function aBed(kind: Kind, model: Model, options: BedOptions = {}): Promise<Bed> {
  const { behaviour = "ok", keys = {}, permissions = "ask", attempts = 1, limits = {}, isLimited = false } = options;
  const home = aHome();
  const [work, own] = [join(home.path, "work"), join(home.path, "own")];
  for (const directory of [work, own]) mkdirSync(directory);
  tag += 1;
  const told = [["tag", `${kind.name}-${tag}`] as const, ...pairsOf(kind.keys ?? {}), ...pairsOf(keys)];
  const url = model.url(behaviour, told);
  const settings = isLimited && kind.limited ? kind.limited(url, own) : kind.settings(url, own);
  const { timeoutSeconds, idleTimeoutSeconds } = options;
  home.settings({
    limits: { backoffFirstSeconds: 1, backoffMaxSeconds: 1, terminateGraceSeconds: 2, scheduleGrainMs: 20, ...limits },
    agents: {
      real: {
        ...settings,
        permissions,
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
        ...(idleTimeoutSeconds !== undefined && { idleTimeoutSeconds }),
      },
    },
    roles: { default: { agent: "real", attempts, wipLimit: 4 } },
  });
  const bed: Bed = {
    home,
    work,
    url,
    daemon: await home.start(),
    submit: (prompt = "write hello.txt") => submit(bed.daemon, prompt, { cwd: work }),
    restart: async () => {
      bed.daemon = await home.start();
    },
    wrote: () => read(join(work, "hello.txt")),
    events: () => eventsIn(home.path),
    asked: () =>
      eventually("it asks", async () => {
        const { approvals } = await bed.daemon.call<{ approvals: { approvalId: string; state: string }[] }>(
          "approval.list",
          { state: "pending" },
        );
        return approvals[0]?.approvalId;
      }),
    nothingLives: async () => void (await eventually("nothing is left alive", () => agentsOf(home.path).length === 0)),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
  return bed;
}

/** Of the newest run, which is what a person would look at. */
export function newest({ runs }: TaskSeen) {
  const [run] = runs;
  if (!run) throw new Error("it has no run");
  return run;
}

function pairsOf(keys: ScenarioKeys): (readonly [string, string | number])[] {
  return Array.isArray(keys) ? [...keys] : Object.entries(keys);
}

function eventsIn(home: string): Told[] {
  const files = Array.from({ length: 9 }, (_, n) => join(home, "runs", `run-${n + 1}`, "events.jsonl"));
  return files
    .flatMap((path) => (read(path) ?? "").split("\n").filter(Boolean))
    .map((line) => JSON.parse(line) as Told);
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
