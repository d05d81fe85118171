import { describe, expect, test } from "vitest";
import * as z from "zod";
import { daemonPorts } from "../../src/cli/daemon-ports.ts";
import { silentLog } from "../../src/core/log.ts";
import { createPorts, operation, type Ports, streamOperation } from "../../src/core/operation.ts";
import { refuse } from "../../src/core/refusal.ts";
import { operations } from "../../src/operations.ts";
import type { McpHttpLimits } from "../../src/transports/mcp/http-door.ts";
import { toolsOf } from "../../src/transports/mcp/tools.ts";
import { testClock } from "../clock.ts";
import type { Refused } from "../lifecycle/client.ts";
import { aHome, shellAgent } from "../lifecycle/daemon.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { NEVER, serveMcp } from "./http-server.ts";
import { overHttp, refusalIn } from "./reader.ts";

/** A registry of four operations over nothing but memory: what is said, heard and waited for. */
function aRegistry() {
  const said: string[] = [];
  const open = { waits: 0 };
  const common = { scope: "read", refuses: [], tool: true } as const;
  const Said = z.object({ count: z.int() });
  const say = operation({
    ...common,
    name: "note.say",
    summary: "Say a thing.",
    effect: "write",
    scope: "operate",
    rest: "POST /notes",
    input: z.strictObject({ text: z.string().max(2_000_000) }),
    output: Said,
    example: { text: "hello" },
    handle: (_: object, { text }) => ({ count: said.push(text) }),
  });
  const wait = operation({
    ...common,
    name: "note.wait",
    summary: "Wait for ever.",
    effect: "read",
    rest: "GET /notes/wait",
    input: z.strictObject({}),
    output: Said,
    example: {},
    handle: async ({ signal }: { signal: AbortSignal }) => {
      open.waits += 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      open.waits -= 1;
      return { count: 0 };
    },
  });
  const fail = operation({
    ...common,
    name: "note.fail",
    summary: "Fail.",
    effect: "destroy",
    scope: "operate",
    rest: "POST /notes/fail",
    input: z.strictObject({ bug: z.boolean().default(false) }),
    output: Said,
    example: {},
    handle: (_: object, { bug }) => {
      if (bug) throw new Error("the secret reason");
      return refuse("conflict", "There is nothing to fail.", { hint: "Try less." });
    },
  });
  const list = operation({
    ...common,
    name: "event.list",
    summary: "List.",
    effect: "read",
    rest: "GET /events",
    input: z.strictObject({ limit: z.int().optional() }),
    output: z.object({ newest: z.int() }),
    example: {},
    handle: () => ({ newest: 0 }),
  });
  const watch = streamOperation({
    name: "event.watch",
    summary: "Watch.",
    effect: "read",
    scope: "read",
    rest: "GET /events/stream",
    input: z.strictObject({ after: z.int().optional() }),
    refuses: [],
    example: {},
    stream: {
      item: z.object({ number: z.int() }),
      resume: { field: "after", next: ({ number }) => number },
      open: async function* ({ signal }: { signal: AbortSignal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        yield* [] as { number: number }[];
      },
    },
  });
  const registry = [say, wait, fail, list, watch] as const;
  const ports = createPorts({ operations: registry, context: {} as never, log: silentLog });
  return { said, open, served: { operations: registry, ports } };
}

/** A real daemon's operations, as the door is given them inside of it. */
function portsOf(socket: string): Ports {
  const { call, stream } = daemonPorts(socket);
  return {
    call,
    stream: async (name, input, _, signal) => ({
      resumeField: "after",
      parts: await stream(name, input as object, signal),
    }),
    isStream: (name) => name === "event.watch",
  };
}

function aServer(limits: Partial<McpHttpLimits> = {}, more: Partial<Parameters<typeof serveMcp>[0]> = {}) {
  const registry = aRegistry();
  return serveMcp({ ...registry.served, limits, ...more }).then((server) => ({ ...server, ...registry }));
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

function post(url: string, body: unknown, headers: Record<string, string> = {}, token = "ada") {
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Opens a session and gives its id. */
async function begin(url: string, token?: string): Promise<string> {
  const response = await post(url, INITIALIZE, {}, token);
  await response.text();
  return response.headers.get("mcp-session-id") ?? "";
}

const call = (id: number, name: string, input: object = {}) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: input },
});

