/** One MCP server for one reader: tools and resources made from the registry, whatever carries its messages. */
import { type CallToolResult, ProtocolError, Server, type ServerContext } from "@modelcontextprotocol/server";
import { type Actor, mayUse } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { type CallPort, whyNot } from "../../core/operation.ts";
import { Refusal } from "../../core/refusal.ts";
import { REQUEST_ID_META_KEY } from "./bridge-words.ts";
import type { Changes } from "./changes.ts";
import { type Ask, completeResource, listResources, readResource, TEMPLATES } from "./resources.ts";
import { answered, orProtocolError, refused } from "./results.ts";
import { type Tell, tellChanges } from "./tell-changes.ts";
import type { Tool } from "./tools.ts";

export interface McpServerOptions {
  readonly tools: readonly Tool[];
  readonly call: CallPort;
  readonly actor: Actor;
  /** Absent: only tools are offered, no resources. */
  readonly changes?: Changes | undefined;
  /** What the reader is told of this server. Default: what Steward is for whoever uses it. */
  readonly instructions?: string;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly version: string;
  /** Calls of one reader that may be in flight at once. */
  readonly callsInFlight: number;
}

/** How often a caller that asked for progress hears that its call still waits, in ms. */
const PROGRESS_MS = 10_000;

const INSTRUCTIONS =
  "Steward runs AI agents as supervised processes on this machine. Queue work with task_submit, follow it with " +
  "task_wait, read what was printed with run_output, and ask task_explain why something does not run.";

export function createMcpServer(options: McpServerOptions): Server {
  const { actor, tools, call, callsInFlight } = options;
  const server = new Server(
    { name: "steward", title: "Steward", version: options.version },
    {
      capabilities: options.changes
        ? { tools: {}, resources: { subscribe: true, listChanged: true }, completions: {} }
        : { tools: {} },
      instructions: options.instructions ?? INSTRUCTIONS,
    },
  );
  const usable = tools.filter((tool) => mayUse(actor, { ...tool, tool: true }));
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const listed = usable.map(asListed);
  let inFlight = 0;

  async function ask(operation: string, input: unknown, { signal, requestId }: AskOptions): Promise<unknown> {
    if (inFlight >= callsInFlight) {
      throw new Refusal("rate_limited", `${callsInFlight} calls at once are the most.`, {
        hint: "Wait for an answer.",
      });
    }
    inFlight += 1;
    try {
      return await call(operation, input, actor, { signal, requestId });
    } finally {
      inFlight -= 1;
    }
  }

  server.setRequestHandler("tools/list", () => ({ tools: listed }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = byName.get(params.name);
    if (!tool) throw new ProtocolError(-32602, `There is no tool ${JSON.stringify(params.name.slice(0, 100))}.`);
    const stopProgress = tellProgress(context, options.clock);
    try {
      if (!usable.includes(tool)) throw notForYou(tool, actor);
      const requestId = requestIdOf(context);
      return answered(await ask(tool.operation, params.arguments ?? {}, { signal: context.mcpReq.signal, requestId }));
    } catch (error) {
      return refused(error) satisfies CallToolResult;
    } finally {
      stopProgress();
    }
  });
  const asking = (context: ServerContext): Ask => {
    return (operation, input) => ask(operation, input, { signal: context.mcpReq.signal });
  };
  const { changes } = options;
  if (!changes) return server;
  server.setRequestHandler("resources/list", async (_, context) => ({
    resources: await orProtocolError(listResources(asking(context))),
  }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler("resources/read", ({ params }, context) =>
    orProtocolError(readResource(params.uri, asking(context))),
  );
  server.setRequestHandler("completion/complete", async ({ params }, context) =>
    params.ref.type === "ref/resource"
      ? await orProtocolError(completeResource(params.argument, asking(context)))
      : { completion: { values: [] } },
  );
  tellChanges(server, { ...options, changes }, (context) => asking(context));
  return server;
}

interface AskOptions {
  readonly signal: AbortSignal;
  readonly requestId?: string | undefined;
}

function asListed({ name, title, description, inputSchema, outputSchema, effect }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations: {
      title,
      readOnlyHint: effect === "read",
      destructiveHint: effect === "destroy",
      idempotentHint: effect === "read",
      openWorldHint: false,
    },
  };
}

function notForYou({ operation: name, scope, forRun }: Tool, actor: Actor): Refusal {
  if (actor.kind === "run") return new Refusal("denied", `${name} is not for runs.`);
  return new Refusal("denied", whyNot(actor, { name, scope, ...(forRun && { forRun }) }));
}

function requestIdOf({ mcpReq }: ServerContext): string | undefined {
  const requestId = mcpReq._meta?.[REQUEST_ID_META_KEY];
  if (requestId === undefined || typeof requestId === "string") return requestId;
  throw new Refusal("invalid_input", `${REQUEST_ID_META_KEY} is a text.`);
}

/** Also what keeps a client from giving up a call that waits long. */
function tellProgress({ mcpReq }: ServerContext, clock: Clock): () => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  const tell = () => {
    progress += PROGRESS_MS / 1000;
    const params = { progressToken, progress, message: `waiting for ${progress} s` };
    // A reader that is gone needs no progress.
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
    timer = clock.after(PROGRESS_MS, tell);
  };
  let timer = clock.after(PROGRESS_MS, tell);
  return () => timer.cancel();
}
