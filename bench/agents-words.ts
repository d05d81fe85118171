/** How long the words of an agent take to a reader of server-sent events: from its write to its output until they have come. */
import { openSync, readSync, watch, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { agentsOf } from "../test/lifecycle/processes.ts";
import type { Bench } from "./bench.ts";
import { startDaemon, writeSettings } from "./daemon.ts";
import { median, pause, percentile } from "./figures.ts";
import { requestText } from "./http.ts";
import { httpDoors } from "./round-trip.ts";
import type { Row } from "./rows.ts";

const WORDS = { full: 200, quick: 40 };
/** Between two words, so that each is alone on its way, in ms. */
const PAUSE_MS = 20;
const SETTLED_MS = 60_000;

export async function eventLatency(bench: Bench): Promise<Row[]> {
  const words = bench.quick ? WORDS.quick : WORDS.full;
  const home = bench.directory("agents-words");
  // Arguments of the runtime's own come first, so the program is one that passes them by.
  const talker = join(home, "talker");
  const source = join(import.meta.dirname, "talker.ts");
  writeFileSync(talker, `#!/bin/sh\nexec '${process.execPath}' '${source}' ${words} ${PAUSE_MS}\n`, { mode: 0o755 });
  writeSettings(home, {
    agents: { talker: { runtime: "claude", command: [talker] } },
    roles: { default: { agent: "talker" } },
  });
  const daemon = await startDaemon(bench, { home });
  try {
    const { taskId } = await daemon.rpc.call<{ taskId: string }>("task.submit", { prompt: "Talk." });
    const directory = join(home, "runs", "run-1");
    while (
      (await daemon.rpc.call<{ runs: { state: string }[] }>("task.get", { taskId })).runs[0]?.state !== "running"
    ) {
      await pause(1);
    }
    const bare = watchBare(join(directory, "stdout.log"));
    const { port } = await httpDoors(daemon);
    const ours = await readWords(port, "/api/v1/runs/run-1/events", words);
    bare.stop();
    await daemon.rpc.call("task.cancel", { taskId });
    while (agentsOf(home).length > 0) await pause(5);
    return [
      {
        what: "an agent's line → a reader of server-sent events, against a bare watch on its output",
        unit: "ms",
        baseline: median(bare.waits),
        ours: median(ours),
        note: `p99 ${percentile(bare.waits, 0.99).toFixed(1)} / ${percentile(ours, 0.99).toFixed(1)} ms`,
      },
    ];
  } finally {
    await daemon.stop();
  }
}

/** What no program can beat that reads a file: told by the kernel that it has grown. */
function watchBare(path: string): { readonly waits: number[]; stop(): void } {
  const waits: number[] = [];
  const read = lineReader(path);
  const watcher = watch(path, () => {
    const now = clock();
    for (const at of timesIn(read())) waits.push(now - at);
  });
  return { waits, stop: () => watcher.close() };
}

function lineReader(path: string): () => string {
  const file = openSync(path, "r");
  const buffer = Buffer.alloc(1 << 20);
  return () => buffer.toString("utf8", 0, readSync(file, buffer));
}

async function readWords(
  { at, token = "" }: Awaited<ReturnType<typeof httpDoors>>["port"],
  path: string,
  words: number,
): Promise<number[]> {
  const waits: number[] = [];
  const socket = connect("port" in at ? { ...at, host: "127.0.0.1" } : at);
  socket.setNoDelay(true).setEncoding("utf8");
  socket.write(requestText({ method: "GET", path, token, accept: "text/event-stream" }));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`only ${waits.length} of ${words} words came`)), SETTLED_MS);
  socket.on("data", (chunk: string) => {
    const now = clock();
    for (const word of timesIn(chunk)) waits.push(now - word);
    if (waits.length >= words) resolve();
  });
  socket.on("error", reject);
  await promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
  return waits;
}

/** Ms of a clock that is the same in all processes. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}

function timesIn(text: string): number[] {
  return [...text.matchAll(/said at (\d+\.\d+)/g)].map(([, at]) => Number(at));
}
