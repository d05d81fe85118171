/** MCP over HTTP, both ways of it: a request that says everything (2026-07-28), or a session (until 2025-11-25). */
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  originValidationResponse,
  readRequestBody,
} from "@modelcontextprotocol/server";
import type { Lapse } from "../../access/lapse.ts";
import { type Actor, actorLabel } from "../../core/actor.ts";
import { RPC } from "../../core/refusal.ts";
import { type Change, type Changes, createChanges } from "./changes.ts";
import { MCP_HTTP_LIMITS, type McpDoor, type McpDoorOptions } from "./http-door.ts";
import { createMcpServer, type McpServerOptions } from "./server.ts";
import { createSessions, refusal } from "./sessions.ts";
import { boundedReader } from "./slow-reader.ts";
import { toolsOf } from "./tools.ts";

/** Watches on behalf of every reader: what they are told is only that something changed. */
const WATCHER: Actor = { kind: "host", name: "mcp", scope: "read" };

export function openMcpHttp(options: McpDoorOptions): McpDoor {
  const { ports, clock, log } = options;
  const limits = { ...MCP_HTTP_LIMITS, ...options.limits };
  const hosts = () => [...(options.hosts?.() ?? localhostAllowedHostnames())];
  const tools = toolsOf(options.operations);
  const changes = createChanges({
    clock,
    log,
    watch: async (after, signal) => (await ports.stream("event.watch", { after }, WATCHER, signal)).parts,
    newest: async (signal) => {
      const { newest } = (await ports.call("event.list", { limit: 1 }, WATCHER, { signal })) as { newest: number };
      return newest;
    },
  });
  const serverFor = (actor: Actor, tell: McpServerOptions["tell"]) =>
    createMcpServer({
      tools,
      call: ports.call,
      actor,
      changes,
      tell,
      clock,
      version: options.version,
      callsInFlight: limits.callsInFlight,
    });
  const sessions = createSessions({
    limits,
    clock,
    log,
    unread: options.unread,
    serverFor: (actor) => serverFor(actor, "subscribed"),
  });
  const single = createMcpHandler(({ authInfo }) => serverFor(authInfo?.extra?.actor as Actor, "none"), {
    legacy: "reject",
    bus: busOf(changes),
    maxSubscriptions: limits.listeners,
    maxRequestBodySize: limits.bodyBytes,
    onerror: (error) => log.debug("MCP: a request was not served", { error }),
  });

  async function serve(request: Request, actor: Actor, lapse: Lapse): Promise<Response> {
    const rejected = hostHeaderValidationResponse(request, hosts()) ?? originValidationResponse(request, hosts());
    if (rejected) return rejected;
    const body = request.method === "POST" ? await bodyOf(request, limits.bodyBytes) : undefined;
    if (body instanceof Response) return body;
    if (await isLegacyRequest(request, body)) return sessions.handle({ request, actor, lapse, body });
    const authInfo = { token: "", clientId: actorLabel(actor), scopes: [actor.scope], extra: { actor } };
    const response = await single.fetch(request, { authInfo, parsedBody: body });
    return boundedReader(response, { ...limits, clock, lapse, unread: options.unread, onEnd: () => {} });
  }

  return {
    async handle(request, actor, lapse) {
      try {
        return await serve(request, actor, lapse);
      } catch (error) {
        log.error("an MCP request failed unexpectedly", { error });
        return refusal(500, RPC.internal, "Something unexpected went wrong. The log has the details.");
      }
    },
    async close() {
      changes.close();
      await Promise.all([sessions.close(), single.close()]);
    },
  };
}

/** The body as JSON, or what is answered to one that is none. */
async function bodyOf(request: Request, maxBytes: number): Promise<unknown> {
  const read = await readRequestBody(request, maxBytes);
  if (read.tooLarge) return refusal(413, -32013, `A body takes up to ${maxBytes} bytes.`);
  try {
    return JSON.parse(read.text);
  } catch (error) {
    return refusal(400, RPC.parseError, `The body is not JSON: ${(error as Error).message}`);
  }
}

/** Changes in the SDK's words. */
function busOf(changes: Changes) {
  type Told = { kind: "resources_list_changed" } | { kind: "resource_updated"; uri: string };
  return {
    publish() {},
    subscribe: (listener: (event: Told) => void) =>
      changes.subscribe(({ listed, uris }: Change) => {
        if (listed) listener({ kind: "resources_list_changed" });
        for (const uri of uris ?? []) listener({ kind: "resource_updated", uri });
      }),
  };
}
