/** MCP's messages as lines, of standard input and output or of a socket. What is no message is answered, and the connection lives. */
import type { Readable, Writable } from "node:stream";
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from "@modelcontextprotocol/server";
import { RPC } from "../../core/refusal.ts";
import { lineSplitter } from "../jsonrpc/lines.ts";

export interface StdioLimits {
  readonly lineBytes: number;
  /** Nothing more is read while so many requests have no answer yet, or one that was not read. */
  readonly requestsInFlight: number;
  /** Calls beyond these are refused: fewer than requests, so that what is said to cancel one is still read. */
  readonly callsInFlight: number;
  /** News are left out, and nothing more is asked, while this much was not read, in bytes. */
  readonly unreadBytes: number;
}

export const STDIO_LIMITS: StdioLimits = {
  lineBytes: 8 * 1024 * 1024,
  requestsInFlight: 256,
  callsInFlight: 64,
  unreadBytes: 1024 * 1024,
};

/** A request that is answered when it ends, which may be never. */
const OPEN_ENDED = "subscriptions/listen";

/** Closes when input ends, when nobody reads, and behind a line that is too long: it was not read to its end. */
export function stdioLines(
  input: Readable,
  output: Writable,
  limits: StdioLimits = STDIO_LIMITS,
  written = () => {},
): Transport {
  const lines = lineSplitter(limits.lineBytes);
  const unanswered = new Set<string | number>();
  let isClosed = false;

  const transport: Transport = {
    async start() {
      input.on("data", hear);
      input.resume();
      for (const end of ["end", "close", "error"] as const) input.on(end, close);
      for (const end of ["close", "error"] as const) output.on(end, close);
      output.on("drain", goOn);
      if (input.readableEnded || input.destroyed) setImmediate(close);
    },
    async send(message) {
      const isNews = "method" in message && !("id" in message);
      if (isNews && output.writableLength > limits.unreadBytes) return;
      await write(message);
      if (!("method" in message) && message.id !== undefined) settle(message.id);
    },
    close: async () => close(),
  };
  return transport;

  function hear(chunk: Buffer): void {
    lines.feed(chunk);
    readLines();
  }

  function readLines(): void {
    while (!isClosed && hasRoom()) {
      const line = lines.next();
      if (line === undefined) return;
      if (line === "too long") giveUp();
      else take(line.toString());
    }
    if (!isClosed) input.pause();
  }

  function hasRoom(): boolean {
    return unanswered.size < limits.requestsInFlight && output.writableLength <= limits.unreadBytes;
  }

  function giveUp(): void {
    complain(RPC.invalidRequest, `A line takes up to ${limits.lineBytes} bytes.`);
    close();
  }

  function take(line: string): void {
    if (line.trim() === "") return;
    const message = parsed(line);
    if (!message) return;
    if ("method" in message && "id" in message && message.method !== OPEN_ENDED) unanswered.add(message.id);
    if ("method" in message && message.method === "notifications/cancelled") {
      // Its answer never comes.
      settle((message.params as { requestId?: string | number } | undefined)?.requestId ?? "");
    }
    transport.onmessage?.(message);
  }

  function parsed(line: string): JSONRPCMessage | undefined {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      complain(RPC.parseError, `This line is not JSON: ${(error as Error).message}`);
      return undefined;
    }
    try {
      return parseJSONRPCMessage(value);
    } catch {
      complain(RPC.invalidRequest, "This is no request, notification or answer of JSON-RPC 2.0.", askedAs(value));
      return undefined;
    }
  }

  function settle(id: string | number): void {
    unanswered.delete(id);
    goOn();
  }

  function goOn(): void {
    if (isClosed || !input.isPaused() || !hasRoom()) return;
    input.resume();
    // Not within the line that is being read now.
    setImmediate(readLines);
  }

  /** JSON-RPC 2.0, section 5: an error about no request that could be told has the id null. */
  function complain(code: number, message: string, id: string | number | null = null): void {
    output.write(`${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })}\n`, () => {});
  }

  /** Resolves when it was taken. */
  function write(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (isClosed) return reject(new Error("nobody reads any more"));
      output.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
      if (output.writableLength > 0) written();
    });
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    input.off("data", hear);
    input.pause();
    transport.onclose?.();
  }
}

/** The id of what wants to be a request. */
function askedAs(value: unknown): string | number | null {
  if (typeof value !== "object" || value === null || !("method" in value && "id" in value)) return null;
  return typeof value.id === "string" || Number.isSafeInteger(value.id) ? (value.id as string | number) : null;
}
