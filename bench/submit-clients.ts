/** A process of clients that submit as fast as they are answered, each with a number of requests in flight. */
import { parseArgs } from "node:util";
import { percentile } from "./figures.ts";
import { connectRpc } from "./rpc.ts";

/** Not counted: until the daemon has met this load, in ms. */
const WARM_UP_MS = 300;

const { values } = parseArgs({
  options: {
    socket: { type: "string", default: "" },
    clients: { type: "string", default: "1" },
    depth: { type: "string", default: "1" },
    ms: { type: "string", default: "1000" },
  },
});
const latencies: number[] = [];
const from = performance.now() + WARM_UP_MS;
const until = from + Number(values.ms);

async function submitOnAndOn(path: string, depth: number): Promise<void> {
  const rpc = await connectRpc(path);
  await Promise.all(
    Array.from({ length: depth }, async () => {
      for (let asked = performance.now(); asked < until; ) {
        await rpc.call("task.submit", { prompt: "Fix the flaky test", title: "flaky", priority: 3 });
        const answered = performance.now();
        if (answered >= from && answered <= until) latencies.push(answered - asked);
        asked = answered;
      }
    }),
  );
  rpc.close();
}

await Promise.all(
  Array.from({ length: Number(values.clients) }, () => submitOnAndOn(values.socket, Number(values.depth))),
);
process.stdout.write(
  JSON.stringify({
    perSecond: (latencies.length * 1000) / Number(values.ms),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }),
);
