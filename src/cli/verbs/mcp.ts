/** `steward mcp`: MCP over standard input and output, every call asked of the daemon over its socket. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../../core/actor.ts";
import { systemClock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { CallPort } from "../../core/operation.ts";
import { EXIT, Refusal } from "../../core/refusal.ts";
import { createChanges } from "../../transports/mcp/changes.ts";
import { serveMcpOnStdio } from "../../transports/mcp/serve-stdio.ts";
import { daemonPorts } from "../daemon-ports.ts";
import { type Failure, usageFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { versionOf } from "../package-version.ts";
import { visibleLine } from "../visible.ts";
import { startInBackground } from "./start.ts";

/** How long a daemon that somebody else starts may take until it answers, and how often it is asked, in ms. */
const OTHERS_START_MS = 30_000;
const LOOK_AGAIN_MS = 50;

export async function mcp(invocation: Invocation): Promise<number> {
  const { input, paths, catalogue, packageRoot } = invocation;
  if (typeof input.run === "string") return await mcpForRun(invocation, input.run);
  const actor = { kind: "person", name: "owner", scope: scopeOf(input.scope) } as const;
  if (input.start === true) await startUnlessThere(invocation);
  const { call, stream } = daemonPorts(paths.socket);
  const log = logTo(invocation);
  const changes = createChanges({
    clock: systemClock,
    log,
    watch: (after, signal) => stream("event.watch", { after }, signal),
    newest: async (signal) => {
      const { newest } = (await call("event.list", { limit: 1 }, actor, { signal })) as { newest: number };
      return newest;
    },
  });
  await serveMcpOnStdio({
    tools: await catalogue.tools(),
    call,
    actor,
    changes,
    clock: systemClock,
    version: versionOf(packageRoot),
    input: process.stdin,
    output: process.stdout,
    log,
  });
  changes.close();
  return EXIT.ok;
}

/** What an agent finds of Steward: a few tools that are about its own run. Its daemon may be away for a while. */
async function mcpForRun(invocation: Invocation, socket: string): Promise<number> {
  const { catalogue, packageRoot } = invocation;
  await serveMcpOnStdio({
    tools: (await catalogue.tools()).filter(({ forRun }) => forRun),
    call: patient(daemonPorts(socket).call),
    // Who it is, is decided by whose socket it is.
    actor: { kind: "run", name: "this run", scope: "operate", runId: 0 },
    instructions: FOR_RUN,
    clock: systemClock,
    version: versionOf(packageRoot),
    input: process.stdin,
    output: process.stdout,
    log: logTo(invocation),
  });
  return EXIT.ok;
}

const FOR_RUN =
  "You work on a task of Steward, unattended. task_own tells which. Leave what came of it with task_report before you end. " +
  "Ask a person with task_ask only what you cannot decide, then end your turn: you go on when it is answered. " +
  "task_delegate hands a part of the work to another run.";

/** A restart of the daemon takes a moment; under its own name a request is done once, however often it is asked. */
function patient(call: CallPort): CallPort {
  return async (operation, input, actor, options = {}) => {
    const requestId = options.requestId ?? randomUUID();
    for (const giveUpAt = performance.now() + AWAY_MS; ; await sleep(ASK_AGAIN_MS)) {
      try {
        return await call(operation, input, actor, { ...options, requestId });
      } catch (error) {
        const isAway = error instanceof Refusal && error.code === "unavailable";
        if (!isAway || options.signal?.aborted || performance.now() > giveUpAt) throw error;
      }
    }
  };
}

/** How long a daemon may be away while an agent asks, and how often it is asked again, in ms. */
const AWAY_MS = 30_000;
const ASK_AGAIN_MS = 250;

/** A convenience, no boundary: whoever may start this process may use the socket itself. */
function scopeOf(scope: unknown = "operate"): Scope {
  if (scope === "read" || scope === "operate") return scope;
  throw usageFailure(`--scope is read or operate, not ${JSON.stringify(scope)}.`, "See `steward help mcp`.");
}

/** Standard output belongs to the protocol: what starting says goes to standard error. */
async function startUnlessThere(invocation: Invocation): Promise<void> {
  if (await answers(invocation)) return;
  try {
    await startInBackground({ ...invocation, input: {}, out: invocation.err });
  } catch (error) {
    if ((error as Failure).error?.data?.code !== "conflict") throw error;
    // Somebody else is starting it: it holds the home before it answers.
    for (
      const giveUpAt = performance.now() + OTHERS_START_MS;
      !(await answers(invocation));
      await sleep(LOOK_AGAIN_MS)
    ) {
      if (performance.now() > giveUpAt) throw error;
    }
  }
}

async function answers({ call }: Invocation): Promise<boolean> {
  try {
    await call("ping", {});
    return true;
  } catch (error) {
    if ((error as Failure).error?.data?.code === "no_daemon") return false;
    throw error;
  }
}

function logTo({ err }: Invocation): Log {
  const say = (message: string, facts?: { readonly error?: unknown }) => {
    const why = facts?.error instanceof Error ? `: ${facts.error.message}` : "";
    // Nobody may be reading standard error: that is no reason to stop.
    err.write(`${visibleLine(`steward mcp: ${message}${why}`)}\n`).catch(() => {});
  };
  return { debug() {}, info: say, warn: say, error: say };
}
