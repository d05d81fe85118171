/** What an agent finds of Steward at the socket of its run: an MCP server with the few tools that are about that run. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "../core/actor.ts";
import { systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { CallPort, Operation, Ports } from "../core/operation.ts";
import { Refusal } from "../core/refusal.ts";
import { packageVersion } from "../daemon/version.ts";
import type { OtherProtocol } from "../transports/jsonrpc/first-line.ts";
import { MCP_WORD } from "../transports/mcp/bridge-words.ts";
import type { Unread } from "../transports/unread.ts";

export interface AgentMcpOptions {
  readonly operations: readonly Operation[];
  readonly ports: Ports;
  readonly log: Log;
  readonly unread: Unread;
}

const INSTRUCTIONS =
  "You work on a task of Steward, unattended. task_own tells which. Leave what came of it with task_report before you end. " +
  "Ask a person with task_ask only what you cannot decide, then end your turn: you go on when it is answered. " +
  "task_delegate hands a part of the work to another run, task_await waits for such parts.";

/** How long the store may be away while an agent asks, and how often it is asked again, in ms. */
const AWAY_MS = 30_000;
const ASK_AGAIN_MS = 250;

/** Loaded with the first agent that comes: until then it costs the daemon nothing. */
export function agentMcp(options: AgentMcpOptions): (actor: Actor) => OtherProtocol {
  let loading: Promise<(socket: Socket, actor: Actor) => Promise<void>> | undefined;
  const load = () => {
    loading ??= loaded(options);
    return loading;
  };
  return (actor) => ({
    word: MCP_WORD,
    serve(socket) {
      load()
        .then((serve) => serve(socket, actor))
        .catch((error: unknown) => options.log.error("an agent could not be served", { error }))
        .finally(() => socket.destroySoon());
      return {
        // It says little and stays as long as its agent does.
        idleSince: () => undefined,
        drop: () => socket.destroy(),
        // Without a last word: what has no answer is asked again of the next daemon, and done once.
        close: async () => void socket.destroy(),
      };
    },
  });
}

async function loaded({ operations, ports, log, unread }: AgentMcpOptions) {
  const [{ serveMcpOnStdio }, { toolsOf }] = await Promise.all([
    import("../transports/mcp/serve-stdio.ts"),
    import("../transports/mcp/tools.ts"),
  ]);
  const served = {
    tools: toolsOf(operations),
    call: patient(ports.call),
    instructions: INSTRUCTIONS,
    clock: systemClock,
    version: packageVersion(),
    log,
    written: unread.written,
  };
  return (socket: Socket, actor: Actor) => serveMcpOnStdio({ ...served, actor, input: socket, output: socket });
}

/** A database that restarts takes a moment. What has no name is asked once: it could be done twice. */
function patient(call: CallPort): CallPort {
  return async (operation, input, actor, options = {}) => {
    for (const giveUpAt = performance.now() + AWAY_MS; ; await sleep(ASK_AGAIN_MS)) {
      try {
        return await call(operation, input, actor, options);
      } catch (error) {
        const isAway = error instanceof Refusal && error.code === "unavailable";
        const mayAgain = isAway && options.requestId !== undefined && performance.now() < giveUpAt;
        if (!mayAgain || options.signal?.aborted) throw error;
      }
    }
  };
}