describe.each([
  ["a session (2025-11-25)", { modern: false }],
  ["single requests (2026-07-28)", { modern: true }],
])("MCP over HTTP, %s", (_, era) => {
  test("a real daemon does a whole job, and refuses with the codes that JSON-RPC gives", async () => {
    const home = aHome(shellAgent());
    const daemon = await home.start();
    const { url } = await serveMcp({ operations, ports: portsOf(home.paths.socket) });
    const reader = await overHttp(url, "ada", era);
    expect((await reader.client.listTools()).tools.map(({ name }) => name)).toEqual(
      toolsOf(operations).flatMap(({ name, forRun }) => (forRun ? [] : [name])),
    );
    expect((await reader.call("task_submit", { prompt: "echo over HTTP" })).structuredContent).toMatchObject({
      taskId: "task-1",
    });
    expect((await reader.call("task_wait", { taskId: "task-1" })).structuredContent).toMatchObject({ settled: true });
    const { contents } = await reader.client.readResource({ uri: "steward://runs/run-1/output" });
    expect(contents).toMatchObject([{ text: "over HTTP\n" }]);
    const refused = (await daemon.call("task.cancel", { taskId: "task-1" }).catch((e: unknown) => e)) as Refused;
    expect(refusalIn(await reader.call("task_cancel", { taskId: "task-1" }))).toMatchObject({
      code: refused.code,
      message: refused.message,
    });
  });

  test("news of what was subscribed to come, and of new tasks", async () => {
    const home = aHome(shellAgent());
    const daemon = await home.start();
    const { url } = await serveMcp({ operations, ports: portsOf(home.paths.socket) });
    const reader = await overHttp(url, "ada", era);
    await reader.call("task_submit", { prompt: "true", notBefore: "2099-01-01T00:00:00Z" });
    const uri = "steward://tasks/task-1";
    if (era.modern) await reader.client.listen({ resourceSubscriptions: [uri], resourcesListChanged: true });
    else await reader.client.subscribeResource({ uri });
    await eventually("it is told of a new task and of the change", async () => {
      await daemon.call("task.submit", { prompt: "true" });
      await daemon.call("task.update", { taskId: "task-1", priority: reader.told.length });
      return reader.told.includes("list") && reader.told.includes(uri);
    });
    expect(new Set(reader.told)).toEqual(new Set(["list", uri]));
  });

  test("offers what the token's scope allows, and a run what runs may use", async () => {
    const { url, said } = await aServer();
    const toolsFor = async (token: string) =>
      (await (await overHttp(url, token, era)).client.listTools()).tools.map(({ name }) => name);
    expect(await toolsFor("ada-read")).toEqual(["note_wait", "event_list"]);
    expect(await toolsFor("ada-operate")).toEqual(["note_say", "note_wait", "note_fail", "event_list"]);
    expect(await toolsFor("run-3")).toEqual(["note_say", "note_wait", "event_list"]);
    const reader = await overHttp(url, "ada-read", era);
    expect(refusalIn(await reader.call("note_say", { text: "no" })).code).toBe("denied");
    expect(refusalIn(await (await overHttp(url, "run-3", era)).call("note_fail")).code).toBe("denied");
    expect(said).toEqual([]);
  });

  test("a refusal has its code, sentence and hint; a bug only its id", async () => {
    const { url } = await aServer();
    const reader = await overHttp(url, "ada", era);
    // So that the client would hold structured content against the schema.
    await reader.client.listTools();
    expect(refusalIn(await reader.call("note_fail"))).toMatchObject({ code: "conflict", hint: "Try less." });
    const bug = await reader.call("note_fail", { bug: true });
    expect(bug.content[0]?.text).toMatch(/^Something unexpected went wrong \(bug-[0-9a-f]{12}\)/);
    expect(JSON.stringify(bug)).not.toContain("secret reason");
    await expect(reader.call("note_nothing")).rejects.toMatchObject({ code: -32602 });
  });

  test("a call that its reader cancels is cancelled", async () => {
    const { url, open } = await aServer();
    const reader = await overHttp(url, "ada", era);
    const controller = new AbortController();
    const waiting = reader.client.callTool({ name: "note_wait" }, { signal: controller.signal }).catch(() => "gone");
    await eventually("it waits", () => open.waits === 1);
    controller.abort();
    expect(await waiting).toBe("gone");
    await eventually("it waits no more", () => open.waits === 0);
  });
});

