/** Whatever parameters come over a socket, every operation answers or refuses: none of them is a bug, none costs the connection. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REFUSALS } from "../../src/core/refusal.ts";
import { operations } from "../../src/operations.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { hostileInputsOf } from "./any-input.ts";

/** These would end what is tested, or start programs. */
const LEFT_ALONE = new Set(["daemon.stop", "daemon.restart", "daemon.activate", "run.start", "agent.test"]);

/** A question that waits is asked not to. */
const WAITS_MS = 5;

let home: Home;
let client: ReturnType<typeof connectRaw>;
let aiwg: ReturnType<typeof connectRaw>;

beforeAll(async () => {
  home = aHome({ ...shellAgent(), compat: { aiwgSocket: "aiwg.sock" } });
  await home.start({ args: ["--standby"] });
  client = connectRaw(home.paths.socket);
  aiwg = connectRaw(join(home.path, "aiwg.sock"));
  for (const key of ["a", "b"]) await client.ask("task.submit", { prompt: key, key });
});

afterAll(async () => {
  client.close();
  aiwg.close();
  await home[Symbol.asyncDispose]();
});

interface Answer {
  readonly id: number;
  readonly error?: { readonly code: number; readonly data?: { readonly code?: string } };
}

/** A socket without a client of ours: that one would not send everything. */
function connectRaw(path: string) {
  const socket = connect(path).setEncoding("utf8");
  const waiting = new Map<number, (answer: Answer) => void>();
  let text = "";
  let last = 0;
  socket.on("data", (chunk) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const answer of lines.map((line) => JSON.parse(line) as Answer)) waiting.get(answer.id)?.(answer);
  });
  return {
    /** `answered`, or the code of the refusal; of a bug its number. */
    async ask(method: string, params: unknown): Promise<unknown> {
      const id = ++last;
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      const { error } = await answered;
      waiting.delete(id);
      return error ? (error.data?.code ?? error.code) : "answered";
    },
    close: () => socket.destroy(),
  };
}

/** A number to wait becomes a small one, also where none is said. */
function soon(params: unknown): unknown {
  if (typeof params !== "object" || params === null || Array.isArray(params)) return params;
  const { waitMs } = params as { waitMs?: unknown };
  return waitMs === undefined || typeof waitMs === "number" ? { ...params, waitMs: WAITS_MS } : params;
}

const EXPECTED = ["answered", ...Object.keys(REFUSALS)];

test.each(
  operations.filter(({ name }) => !LEFT_ALONE.has(name)).map((each) => [each.name, each] as const),
)("%s", async (name, { input }) => {
  await fc.assert(
    fc.asyncProperty(hostileInputsOf(input), async (params) => {
      const asked = name.endsWith(".wait") ? soon(params) : params;
      expect(EXPECTED).toContain(await client.ask(name, asked));
    }),
    { numRuns: 150 },
  );
});

const WORDS = ["prompt", "message", "taskId", "agent", "priority", "limit", "state", "options"];
const aiwgParams = fc.oneof(
  fc.record(
    {
      prompt: fc.oneof(fc.constantFrom("x", "a\0b", ""), fc.jsonValue({ maxDepth: 2 })),
      message: fc.oneof(fc.constantFrom("x", "\ud800"), fc.jsonValue({ maxDepth: 2 })),
      taskId: fc.oneof(fc.constantFrom("a", "task-1", "task-99", "__proto__", ""), fc.jsonValue({ maxDepth: 2 })),
      agent: fc.oneof(fc.constantFrom("shell", "nobody"), fc.jsonValue({ maxDepth: 1 })),
      priority: fc.oneof(fc.integer(), fc.jsonValue({ maxDepth: 1 })),
      limit: fc.oneof(fc.integer(), fc.double(), fc.jsonValue({ maxDepth: 1 })),
      state: fc.oneof(fc.constantFrom("queued", "running", "parked", "toString"), fc.jsonValue({ maxDepth: 1 })),
    },
    { requiredKeys: [] },
  ),
  fc.dictionary(fc.constantFrom(...WORDS), fc.jsonValue({ maxDepth: 3 })),
  fc.jsonValue({ maxDepth: 3 }),
);

test.each([
  "task.submit",
  "task.get",
  "task.list",
  "task.cancel",
  "task.stats",
  "chat.send",
  "ping",
  "daemon.status",
])("%s, as AIWG's clients ask it", async (method) => {
  await fc.assert(
    fc.asyncProperty(aiwgParams, async (params) => {
      expect(EXPECTED).toContain(await aiwg.ask(method, params));
    }),
    { numRuns: 150 },
  );
});

test("the log tells of nothing unexpected", () => {
  expect(
    readFileSync(home.paths.log, "utf8")
      .split("\n")
      .filter((line) => line.includes('"bug"')),
  ).toEqual([]);
});
