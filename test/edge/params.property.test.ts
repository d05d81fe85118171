/** Whatever parameters come over a socket, every operation answers or refuses: none of them is a bug, none costs the connection. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operations } from "../../src/operations.ts";
import { type Client, connectClient, Refused } from "../lifecycle/client.ts";
import { aHome, type Home, shellAgent } from "../lifecycle/daemon.ts";
import { hostileInputsOf } from "./any-input.ts";

/** These would end what is tested, or start programs. */
const LEFT_ALONE = new Set(["daemon.stop", "daemon.restart", "daemon.activate", "run.start", "agent.test"]);

/** A question that waits is asked not to. */
const WAITS_MS = 5;

let home: Home;
let client: Client;
let aiwg: Client;

beforeAll(async () => {
  home = aHome({ ...shellAgent(), compat: { aiwgSocket: "aiwg.sock" } });
  await home.start({ args: ["--standby"] });
  client = connectClient(home.paths.socket);
  aiwg = connectClient(join(home.path, "aiwg.sock"));
  for (const key of ["a", "b"]) await client.call("task.submit", { prompt: key, key });
});

afterAll(async () => {
  client.close();
  aiwg.close();
  await home[Symbol.asyncDispose]();
});

/** `answered`, or the number of the refusal. */
async function ask(from: Client, method: string, params: unknown): Promise<number | "answered"> {
  try {
    await from.call(method, params as object);
    return "answered";
  } catch (error) {
    if (error instanceof Refused) return error.number;
    throw error;
  }
}

const REFUSED = [-32602, -32000, -32001, -32002, -32003, -32010, -32011, -32013];

test.each(operations.filter(({ name }) => !LEFT_ALONE.has(name)).map((each) => [each.name, each] as const))(
  "%s",
  async (name, { input }) => {
    await fc.assert(
      fc.asyncProperty(hostileInputsOf(input), async (params) => {
        const bounded = params !== null && typeof params === "object" && "waitMs" in params && params.waitMs !== undefined;
        const asked = name.endsWith(".wait") && !bounded && params !== null && typeof params === "object" ? { waitMs: WAITS_MS, ...params } : params;
        if (Number((asked as { waitMs?: unknown } | null)?.waitMs) > WAITS_MS) return;
        expect(["answered", ...REFUSED]).toContain(await ask(client, name, asked));
      }),
      { numRuns: 150 },
    );
  },
);

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

test.each(["task.submit", "task.get", "task.list", "task.cancel", "task.stats", "chat.send", "ping", "daemon.status"])(
  "%s, as AIWG's clients ask it",
  async (method) => {
    await fc.assert(
      fc.asyncProperty(aiwgParams, async (params) => {
        expect(["answered", ...REFUSED]).toContain(await ask(aiwg, method, params));
      }),
      { numRuns: 150 },
    );
  },
);

test("the log tells of nothing unexpected", () => {
  expect(readFileSync(home.paths.log, "utf8").split("\n").filter((line) => line.includes('"bug"'))).toEqual([]);
});
