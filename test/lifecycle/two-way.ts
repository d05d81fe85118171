/** A daemon with an agent that is talked with: a fake one, whose prompt says line by line what it does. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aHome, type DaemonProcess, type Home } from "./daemon.ts";
import { eventually } from "./eventually.ts";

const AGENT = join(import.meta.dirname, "../fixtures/agents/acp-agent.ts");

export interface Told {
  readonly n: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

interface TwoWay {
  readonly limits?: object;
  readonly agent?: { readonly env?: Record<string, string | { file: string }>; readonly [field: string]: unknown };
  readonly attempts?: number;
  readonly atOnce?: number;
}

export function aTwoWayHome({ limits = {}, agent = {}, attempts = 1, atOnce = 4 }: TwoWay = {}): Home {
  return aHome({
    host: { maxRuns: atOnce },
    limits: {
      terminateGraceSeconds: 1,
      backoffFirstSeconds: 1,
      backoffMaxSeconds: 1,
      scheduleGrainMs: 10,
      crashLoopEnds: 1_000,
      ...limits,
    },
    agents: { fake: { runtime: "acp", command: [process.execPath, AGENT], ...agent } },
    roles: { default: { agent: "fake", wipLimit: atOnce, attempts } },
  });
}

/** What the agent of a run has told so far. */
export function told(home: Home, run = "run-1"): Told[] {
  const path = join(home.path, "runs", run, "events.jsonl");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Told);
}

/** What was said to it. */
export function said(home: Home, run = "run-1"): Record<string, unknown>[] {
  const lines = readFileSync(join(home.path, "runs", run, "stdin.log"), "utf8")
    .split("\n")
    .filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

export interface Asked {
  readonly approvalId: string;
  readonly taskId: string;
  readonly tool: string;
}

export async function pending(daemon: Pick<DaemonProcess, "call">): Promise<Asked[]> {
  return (await daemon.call<{ approvals: Asked[] }>("approval.list", { state: "pending", limit: 100 })).approvals;
}

export async function asked(daemon: DaemonProcess): Promise<Asked> {
  return await eventually("a person is asked", async () => (await pending(daemon))[0]);
}
