/** `steward mcp`: MCP over standard input and output, every call asked of the daemon over its socket. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../../core/actor.ts";
import { systemClock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { EXIT } from "../../core/refusal.ts";
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
