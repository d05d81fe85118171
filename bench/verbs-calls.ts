/** Every verb that is one call, with arguments that work, and what must be there for them. */
import { join } from "node:path";
import { ROOT } from "./bench.ts";
import type { Rpc } from "./rpc.ts";

/** Exit 77 parks a task, so that it can be resumed. */
const PARKS = "exit 77";
/** Ends by itself, should nobody end it. */
const STAYS = "sleep 240";
/** More than are ever made. */
const ROOM = 200;
const WAIT_MS = 60_000;

export const SETTINGS = {
  host: { maxRuns: ROOM },
  agents: { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"] } },
  roles: {
    default: { agent: "shell", wipLimit: 4 },
    paused: { agent: "shell", wipLimit: 0 },
    staying: { agent: "shell", wipLimit: ROOM, attempts: 1 },
  },
};

/** There is one of each list for each round. */
export interface Fixture {
  readonly finished: string;
  readonly run: string;
  readonly queued: readonly string[];
  readonly cancelled: readonly string[];
  readonly parked: readonly string[];
  /** Runs that live. */
  readonly live: readonly string[];
  /** Tokens that are valid. */
  readonly tokens: readonly string[];
  readonly queueFile: string;
}

export interface VerbCall {
  readonly verb: string;
  readonly args: (round: number) => readonly string[];
  /** It sets something going. */
  readonly changes?: boolean;
  /** It is more than one call, or none. */
  readonly isComposite?: boolean;
}

/** They would end the daemon, have no end, or are about a message that somebody else did not take. */
export const NOT_MEASURED: readonly string[] = [
  ...["daemon stop", "daemon restart", "event watch"],
  ...["outbox redeliver", "outbox drop", "webhook test", "webhook resume"],
];

export function calls({ finished, run, queued, cancelled, parked, live, tokens, queueFile }: Fixture): VerbCall[] {
  const each = (ids: readonly string[]) => (round: number) => [ids[round] ?? ""];
  const plain = (...verbs: string[]) => verbs.map((verb) => ({ verb, args: () => [] }));
  const about = (id: string, ...verbs: string[]) => verbs.map((verb) => ({ verb, args: () => [id] }));
  return [
    ...plain("status", "ping", "daemon status", "daemon activate", "daemon reload", "task list", "task stats"),
    ...plain("run list", "agent list", "role list", "event list", "token list", "outbox list", "webhook list"),
    ...about(finished, "task get", "task explain", "task wait"),
    ...about(run, "run get", "run output", "run wait"),
    { verb: "task submit", args: (round) => [`Fix test ${round}`, "--role", "paused"] },
    { verb: "task update", args: (round) => [queued[0] ?? "", "--priority", String(round)] },
    { verb: "task cancel", args: each(queued.slice(1)) },
    { verb: "task retry", args: each(cancelled) },
    { verb: "task resume", args: each(parked), changes: true },
    { verb: "run abandon", args: each(live), changes: true },
    { verb: "token create", args: (round) => [`bench-${round}`, "--scope", "read"] },
    { verb: "token revoke", args: each(tokens) },
    { verb: "run start", args: () => ["paused"] },
    { verb: "agent test", args: () => ["shell"] },
    { verb: "queue import", args: () => [queueFile, "--dry-run"], isComposite: true },
    ...plain("logs", "config check", "version", "help", "doctor", "store check", "store backup", "store prune").map(
      (call) => ({ ...call, isComposite: true }),
    ),
  ];
}

export async function furnish(rpc: Rpc, rounds: number): Promise<Fixture> {
  const submit = async (prompt: string, role: string, times: number) => {
    const answers = Array.from({ length: times }, () => rpc.call<{ taskId: string }>("task.submit", { prompt, role }));
    return (await Promise.all(answers)).map(({ taskId }) => taskId);
  };
  const settled = async (ids: readonly string[]) => {
    const waits = ids.map((taskId) => rpc.call<Task>("task.wait", { taskId, waitMs: WAIT_MS }));
    return await Promise.all(waits);
  };
  const [finished] = await settled(await submit("echo done", "default", 1));
  const queued = await submit("true", "paused", rounds + 1);
  const cancelled = await submit("true", "paused", rounds);
  for (const taskId of cancelled) await rpc.call("task.cancel", { taskId });
  const parked = await submit(PARKS, "default", rounds);
  await settled(parked);
  const live = await liveRuns(rpc, await submit(STAYS, "staying", rounds));
  const tokens: string[] = [];
  for (let n = 0; n < rounds; n++) {
    const { tokenId } = await rpc.call<{ tokenId: string }>("token.create", { name: `spare-${n}`, scope: "read" });
    tokens.push(tokenId);
  }
  const queueFile = join(ROOT, "examples", "sprint-queue.json");
  return {
    finished: finished?.taskId ?? "",
    run: finished?.runs[0]?.runId ?? "",
    queued,
    cancelled,
    parked,
    live,
    tokens,
    queueFile,
  };
}

interface Task {
  readonly taskId: string;
  readonly runs: readonly { readonly runId: string; readonly state: string }[];
}

/** The runs of these tasks, when all of them live. */
async function liveRuns(rpc: Rpc, tasks: readonly string[]): Promise<string[]> {
  const runs: string[] = [];
  for (const taskId of tasks) {
    for (let run: Task["runs"][number] | undefined; run?.state !== "running"; ) {
      run = (await rpc.call<Task>("task.get", { taskId })).runs[0];
      if (run?.state === "running") runs.push(run.runId);
    }
  }
  return runs;
}
