/** The sessions of MCP over HTTP (until 2025-11-25): each bound to the token that opened it, and few. */
import { createHash, randomUUID } from "node:crypto";
import { type Server, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import type { Lapse } from "../../access/lapse.ts";
import { type Actor, actorLabel } from "../../core/actor.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Unread } from "../unread.ts";
import type { McpHttpLimits } from "./http-door.ts";
import { keptMessages } from "./kept-messages.ts";
import { boundedReader } from "./slow-reader.ts";

export interface SessionsOptions {
  readonly limits: McpHttpLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly unread: Unread;
  readonly serverFor: (actor: Actor) => Server;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly holder: string;
  /** Requests and streams of it that are open. */
  open: number;
  usedAt: number;
}

export interface AskedInSession {
  readonly request: Request;
  readonly actor: Actor;
  readonly lapse: Lapse;
  /** Undefined: none was sent. */
  readonly body: unknown;
}

export interface Sessions {
  handle(asked: AskedInSession): Promise<Response>;
  close(): Promise<void>;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { limits, clock, log } = options;
  const sessions = new Map<string, Session>();
  let sweeping: Timer | undefined;

  async function begin(holder: string, actor: Actor): Promise<Session | undefined> {
    if (sessions.size >= limits.sessions && !(await makeRoom(holder))) return undefined;
    const id = randomUUID();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      eventStore: keptMessages(limits.replayBytes),
      maxRequestBodySize: limits.bodyBytes,
    });
    const session: Session = { transport, holder, open: 0, usedAt: clock.monotonic() };
    sessions.set(id, session);
    const server = options.serverFor(actor);
    await server.connect(transport);
    const { onclose } = transport;
    transport.onclose = () => {
      sessions.delete(id);
      onclose?.();
    };
    transport.onerror = (error) => log.debug("MCP: a request was not served", { error });
    sweeping ??= clock.after(limits.sessionIdleMs, sweep);
    return session;
  }

  /** Whoever has most gives one up, so that one token cannot take the sessions of all others. */
  async function makeRoom(holder: string): Promise<boolean> {
    const all = [...sessions.values()];
    const heldBy = (one: string) => all.filter((session) => session.holder === one).length + (one === holder ? 1 : 0);
    const idle = all.filter(({ open }) => open === 0);
    const [longest] = idle.sort((a, b) => heldBy(b.holder) - heldBy(a.holder) || a.usedAt - b.usedAt);
    await longest?.transport.close();
    return longest !== undefined;
  }

  function sweep(): void {
    const before = clock.monotonic() - limits.sessionIdleMs;
    for (const { open, usedAt, transport } of sessions.values())
      if (open === 0 && usedAt <= before) void transport.close();
    sweeping = sessions.size > 0 ? clock.after(limits.sessionIdleMs / 2, sweep) : undefined;
  }

  async function serve(session: Session, { request, body, lapse }: AskedInSession): Promise<Response> {
    session.open += 1;
    const done = () => {
      session.open -= 1;
      session.usedAt = clock.monotonic();
    };
    try {
      const response = await session.transport.handleRequest(request, body === undefined ? {} : { parsedBody: body });
      return boundedReader(response, { ...limits, clock, lapse, unread: options.unread, onEnd: done });
    } catch (error) {
      done();
      throw error;
    }
  }

  return {
    async handle(asked) {
      const { request, actor, body } = asked;
      const holder = holderOf(request, actor);
      const id = request.headers.get("mcp-session-id");
      const session = id === null ? undefined : sessions.get(id);
      if (session?.holder === holder) return serve(session, asked);
      if (id !== null) return refusal(404, -32001, "There is no such session, or not any more. Begin a new one.");
      if (!isInitialize(body))
        return refusal(400, -32000, "A session begins with initialize; then say its Mcp-Session-Id.");
      const begun = await begin(holder, actor);
      if (!begun) return refusal(503, -32003, `All ${limits.sessions} sessions are in use. Try again in a moment.`);
      const response = await serve(begun, asked);
      // Nobody knows of a session whose beginning was refused.
      if (!response.ok) await begun.transport.close();
      return response;
    },
    async close() {
      sweeping?.cancel();
      await Promise.all([...sessions.values()].map(({ transport }) => transport.close()));
    },
  };
}

function isInitialize(body: unknown): boolean {
  return typeof body === "object" && body !== null && "method" in body && body.method === "initialize";
}

/** Two tokens may have one name: whoever holds a session is known by the token itself. */
function holderOf(request: Request, actor: Actor): string {
  const secret = createHash("sha256")
    .update(request.headers.get("authorization") ?? "")
    .digest("base64url");
  return [actorLabel(actor), actor.scope, secret].join(" ");
}

export function refusal(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", id: null, error: { code, message } }, { status });
}
