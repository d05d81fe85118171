/** Before a task: is there a daemon that has an agent? What is to be done where there is none is loaded only then. */
import { RPC } from "../../core/refusal.ts";
import { asFailure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";

export async function readyToRun(invocation: Invocation): Promise<void> {
  const agents = await agentsOf(invocation);
  if (agents === "some" || agents === "unknown") return;
  const { firstAgent, startDaemon } = await import("./first-agent.ts");
  const isNew = await firstAgent(invocation);
  if (agents === "no daemon") await startDaemon(invocation);
  else if (isNew) await invocation.call("daemon.reload", {});
}

/** `unknown`: an older daemon, which answers for itself. */
async function agentsOf({ call }: Invocation): Promise<"some" | "none" | "no daemon" | "unknown"> {
  try {
    const { agents } = (await call("agent.list", {})) as { agents: readonly object[] };
    return agents.length > 0 ? "some" : "none";
  } catch (error) {
    const { code, data } = asFailure(error).error;
    if (data?.code === "no_daemon") return "no daemon";
    if (code === RPC.methodNotFound) return "unknown";
    throw error;
  }
}
