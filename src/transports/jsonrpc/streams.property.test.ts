import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import * as z from "zod";
import { plenty } from "../../../test/builders.ts";
import type { Log } from "../../core/log.ts";
import { silentLog } from "../../core/log.ts";
import { type Call, createPorts, operation, streamOperation } from "../../core/operation.ts";
import { refuse } from "../../core/refusal.ts";
import { type JsonRpcServer, serveJsonRpc } from "./serve.ts";

/** Streams that one client may have open here. */
const STREAMS = 3;
const CALLS_IN_FLIGHT = 2;

/** Streams and calls that have begun and not ended, whoever asked for them. */
let live = 0;
const complaints: unknown[] = [];
const log: Log = { ...silentLog, error: (message, facts) => void complaints.push([message, facts]) };

async function* counting(to: number, signal: AbortSignal) {
  live += 1;
  try {
    for (let n = 1; (to === 0 || n <= to) && !signal.aborted; n++) {
      yield { n };
      await new Promise(setImmediate);
      // One without an end says three things and then waits to be told.
      if (to === 0 && n === 3 && !signal.aborted) await new Promise((go) => signal.addEventListener("abort", go));
    }
  } finally {
    live -= 1;
  }
}

const input = z.strictObject({ after: z.int().default(0), to: z.int().max(20).default(0) });
const numbers = {
  item: z.object({ n: z.int() }),
  resume: { field: "after", next: ({ n }: { n: number }) => n },
  open: ({ signal }: Call, { to }: { to: number }) => {
    if (to < 0) refuse("not_found", "There is nothing before 1.");
    return counting(to, signal);
  },
};
const described = { summary: "s", effect: "read", scope: "read", input, refuses: [], example: {} } as const;
const operations = [
  streamOperation({ ...described, name: "number.count", rest: "GET /counts", stream: numbers }),
  operation({ ...described, name: "number.list", rest: "GET /n", output: z.int(), handle: () => 7, stream: numbers }),
  operation({
    ...described,
    name: "number.later",
    rest: "GET /later",
    output: z.boolean(),
    handle: async ({ signal }: Call, { to }) => {
      live += 1;
      for (let turn = 0; turn < to && !signal.aborted; turn++) await new Promise(setImmediate);
      live -= 1;
      return signal.aborted;
    },
  }),
];

