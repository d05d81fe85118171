/** A socket for each live run whose agent is talked with: it answers with the few operations that are about that run. */

import { publicId } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import type { Ports } from "../core/operation.ts";
import { cliProgram } from "../daemon/cli-program.ts";
import type { AgentDoor, AgentDoors } from "../run/agent-door.ts";
import { serveJsonRpc } from "../transports/jsonrpc/serve.ts";
import type { Unread } from "../transports/unread.ts";

/** Of one agent: its program and whatever that starts. */
const CLIENTS = 16;

export interface AgentDoorsOptions {
  readonly log: Log;
  readonly unread: Unread;
  readonly lineBytes: () => number;
}

export interface LedAgentDoors extends AgentDoors {
  /** From here on they answer: runs that were taken over before wait for this. */
  lead(ports: Ports): void;
  /** Nobody will lead them any more. */
  giveUp(): void;
}

export function createAgentDoors({ log, unread, lineBytes }: AgentDoorsOptions): LedAgentDoors {
  const { promise: led, resolve: lead, reject } = Promise.withResolvers<Ports>();
  led.catch(() => {});
  return {
    lead,
    giveUp: () => reject(new Error("the daemon is stopping")),
    bridge: ({ socket }) => {
      const [command, ...args] = cliProgram();
      return { command, args: [...args, "mcp", "--run", socket] };
    },
    async open(runId, { socket }): Promise<AgentDoor> {
      const ports = await led;
      return await serveJsonRpc({
        ports,
        path: socket,
        actor: { kind: "run", name: publicId("run", runId), scope: "operate", runId },
        limits: { lineBytes: lineBytes(), clients: CLIENTS },
        log,
        unread,
      });
    },
  };
}
