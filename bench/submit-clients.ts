/** A process of clients that submit as fast as they are answered, each with a number of requests in flight. */
import { parseArgs } from "node:util";
import { percentile } from "./figures.ts";
import { connectHttp } from "./http.ts";
import { connectRpc } from "./rpc.ts";

/** Not counted: until the daemon has met this load, in ms. */
const WARM_UP_MS = 300;

const { values } = parseArgs({
  options: {
    socket: { type: "string", default: "" },
    /** Over HTTP at this port of 127.0.0.1 instead; then one is in flight at a time. */
    port: { type: "string" },
    token: { type: "string", default: "" },
    clients: { type: "string", default: "1" },
    depth: { type: "string", default: "1" },
    /** Submits in each line. */
    batch: { type: "string", default: "1" },
    ms: { type: "string", default: "1000" },
  },
});
const batch = Number(values.batch);
/** Of each submit, or of a whole batch of them. */
const latencies: number[] = [];
const from = performance.now() + WARM_UP_MS;
const until = from + Number(values.ms);

const TASK = { prompt: "Fix the flaky test", title: "flaky", priority: 3 };

interface Client {
  submit(): Promise<unknown>;
  close(): void;
}

async function connectClient(): Promise<Client> {
  if (values.port === undefined) {
    const rpc = await connectRpc(values.socket);
    const submit = batch === 1 ? () => rpc.call("task.submit", TASK) : () => rpc.batch(batch, "task.submit", TASK);
    return { submit, close: rpc.close };
  }
  const http = await connectHttp({ at: { port: Number(values.port) }, token: values.token });
  const body = JSON.stringify(TASK);
  return { submit: () => http.ask("POST", "/api/v1/tasks", body), close: http.close };
}

async function submitOnAndOn(depth: number): Promise<void> {
  const { submit, close } = await connectClient();
  await Promise.all(
    Array.from({ length: depth }, async () => {
      for (let asked = performance.now(); asked < until; ) {
        await submit();
        const answered = performance.now();
        if (answered >= from && answered <= until) latencies.push(answered - asked);
        asked = answered;
      }
    }),
  );
  close();
}

await Promise.all(Array.from({ length: Number(values.clients) }, () => submitOnAndOn(Number(values.depth))));
process.stdout.write(
  JSON.stringify({
    perSecond: (latencies.length * batch * 1000) / Number(values.ms),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }),
);