test("a session is only for the token that opened it", async () => {
  const { url, said } = await aServer();
  const session = await begin(url, "ada");
  for (const [token, status] of [
    ["bob", 404],
    ["ada-read", 404],
    ["run-1", 404],
    ["ada", 200],
  ] as const) {
    const response = await post(url, call(2, "note_say", { text: token }), { "mcp-session-id": session }, token);
    expect(response.status, token).toBe(status);
    await response.text();
  }
  expect(said).toEqual(["ada"]);
  const taken = await fetch(url, {
    method: "DELETE",
    headers: { authorization: "Bearer bob", "mcp-session-id": session },
  });
  expect(taken.status).toBe(404);
  expect((await post(url, call(3, "note_say", { text: "still" }), { "mcp-session-id": session })).status).toBe(200);
});

test.each([
  ["another host", { host: "evil.example" }],
  ["a page of another site", { origin: "https://evil.example" }],
  ["an opaque origin", { origin: "null" }],
])("%s is turned away", async (_, headers) => {
  const { door } = await aServer();
  const request = new Request("http://127.0.0.1/mcp", {
    method: "POST",
    headers: { host: "127.0.0.1", "content-type": "application/json", ...headers },
    body: JSON.stringify(INITIALIZE),
  });
  const response = await door.handle(request, { kind: "token", name: "ada", scope: "admin" }, NEVER);
  expect(response.status).toBe(403);
});

