import type { ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type connect, createServer as createRawServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { Resolve } from "../../src/event/outbox/address.ts";
import { createSend, type Letter } from "../../src/event/outbox/send.ts";
import { within } from "../lifecycle/eventually.ts";
import { scratch } from "../scratch.ts";
import { aCertificate, aReceiver, listening } from "./receiver.ts";

const newDirectory = scratch("webhooks");

test("a message arrives whole, by POST, with its headers, on a connection of its own", async () => {
  const receiver = await aReceiver();
  expect(
    await send({ url: `${receiver.url}?token=1`, headers: { "webhook-id": "msg_1", "x-own": "me" }, body: '{"ü":1}' }),
  ).toEqual({
    status: 204,
    retryAfterMs: 0,
  });
  expect(receiver.received).toEqual([
    {
      method: "POST",
      path: "/hook?token=1",
      headers: {
        "webhook-id": "msg_1",
        "x-own": "me",
        "content-type": "application/json",
        "content-length": "8",
        "user-agent": "steward",
        connection: "close",
        host: `127.0.0.1:${receiver.port}`,
      },
      body: '{"ü":1}',
    },
  ]);
});

describe("an answer", () => {
  test.each([200, 299, 301, 400, 404, 410, 500, 503])("of %i is told as it is", async (status) => {
    const receiver = await aReceiver(() => status);
    expect(await send({ url: receiver.url })).toEqual({ status, retryAfterMs: 0 });
  });

  test("that asks to come later is told with how much later", async () => {
    const receiver = await aReceiver((_, response) => {
      response.writeHead(429, { "retry-after": "120" }).end();
      return undefined;
    });
    expect(await send({ url: receiver.url })).toEqual({ status: 429, retryAfterMs: 120_000 });
  });

  test("that points elsewhere is not followed", async () => {
    const elsewhere = await aReceiver();
    const receiver = await aReceiver((_, response) => {
      response.writeHead(307, { location: elsewhere.url }).end();
      return undefined;
    });
    expect(await send({ url: receiver.url })).toMatchObject({ status: 307 });
    expect(elsewhere.received).toEqual([]);
  });

  test("without an end is not waited for: the status is what counts", async () => {
    const receiver = await aReceiver((_, response) => {
      response.writeHead(200).write("a beginning");
      return undefined;
    });
    expect(await within(5_000, "sending", send({ url: receiver.url }))).toMatchObject({ status: 200 });
  });

  test("of any size is read as far as its bound, and thrown away", async () => {
    let written = 0;
    const receiver = await aReceiver((_, response) => {
      response.writeHead(200);
      pour(response, (bytes) => {
        written += bytes;
      });
      return undefined;
    });
    expect(await within(5_000, "sending", send({ url: receiver.url }))).toMatchObject({ status: 200 });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test("that breaks off after its status has said what it had to say", async () => {
    const receiver = await aReceiver((_, response, socket) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => socket.destroy());
      return undefined;
    });
    expect(await send({ url: receiver.url })).toMatchObject({ status: 200 });
  });
});

describe("it is an error in time", () => {
  test("when nothing is answered", async () => {
    const receiver = await aReceiver(() => undefined);
    await expect(send({ url: receiver.url, timeoutMs: 200 })).rejects.toThrow("there was no answer within 0.2 s");
  });

  test("when the head of the answer only drips", async () => {
    const { url } = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => socket.write("x-drip: 1\r\n"), 20);
      socket.once("close", () => clearInterval(drip));
    });
    await expect(send({ url, timeoutMs: 300 })).rejects.toThrow("there was no answer within 0.3 s");
  });

  test("when the name is never resolved", async () => {
    const letter = { url: "https://slow.example/", timeoutMs: 100 };
    await expect(send(letter, () => new Promise(() => {}))).rejects.toThrow("there was no answer within 0.1 s");
  });

  test("when the daemon stops meanwhile", async () => {
    const stopping = new AbortController();
    const receiver = await aReceiver(() => {
      stopping.abort(new Error("the daemon stops"));
      return undefined;
    });
    await expect(send({ url: receiver.url }, undefined, stopping.signal)).rejects.toThrow("the daemon stops");
    await expect(send({ url: receiver.url }, undefined, stopping.signal)).rejects.toThrow("the daemon stops");
  });

  test.each([
    ["is reset", /ECONNRESET/, (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
    ["is closed", /socket hang up/, (socket: { end(): void }) => socket.end()],
    [
      "speaks something else",
      /Parse Error/,
      (socket: { end(text: string): void }) => socket.end("SSH-2.0-OpenSSH_9\r\n"),
    ],
    [
      "asks to switch protocols",
      /without an answer/,
      (socket: { end(text: string): void }) =>
        socket.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
    ],
    [
      "has a head without end",
      /Header overflow/,
      (socket: { write(text: string): void }) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(20 * 1024)}\r\n\r\n`),
    ],
  ])("when the connection %s", async (_, problem, react) => {
    const { url } = await rawServer(react);
    await expect(within(5_000, "sending", send({ url }))).rejects.toThrow(problem);
  });

  test("when nobody listens", async () => {
    const { url, port } = await listening((await import("node:http")).createServer());
    await expect(send({ url: url.replace(String(port), "1") })).rejects.toThrow(/ECONNREFUSED/);
  });

  test("when a certificate was signed by nobody that is known", async () => {
    let asked = 0;
    const server = createSecureServer(aCertificate(newDirectory()), () => {
      asked++;
    });
    const { port } = await listening(server);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    await expect(send({ url: `https://localhost:${port}/` }, here)).rejects.toThrow(/self.signed/);
    expect(asked).toBe(0);
  });
});

