/** A socket for each live run whose agent is talked with: it answers with the few operations that are about that run, by JSON-RPC and by MCP. */
import type { Actor } from "../core/actor.ts";
import { publicId } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import type { Operation, Ports } from "../core/operation.ts";
import { ownProgram } from "../core/own-program.ts";
import type { AgentDoor, AgentDoors } from "../run/agent-door.ts";
import { serveJsonRpc } from "../transports/jsonrpc/serve.ts";
import type { Unread } from "../transports/unread.ts";
import { agentMcp } from "./agent-mcp.ts";

/** By which agents reach the socket of their run. */
const BRIDGE = { source: "transports/mcp/bridge.ts", bundle: "bridge.cjs" };

/** Of one agent: its program and whatever that starts. */
const CLIENTS = 16;

export interface AgentDoorsOptions {
  readonly log: Log;
  readonly unread: Unread;
  readonly lineBytes: () => number;
}

/** What is for runs, and how it is asked for. */
interface Led {
  readonly operations: readonly Operation[];
  readonly ports: Ports;
}

export interface LedAgentDoors extends AgentDoors {
  /** From here on they answer: runs that were taken over before wait for this. */
  lead(led: Led): void;
  /** Nobody will lead them any more. */
  giveUp(): void;
}

export function createAgentDoors({ log, unread, lineBytes }: AgentDoorsOptions): LedAgentDoors {
  const { promise: led, resolve: lead, reject } = Promise.withResolvers<Led>();
  led.catch(() => {});
  const answering = led.then((found) => ({ ports: found.ports, mcp: agentMcp({ ...found, log, unread }) }));
  answering.catch(() => {});
  return {
    lead,
    giveUp: () => reject(new Error("the daemon is stopping")),
    bridge: ({ socket }) => {
      const [command, program] = ownProgram(BRIDGE);
      return { command, args: [program, socket] };
    },
    async open(runId, { socket }): Promise<AgentDoor> {
      const { ports, mcp } = await answering;
      const actor: Actor = { kind: "run", name: publicId("run", runId), scope: "operate", runId };
      return await serveJsonRpc({
        ports,
        path: socket,
        actor,
        other: mcp(actor),
        limits: { lineBytes: lineBytes(), clients: CLIENTS },
        log,
        unread,
      });
    },
  };
}