test("a host that was allowed is let in", async () => {
  const { door } = await aServer({}, { hosts: () => ["steward.example"] });
  const ask = (host: string) =>
    door.handle(
      new Request("http://x/mcp", {
        method: "POST",
        headers: { host, "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify(INITIALIZE),
      }),
      { kind: "token", name: "ada", scope: "admin" },
      NEVER,
    );
  expect((await ask("steward.example:8000")).status).toBe(200);
  expect((await ask("127.0.0.1")).status).toBe(403);
});

test("fifty sessions at once are all served", async () => {
  const { url, said } = await aServer();
  const readers = await Promise.all(Array.from({ length: 50 }, () => overHttp(url, "ada")));
  await Promise.all(readers.map((reader, n) => reader.call("note_say", { text: `from ${n}` })));
  expect(said).toHaveLength(50);
});

test("when there are too many sessions the idlest makes room, and one that is in use does not", async () => {
  const { url, open } = await aServer({ sessions: 3 });
  const [first, second, third] = [await begin(url), await begin(url), await begin(url)];
  const busy = post(url, call(2, "note_wait"), { "mcp-session-id": first });
  await eventually("the first is in use", () => open.waits === 1);
  const fourth = await begin(url);
  expect(fourth).not.toBe("");
  const status = async (session: string) =>
    (await post(url, { jsonrpc: "2.0", id: 3, method: "tools/list" }, { "mcp-session-id": session })).status;
  expect(await status(second)).toBe(404);
  expect(await status(first)).toBe(200);
  expect(await status(third)).toBe(200);
  void busy.then((response) => response.body?.cancel());
});

test("whoever opens very many sessions only loses their own", async () => {
  const { url } = await aServer({ sessions: 3 });
  const theirs = await begin(url, "bob");
  for (let n = 0; n < 5; n++) await begin(url);
  const list = { jsonrpc: "2.0", id: 3, method: "tools/list" };
  expect((await post(url, list, { "mcp-session-id": theirs }, "bob")).status).toBe(200);
});

test("when all sessions are in use, one more is refused", async () => {
  const { url, open } = await aServer({ sessions: 1 });
  const only = await begin(url);
  const busy = post(url, call(2, "note_wait"), { "mcp-session-id": only });
  await eventually("it is in use", () => open.waits === 1);
  expect((await post(url, INITIALIZE)).status).toBe(503);
  void busy.then((response) => response.body?.cancel());
});

test("a session that nobody uses is closed", async () => {
  const clock = testClock();
  const { url } = await aServer({ sessionIdleMs: 60_000 }, { clock });
  const session = await begin(url);
  const list = () => post(url, { jsonrpc: "2.0", id: 2, method: "tools/list" }, { "mcp-session-id": session });
  clock.advance(59_000);
  const used = await list();
  await used.text();
  expect(used.status).toBe(200);
  clock.advance(59_000);
  const again = await list();
  await again.text();
  expect(again.status).toBe(200);
  clock.advance(180_000);
  expect((await list()).status).toBe(404);
});

test("a reader that was cut off gets the answer when it comes back", async () => {
  const { url } = await aServer();
  const session = await begin(url);
  const headers = { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
  const response = await post(url, call(2, "note_say", { text: "hello" }), headers);
  const reader = response.body?.getReader();
  // The first event has an id and no data: from there on everything can be asked for again.
  const first = new TextDecoder().decode((await reader?.read())?.value);
  const [, id] = /^id: (\S+)/m.exec(first) ?? [];
  await reader?.cancel();
  const again = await fetch(url, {
    headers: { authorization: "Bearer ada", accept: "text/event-stream", ...headers, "last-event-id": id ?? "" },
  });
  const text = new TextDecoder().decode((await again.body?.getReader().read())?.value);
  expect(text).toContain('"count":1');
  const invented = await fetch(url, {
    headers: { authorization: "Bearer ada", accept: "text/event-stream", ...headers, "last-event-id": "9999_x" },
  });
  expect(invented.status).toBe(400);
});

test.each([
  ["half a message", '{"jsonrpc":', {}, 400],
  ["no body", "", {}, 400],
  ["a body that is too long", `"${"x".repeat(10_000)}"`, {}, 413],
  ["no JSON-RPC", "7", {}, 400],
  ["an id that is none", '{"jsonrpc":"2.0","id":{},"method":"initialize","params":{}}', {}, 400],
  ["another content type", JSON.stringify(INITIALIZE), { "content-type": "text/plain" }, 415],
  ["a session that was never opened", JSON.stringify(call(1, "note_say")), { "mcp-session-id": "made-up" }, 404],
  ["a call without a session", JSON.stringify(call(1, "note_say")), {}, 400],
  ["a revision that nobody knows", JSON.stringify(call(1, "x")), { "mcp-protocol-version": "2099-01-01" }, 400],
])("%s is refused, and the next is served", async (_, body, headers, status) => {
  const { url, said } = await aServer({ bodyBytes: 5_000 });
  expect((await post(url, body, headers)).status).toBe(status);
  await (await overHttp(url, "ada")).call("note_say", { text: "fine" });
  expect(said).toEqual(["fine"]);
});

test("calls beyond what one reader may have in flight are refused, and the others go on", async () => {
  const { url, open } = await aServer({ callsInFlight: 2 });
  const reader = await overHttp(url, "ada");
  const controller = new AbortController();
  const waits = [1, 2].map(() =>
    reader.client.callTool({ name: "note_wait" }, { signal: controller.signal }).catch(() => {}),
  );
  await eventually("both wait", () => open.waits === 2);
  expect(refusalIn(await reader.call("note_say", { text: "more" })).code).toBe("rate_limited");
  controller.abort();
  await Promise.all(waits);
  await eventually("there is room", () => open.waits === 0);
  expect((await reader.call("note_say", { text: "more" })).isError).toBeUndefined();
});
