/** Shows one run to its end: what its agent does, or, of a program that only prints, what it prints. */
import { RPC } from "../../core/refusal.ts";
import type { Shown } from "../agent-events/render-event.ts";
import { asFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { copyOutput } from "../run-output.ts";
import { toned, type View } from "../view.ts";
import { visibleLine } from "../visible.ts";

export interface WatchRun {
  readonly view: View;
  /** Only what comes from now on; ISO. */
  readonly since?: string | undefined;
  readonly onAsked?: ((approvalId: string) => Promise<void>) | undefined;
}

/** `before` is what was shown of earlier runs of its task; undefined: nothing was told of any. */
export async function watchRun(
  invocation: Invocation,
  runId: string,
  options: WatchRun,
  before?: Shown,
): Promise<Shown | undefined> {
  const talkedWith = await agentTalkedWith(invocation, runId);
  if (talkedWith) {
    if (talkedWith.permissions === "yolo" && before === undefined)
      await warn(invocation, talkedWith.agent, options.view);
    try {
      const { showEvents } = await import("./show-events.ts");
      const parts = invocation.follow("run.events", { runId });
      return await showEvents(parts, { ...options, out: invocation.out }, before);
    } catch (error) {
      // An older daemon tells of no events: what the agent printed is all there is.
      if (asFailure(error).error.code !== RPC.methodNotFound) throw error;
    }
  }
  const follow = options.since === undefined || (await isLive(invocation, runId));
  await Promise.all(
    (["stdout", "stderr"] as const).map(async (stream) => {
      const output = stream === "stdout" ? invocation.out : invocation.err;
      const from = options.since === undefined ? undefined : await printedSoFar(invocation, runId, stream);
      if (follow) await copyOutput(invocation, { runId, stream, from, follow: true }, output);
    }),
  );
  return before;
}

interface AgentSeen {
  readonly agent: string;
  readonly runtime: string;
  readonly permissions?: string | null;
}

/** Undefined for a program that is only started. One that is no longer in the settings is taken for such. */
async function agentTalkedWith({ call }: Invocation, runId: string): Promise<AgentSeen | undefined> {
  try {
    const { agent } = (await call("run.get", { runId })) as { agent: string };
    const { agents } = (await call("agent.list", {})) as { agents: readonly AgentSeen[] };
    return agents.find((each) => each.agent === agent && each.runtime !== "command");
  } catch (error) {
    if (asFailure(error).error.code !== RPC.methodNotFound) throw error;
    return undefined;
  }
}

async function warn({ err }: Invocation, agent: string, view: View): Promise<void> {
  await err.write(`${toned(view, `${visibleLine(agent)} may do anything unasked (permissions: yolo).`, "red")}\n`);
}

async function isLive({ call }: Invocation, runId: string): Promise<boolean> {
  const { state } = (await call("run.get", { runId })) as { state: string };
  return state !== "ended";
}

/** Where what is not printed yet will begin, in bytes. */
async function printedSoFar({ call }: Invocation, runId: string, stream: string): Promise<number> {
  for (let from = 0; ; ) {
    const { next } = (await call("run.output", { runId, stream, from, limit: 256 * 1024 })) as { next: number };
    if (next === from) return from;
    from = next;
  }
}
