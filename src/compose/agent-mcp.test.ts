import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { plenty } from "../../test/builders.ts";
import { eventually } from "../../test/lifecycle/eventually.ts";
import { scratch } from "../../test/scratch.ts";
import { silentLog } from "../core/log.ts";
import { operation } from "../core/operation.ts";
import { Refusal } from "../core/refusal.ts";
import { serveJsonRpc } from "../transports/jsonrpc/serve.ts";
import { REQUEST_ID_META_KEY } from "../transports/mcp/bridge-words.ts";
import { agentMcp } from "./agent-mcp.ts";

const directory = scratch("agent-mcp");
const actor = { kind: "run", name: "run-7", scope: "operate", runId: 7 } as const;

/** At whose store somebody is away for the first calls. */
async function aDoor({ awayFor = 0, clients = 16 } = {}) {
  const asked: object[] = [];
  const say = operation({
    ...{ name: "note.say", summary: "Say.", effect: "write", scope: "operate", rest: "POST /note" },
    ...{ input: z.object({}), output: z.object({}), refuses: [], example: {}, tool: true, forRun: true },
    handle: () => ({}),
  });
  const ports = {
    call: async (name: string, _: unknown, who: object, { requestId }: { requestId?: string | undefined } = {}) => {
      asked.push({ name, requestId, who });
      if (asked.length <= awayFor) throw new Refusal("unavailable", "The store is away.");
      return {};
    },
    stream: () => Promise.reject(new Error("none")),
    isStream: () => false,
  };
  const shared = { ports, log: silentLog, unread: plenty };
  const path = join(directory(), "s");
  const other = agentMcp({ ...shared, operations: [say] })(actor);
  const door = await serveJsonRpc({ ...shared, path, actor, other, limits: { clients, turnMs: 0 } });
  onTestFinished(() => door.close());
  const come = (...lines: string[]) => {
    const socket = connect(path).on("error", () => {});
    const heard: { id: unknown; result?: { isError?: boolean }; error?: object }[] = [];
    socket.on("data", (chunk) => {
      for (const line of String(chunk).split("\n").filter(Boolean)) heard.push(JSON.parse(line));
    });
    socket.write(lines.map((line) => `${line}\n`).join(""));
    onTestFinished(() => void socket.destroy());
    return { socket, heard };
  };
  return { asked, door, come };
}

const initialize = JSON.stringify({
  ...{ jsonrpc: "2.0", id: 0, method: "initialize" },
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});
const call = (id: number, meta?: object) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name: "note_say", ...(meta && { _meta: meta }) },
  });
const closed = (socket: Socket) => eventually("it is hung up", () => socket.destroyed);

test("a call with a name is asked again while the store is away, for its run and under its name", async () => {
  const { asked, come } = await aDoor({ awayFor: 2 });
  const { heard } = come("mcp", initialize, call(1, { [REQUEST_ID_META_KEY]: "mine" }));
  await eventually("it is answered", () => heard.length === 2);
  expect(heard[1]?.result?.isError).toBeUndefined();
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ name: "note.say", requestId: "mine", who: actor })));
});

test("one without a name is asked once: it could be done twice", async () => {
  const { asked, come } = await aDoor({ awayFor: 2 });
  const { heard } = come("mcp", initialize, call(1));
  await eventually("it is answered", () => heard.length === 2);
  expect(heard[1]?.result?.isError).toBe(true);
  expect(asked).toHaveLength(1);
});

test("a door that closes hangs up on a call that waits, and says nothing that could be taken for its answer", async () => {
  const { asked, come, door } = await aDoor({ awayFor: 1_000 });
  const { heard, socket } = come("mcp", initialize, call(1, { [REQUEST_ID_META_KEY]: "mine" }));
  await eventually("it is asked", () => asked.length > 0);
  await door.close();
  await closed(socket);
  expect(heard.map(({ id }) => id)).toEqual([0]);
});

test("who speaks MCP gives way to nobody, who says nothing does", async () => {
  const { come } = await aDoor({ clients: 2 });
  const agent = come("mcp", initialize);
  await eventually("it is answered", () => agent.heard.length === 1);
  const silent = come();
  await eventually("it came", () => silent.socket.readyState === "open");
  const third = come("mcp", initialize);
  await eventually("it is answered", () => third.heard.length === 1);
  await closed(silent.socket);
  const fourth = come("mcp", initialize);
  await eventually("it is turned away", () => fourth.heard.length === 1);
  expect(fourth.heard).toMatchObject([{ id: null, error: { message: "All 2 clients are busy." } }]);
  expect(agent.socket.destroyed).toBe(false);
});
