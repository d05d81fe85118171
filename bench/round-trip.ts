/** One call of one client after the other, over each door, against a bare Node server on the same kind of socket with answers of the same length. */
import { readFileSync } from "node:fs";
import { homePaths } from "../src/core/home.ts";
import type { Bench, Measurement } from "./bench.ts";
import { type BenchDaemon, startDaemon, writeSettings } from "./daemon.ts";
import { median, percentile, timed } from "./figures.ts";
import { type Address, connectHttp, type Door } from "./http.ts";
import { type PlainOptions, startPlain } from "./plain.ts";
import type { Row } from "./rows.ts";
import { connectRpc } from "./rpc.ts";

const CALLS = { full: 400, quick: 100 };
const ROUNDS = { full: 6, quick: 3 };
/** Not counted: until both have met these calls often enough for their code to be compiled. */
const WARM_UP_CALLS = { full: 1_000, quick: 300 };

const TASK = { prompt: "Fix the flaky test", title: "flaky", priority: 3 };

export const roundTrip: Measurement = {
  name: "round-trip",
  async measure(bench) {
    const daemon = await pausedDaemon(bench, "round-trip");
    try {
      const { taskId } = await daemon.rpc.call<{ taskId: string }>("task.submit", TASK);
      const { port, local } = await httpDoors(daemon);
      return [
        ...(await rowsOf(bench, "REST at 127.0.0.1", await overRest(port, taskId), {}, overRest)),
        ...(await rowsOf(bench, "REST at http.sock", await overRest(local, taskId), { isLocal: true }, overRest)),
        ...(await rowsOf(
          bench,
          "JSON-RPC",
          await overRpc({ at: { path: daemon.socket } }, taskId),
          { speaks: "lines", isLocal: true },
          overRpc,
        )),
      ];
    } finally {
      await daemon.stop();
    }
  },
};

/** Nothing is launched, and no limit is met: what is submitted stays queued. */
export function pausedDaemon(bench: Bench, name: string): Promise<BenchDaemon> {
  const home = bench.directory(name);
  writeSettings(home, {
    agents: { never: { runtime: "command", command: ["true"] } },
    roles: { default: { agent: "never", wipLimit: 0 } },
    limits: { queuedTasks: MANY, httpRequestsPerSecond: MANY },
  });
  return startDaemon(bench, { home });
}

const MANY = 100_000_000;

export async function httpDoors(daemon: BenchDaemon): Promise<{ port: Door; local: Door }> {
  const { addresses } = await daemon.rpc.call<{ addresses: string[] }>("daemon.status");
  const paths = homePaths(daemon.home);
  const token = readFileSync(paths.token, "utf8").trim();
  const port = addresses.map((address) => /^http:.*:(\d+)$/.exec(address)?.[1]).find(Boolean);
  return { port: { at: { port: Number(port) }, token }, local: { at: { path: paths.http }, token } };
}

/** Each gives its answer as text. */
interface Caller {
  read(): Promise<string>;
  write(): Promise<string>;
  close(): void;
}

async function overRest(door: Door, taskId: string): Promise<Caller> {
  const http = await connectHttp(door);
  return {
    read: () => http.ask("GET", `/api/v1/tasks/${taskId}`),
    write: () => http.ask("POST", "/api/v1/tasks", JSON.stringify(TASK)),
    close: http.close,
  };
}

async function overRpc({ at }: { at: Address }, taskId: string): Promise<Caller> {
  const rpc = await connectRpc("path" in at ? at.path : "");
  return {
    read: async () => JSON.stringify(await rpc.call("task.get", { taskId })),
    write: async () => JSON.stringify(await rpc.call("task.submit", TASK)),
    close: rpc.close,
  };
}

async function rowsOf(
  bench: Bench,
  way: string,
  ours: Caller,
  like: Pick<PlainOptions, "speaks" | "isLocal">,
  connect: (door: { at: Address }, taskId: string) => Promise<Caller>,
): Promise<Row[]> {
  const lengths = { read: (await ours.read()).length, written: (await ours.write()).length };
  const server = await startPlain(bench, `round-trip-${way.replaceAll(" ", "-")}`, { ...like, ...lengths });
  const plain = await connect(server, "task-1");
  try {
    return [
      rowOf(`task.get over ${way}`, "a bare Node server", await compare(bench, plain.read, ours.read)),
      rowOf(`task.submit over ${way}`, "one with a commit", await compare(bench, plain.write, ours.write)),
    ];
  } finally {
    plain.close();
    ours.close();
    server.stop();
  }
}

interface Waits {
  readonly plain: number[];
  readonly ours: number[];
}

async function compare(bench: Bench, plain: () => unknown, ours: () => unknown): Promise<Waits> {
  const calls = bench.quick ? CALLS.quick : CALLS.full;
  for (const call of [plain, ours]) await times(bench.quick ? WARM_UP_CALLS.quick : WARM_UP_CALLS.full, call);
  const waits: Waits = { plain: [], ours: [] };
  for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round++) {
    waits.plain.push(...(await times(calls, plain)));
    waits.ours.push(...(await times(calls, ours)));
  }
  return waits;
}

async function times(count: number, call: () => unknown): Promise<number[]> {
  const waits: number[] = [];
  for (let n = 0; n < count; n++) waits.push(await timed(call));
  return waits;
}

function rowOf(what: string, against: string, { plain, ours }: Waits): Row {
  return {
    what: `${what}, p50, against ${against}`,
    unit: "ms",
    baseline: median(plain),
    ours: median(ours),
    note: `p99 ${percentile(plain, 0.99).toFixed(2)} / ${percentile(ours, 0.99).toFixed(2)} ms`,
  };
}
