/** MCP over HTTP, loaded when the first reader comes: until then it costs the daemon nothing. */
import type { McpDoor, McpDoorOptions } from "./http-door.ts";

export function mcpDoor(options: McpDoorOptions): McpDoor {
  let opened: Promise<McpDoor> | undefined;
  let isClosed = false;
  return {
    async handle(...asked) {
      if (isClosed) return new Response(null, { status: 503 });
      opened ??= import("./http.ts").then(({ openMcpHttp }) => openMcpHttp(options));
      return (await opened).handle(...asked);
    },
    async close() {
      isClosed = true;
      await (await opened)?.close();
    },
  };
}
