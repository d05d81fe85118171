/** MCP's door on an HTTP server of its own, with tokens that stand for scopes. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { onTestFinished } from "vitest";
import type { Lapse } from "../../src/access/lapse.ts";
import type { Actor } from "../../src/core/actor.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import type { Operation, Ports } from "../../src/core/operation.ts";
import { mcpDoor } from "../../src/transports/mcp/door.ts";
import type { McpHttpLimits } from "../../src/transports/mcp/http-door.ts";
import { plenty } from "../builders.ts";

export interface ServedOptions {
  readonly operations: readonly Operation[];
  readonly ports: Ports;
  readonly limits?: Partial<McpHttpLimits>;
  readonly clock?: Clock;
  readonly hosts?: () => readonly string[];
}

/** `ada-read` is the token `ada` with the scope read; `run-3` stands for run 3. */
function actorOf(token: string): Actor {
  const [name = "", scope = "operate"] = token.split("-");
  if (name === "run") return { kind: "run", name: token, scope: "operate", runId: Number(scope) };
  return { kind: "token", name, scope: scope as Actor["scope"] };
}

/** These tokens are good for ever. */
export const NEVER: Lapse = () => () => {};

export async function serveMcp({ clock = systemClock, ...options }: ServedOptions) {
  const door = mcpDoor({ ...options, clock, log: silentLog, unread: plenty, version: "0.0.0" });
  const listener = getRequestListener(
    (request) => {
      const token = (request.headers.get("authorization") ?? "").slice("Bearer ".length);
      return door.handle(request, actorOf(token), NEVER);
    },
    { overrideGlobalObjects: false },
  );
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await door.close();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, door };
}