describe("an address that was not checked is not connected to:", () => {
  test("without allowPrivate this machine is not reached, by number or by name", async () => {
    const receiver = await aReceiver();
    const url = receiver.url.replace("http:", "https:");
    await expect(send({ url, allowPrivate: false })).rejects.toThrow("not a public address (loopback)");
    const named = url.replace("127.0.0.1", "innocent.example");
    await expect(send({ url: named, allowPrivate: false }, here)).rejects.toThrow("not a public address (loopback)");
    expect(receiver.received).toEqual([]);
  });

  test("a name is asked for once, so that a second answer cannot lead elsewhere", async () => {
    const receiver = await aReceiver();
    let asked = 0;
    const rebinding: Resolve = async () => {
      asked++;
      return [{ address: asked === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    };
    const url = receiver.url.replace("127.0.0.1", "rebinding.example");
    expect(await send({ url }, rebinding)).toMatchObject({ status: 204 });
    expect(asked).toBe(1);
    expect(receiver.received[0]?.headers.host).toBe(`rebinding.example:${receiver.port}`);
  });
});

afterEach(() => {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
});

const here: Resolve = async () => [{ address: "127.0.0.1", family: 4 }];

function send(letter: Partial<Letter>, resolve?: Resolve, signal: AbortSignal = new AbortController().signal) {
  const whole = { url: "", headers: {}, body: "{}", timeoutMs: 10_000, allowPrivate: true, ...letter };
  return createSend({ clock: systemClock, ...(resolve && { resolve }) })(whole, signal);
}

type RawSocket = ReturnType<typeof connect>;

async function rawServer(react: (socket: RawSocket) => void) {
  const server = createRawServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => react(socket));
  });
  const sockets = new Set<RawSocket>();
  server.on("connection", (socket) => sockets.add(socket));
  return await listening(
    Object.assign(server, {
      closeAllConnections() {
        for (const socket of sockets) socket.destroy();
      },
    }) as never,
  );
}

function pour(response: ServerResponse, count: (bytes: number) => void): void {
  const chunk = Buffer.alloc(64 * 1024);
  while (!response.destroyed) {
    count(chunk.length);
    if (response.write(chunk)) continue;
    response.once("drain", () => pour(response, count));
    return;
  }
}