const directory = mkdtempSync(join(tmpdir(), "steward-streams-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** One for each conversation, so that what one of them breaks is nobody else's finding. */
async function aServer() {
  live = 0;
  complaints.splice(0);
  return await serveJsonRpc({
    path: join(directory, "steward.sock"),
    ports: createPorts({ operations, context: {}, log }),
    actor: { kind: "person", name: "ada", scope: "read" },
    limits: { streams: STREAMS, callsInFlight: CALLS_IN_FLIGHT },
    log,
    unread: plenty,
  });
}

/** Fields that are right most of the time and anything at others. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });

const streamName = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((n) => `stream-${n}`),
  fc.constantFrom("", "stream-0", "__proto__", "constructor"),
);

const asking = fc.oneof(
  fc.record({
    method: fc.constantFrom("number.count", "number.list", "number.later"),
    params: mostly(fc.record({ to: fc.constantFrom(0, 0, 1, 2, 5, 20, -1) })),
    stream: fc.option(mostly(fc.boolean()), { nil: undefined }),
    requestId: fc.option(mostly(fc.string({ maxLength: 3 })), { nil: undefined, freq: 9 }),
  }),
  fc.record({
    method: fc.constant("stream.cancel"),
    params: mostly(fc.record({ stream: mostly(streamName) })),
  }),
);

/** Without an id a notification, which opens streams and cancels them without an answer. */
const request = fc.record({ jsonrpc: fc.constant("2.0"), id: fc.option(fc.nat(99), { nil: undefined }), more: asking });
const entry = request.map(({ jsonrpc, id, more }) => ({ jsonrpc, id, ...more }));
const line = fc.oneof(entry, fc.array(entry, { maxLength: 6 }));
const talk = fc.array(
  line.map((value) => JSON.stringify(value)),
  { maxLength: 10 },
);

const disposable = (server: JsonRpcServer) => ({ ...server, [Symbol.asyncDispose]: () => server.close() });

interface Said {
  readonly id?: number | null;
  readonly method?: string;
  readonly result?: { readonly stream?: string };
  readonly error?: { readonly code: number };
  readonly params?: { readonly stream: string; readonly next?: number; readonly item?: { readonly n: number } };
}

function aClient() {
  const socket = connect({ path: join(directory, "steward.sock"), allowHalfOpen: true }).on("error", () => {});
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const lines = () => text.split("\n").slice(0, -1);
  const said = () => lines().flatMap((each) => JSON.parse(each) as Said | Said[]);
  return { socket, closed, lines, said };
}

/** Nothing is left running behind a client that is gone. */
const nothingLives = (server: JsonRpcServer) =>
  vi.waitFor(() => expect({ live, clients: server.clients() }).toEqual({ live: 0, clients: 0 }), {
    timeout: 2_000,
    interval: 1,
  });

test("streams opened, cancelled and batched in any order: each request is answered once, each stream tells its whole story once", async () => {
  await fc.assert(
    fc.asyncProperty(talk, fc.array(fc.nat(600), { maxLength: 4 }), async (lines, cuts) => {
      await using server = disposable(await aServer());
      const client = aClient();
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
      const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
      for (const [i, end] of places.slice(1).entries()) {
        client.socket.write(bytes.subarray(places[i], end));
        await new Promise(setImmediate);
      }
      // What is still open then is closed by hand, in whatever order it stands; then the socket ends by itself.
      const wanted = lines.map((each) => JSON.parse(each)).reduce((sum, value) => sum + answersTo(value), 0);
      const answers = () => client.said().filter(({ method }) => method === undefined);
      await vi.waitFor(() => expect(answers()).toHaveLength(wanted), { timeout: 2_000, interval: 1 });
      client.socket.on("end", () => client.socket.end());
      const most = lines.join("").split('"method"').length;
      const cancels = Array.from({ length: most }, (_, i) => ({
        method: "stream.cancel",
        params: { stream: `stream-${i + 1}` },
      }));
      client.socket.end(cancels.map((cancel) => `${JSON.stringify({ jsonrpc: "2.0", ...cancel })}\n`).join(""));
      await client.closed;
      expect(answers()).toHaveLength(wanted);
      expect(client.said().filter(({ error }) => error?.code === -32603)).toEqual([]);
      for (const story of storiesOf(client.said())) expect(story).toBe("whole");
      await nothingLives(server);
      expect(complaints).toEqual([]);
    }),
    { numRuns: 200, interruptAfterTimeLimit: 40_000 },
  );
});

test("a socket cut at any byte leaves nothing running, whatever was asked on it", async () => {
  await fc.assert(
    fc.asyncProperty(talk, fc.option(fc.nat()), fc.nat(4), async (lines, at, turns) => {
      await using server = disposable(await aServer());
      const client = aClient();
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
      client.socket.write(at === null ? bytes : bytes.subarray(0, at % (bytes.length + 1)));
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      client.socket.destroy();
      await client.closed;
      await nothingLives(server);
      expect(complaints).toEqual([]);
    }),
    { numRuns: 300, interruptAfterTimeLimit: 40_000 },
  );
});

function answersTo(value: { id?: number } | { id?: number }[]): number {
  if (!Array.isArray(value)) return isSilent(value) ? 0 : 1;
  return value.length === 0 ? 1 : value.filter((each) => !isSilent(each)).length;
}

/** What is wrong in its envelope is answered also without an id. */
function isSilent(value: { id?: number; requestId?: unknown; stream?: unknown }): boolean {
  const isRight =
    (value.requestId === undefined || typeof value.requestId === "string") &&
    (value.stream === undefined || typeof value.stream === "boolean");
  return value.id === undefined && isRight;
}

/** Of each stream: its items from 1 on without a gap, none before its name was told, and one end. */
function storiesOf(said: readonly Said[]): string[] {
  const streams = new Set(said.flatMap(({ params }) => params?.stream ?? []));
  return [...streams].map((stream) => {
    const parts = said.filter(({ params }) => params?.stream === stream);
    const items = parts.filter(({ method }) => method === "stream.item");
    const told = said.findIndex(({ result }) => result?.stream === stream);
    const first = said.findIndex(({ params }) => params?.stream === stream);
    if (told > first) return `${stream} spoke before it was named`;
    if (items.some(({ params }, i) => params?.item?.n !== i + 1)) return `${stream} left something out`;
    const ends = parts.filter(({ method }) => method === "stream.ended");
    return ends.length === 1 && parts.at(-1)?.method === "stream.ended"
      ? "whole"
      : `${stream} ended ${ends.length} times`;
  });
}
