/** Durable submits per second through the daemon's socket, against the same daemon that commits each write alone. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Bench, Measurement } from "./bench.ts";
import { type BenchDaemon, fromSources, startDaemon, writeSettings } from "./daemon.ts";
import { median } from "./figures.ts";
import type { Row } from "./rows.ts";

const run = promisify(execFile);

export interface Load {
  readonly what: string;
  readonly clients: number;
  readonly depth: number;
  /** Submits in each line. Default: 1. */
  readonly batch?: number;
  readonly goal?: Row["goal"];
}

const LOADS: readonly Load[] = [
  { what: "32 clients, 1 in flight each", clients: 32, depth: 1, goal: { ratioAtLeast: 5 } },
  { what: "1 client, 1 in flight", clients: 1, depth: 1 },
  { what: "32 clients, 16 in flight each", clients: 32, depth: 16 },
];
const ROUNDS = { full: 5, quick: 2 };
const SLICE_MS = { full: 1000, quick: 400 };
/** No limit may be met: what is submitted stays queued. */
const MANY = 100_000_000;

export interface Slice {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export const submits: Measurement = {
  name: "submits",
  async measure(bench) {
    const doors = {
      alone: await openDoor(bench, "alone", { nodeArgs: ONE_WRITE_PER_COMMIT }),
      together: await openDoor(bench, "together"),
    };
    try {
      const rows: Row[] = [];
      for (const load of LOADS) rows.push(await compare(bench, doors, load));
      return rows;
    } finally {
      await doors.alone.stop();
      await doors.together.stop();
    }
  },
};

export const ONE_WRITE_PER_COMMIT = [
  "--import",
  fileURLToPath(new URL("./one-write-per-commit.ts", import.meta.url)),
] as const;

interface Door {
  readonly nodeArgs?: readonly string[];
  readonly store?: { readonly url: string };
}

/** Both from sources, so that they differ in nothing else. A paused role: nothing is launched. */
export function openDoor(bench: Bench, name: string, { nodeArgs = [], ...settings }: Door = {}): Promise<BenchDaemon> {
  const home = bench.directory(`submits-${name}`);
  writeSettings(home, {
    agents: { never: { runtime: "command", command: ["true"] } },
    roles: { default: { agent: "never", wipLimit: 0 } },
    limits: { queuedTasks: MANY },
    ...settings,
  });
  return startDaemon(bench, fromSources({ home, nodeArgs }));
}

export async function compare(
  bench: Bench,
  doors: { alone: BenchDaemon; together: BenchDaemon },
  { what, goal, ...load }: Load,
  where = "",
): Promise<Row> {
  const slices = { alone: [] as Slice[], together: [] as Slice[] };
  for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round++) {
    for (const name of ["alone", "together"] as const) {
      slices[name].push(await slice(bench, doors[name].socket, load));
    }
  }
  const middle = (name: keyof typeof slices, figure: keyof Slice) => median(slices[name].map((one) => one[figure]));
  const waits = (name: keyof typeof slices) => `${middle(name, "p50").toFixed(2)}/${middle(name, "p99").toFixed(1)}`;
  return {
    what: `durable submits${where}, ${what}, against one commit each`,
    unit: "/s",
    baseline: middle("alone", "perSecond"),
    ours: middle("together", "perSecond"),
    ...(goal && { goal }),
    note: `p50/p99 ms ${waits("alone")} → ${waits("together")}`,
  };
}

/** What the clients are told to do, as flags of their program. */
type Clients = { readonly clients: number; readonly depth?: number; readonly batch?: number; readonly ms: number } & (
  | { readonly socket: string }
  | { readonly port: number; readonly token: string }
);

function slice(bench: Bench, socket: string, load: Pick<Load, "clients" | "depth" | "batch">): Promise<Slice> {
  return submitOnAndOn({ socket, ...load, ms: bench.quick ? SLICE_MS.quick : SLICE_MS.full });
}

export async function submitOnAndOn(flags: Clients): Promise<Slice> {
  const program = fileURLToPath(new URL("./submit-clients.ts", import.meta.url));
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const { stdout } = await run(process.execPath, [program, ...args]);
  return JSON.parse(stdout);
}
