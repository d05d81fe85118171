import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import { scratch } from "../../../test/scratch.ts";
import { systemClock } from "../../core/clock.ts";
import { byFirstLine, type Served } from "./first-line.ts";

const directory = scratch("first-line");

async function aSocket(turnMs = 1_000) {
  const heard = { other: "", jsonRpc: "" };
  const ended: string[] = [];
  const served: Served[] = [];
  const take = (who: keyof typeof heard) => (socket: Socket) => {
    socket.on("data", (chunk) => {
      heard[who] += String(chunk);
    });
    socket.on("end", () => ended.push(who));
    socket.resume();
    return { idleSince: () => 7, drop: () => socket.destroy(), close: async () => void socket.destroy() };
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const other = { word: "mcp", serve: take("other") };
    served.push(byFirstLine(socket, { other, jsonRpc: take("jsonRpc"), clock: systemClock, limits: { turnMs } }));
  });
  const path = join(directory(), "s");
  server.listen(path);
  await once(server, "listening");
  const client = connect(path).on("error", () => {});
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  await eventually("it came", () => served.length === 1);
  return { heard, client, served: served[0] as Served, ended };
}

/** Each piece is heard by itself. */
async function inPieces(client: Socket, text: string, size: number): Promise<void> {
  for (let at = 0; at < text.length; at += size) {
    client.write(text.slice(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([1, 3, 4, 5, 1_000])("who says the word speaks the other protocol, in pieces of %i", async (size) => {
  const { heard, client } = await aSocket();
  await inPieces(client, "mcp\n{}\nmcp\n", size);
  await eventually("the rest is heard", () => heard.other === "{}\nmcp\n");
  expect(heard.jsonRpc).toBe("");
});

test.each(
  ['{"jsonrpc":"2.0"}\n', "mcp", "mcp2\n", "MCP\n", "m\n", "\n", "[]\n"].map((text) => [text]),
)("who says %j speaks JSON-RPC, and nothing of it is lost", async (text) => {
  const { heard, client } = await aSocket();
  const all = `${text}more\n`;
  await inPieces(client, all, 1);
  await eventually("all is heard", () => heard.jsonRpc === all);
  expect(heard.other).toBe("");
});

test("who says nothing may give way when its turn is over, and is told the end", async () => {
  const { served, client } = await aSocket(0);
  expect(served.idleSince()).toEqual(expect.any(Number));
  const closed = once(client, "close");
  await served.close();
  await closed;
});

test("who leaves in the middle of the word is let go", async () => {
  const { client, heard } = await aSocket();
  client.end("mc");
  client.resume();
  await once(client, "close");
  expect(heard).toEqual({ other: "", jsonRpc: "" });
});
