/** MCP with one reader over a pair of streams: who started this process, or who came to a socket. Ends when the reader is gone. */
import type { Readable, Writable } from "node:stream";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Log } from "../../core/log.ts";
import { createMcpServer, type McpServerOptions } from "./server.ts";
import { STDIO_LIMITS, stdioLines } from "./stdio-lines.ts";

export interface StdioOptions extends Omit<McpServerOptions, "tell" | "callsInFlight"> {
  readonly input: Readable;
  readonly output: Writable;
  readonly log: Log;
  /** Called when something was written that may stay unread. */
  readonly written?: () => void;
}

export async function serveMcpOnStdio({ input, output, log, written, ...options }: StdioOptions): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const lines = stdioLines(input, output, STDIO_LIMITS, written);
  serveStdio(
    ({ era }) =>
      createMcpServer({
        ...options,
        tell: era === "modern" ? "all" : "subscribed",
        callsInFlight: STDIO_LIMITS.callsInFlight,
      }),
    { transport: lines, onerror: (error) => log.warn("MCP: a message was not served", { error }) },
  );
  // It has set its own by now, and needs to hear of the end too.
  const { onclose } = lines;
  lines.onclose = () => {
    onclose?.();
    end();
  };
  await ended;
}
