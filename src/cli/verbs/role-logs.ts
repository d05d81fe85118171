/** `steward role logs [ROLE] [-n N] [-f]`: what the runs of a role did and how they ended, each line behind the name of its run. */
import { EXIT } from "../../core/refusal.ts";
import type { Invocation } from "../invocation.ts";
import { linesToCome, linesUntilNow, type Place, type RunOfRole, START } from "../role-logs/run-log.ts";
import { visibleJson, visibleLine } from "../visible.ts";

/** How many of the last lines, unless `-n` says otherwise. */
const LINES = 50;
/** Late runs that are looked through for them. */
const RUNS = 50;

type Tell = (text: string) => Promise<void>;

export async function roleLogs(invocation: Invocation): Promise<number> {
  const { call, input, out, json } = invocation;
  const role = typeof input.role === "string" ? input.role : undefined;
  // A name that is wrong is told at once, and not waited for.
  if (role !== undefined) await call("role.list", { role });
  const tellOf = ({ runId }: RunOfRole): Tell => {
    const shown = (line: string) =>
      json ? visibleJson(JSON.stringify({ runId, line })) : `${runId} | ${visibleLine(line)}`;
    return (line) => out.write(`${shown(line)}\n`);
  };
  const { newest } = (await call("event.list", { limit: 1 })) as { newest: number };
  const { runs } = (await call("run.list", { role, limit: RUNS })) as { runs: RunOfRole[] };
  const places = await showLast(invocation, runs, tellOf);
  if (input.follow !== true) return EXIT.ok;
  const talkedWith = (run: RunOfRole) => isTalkedWith(invocation, run);
  const follow = async (run: RunOfRole, at: Place) => {
    const tell = tellOf(run);
    await linesToCome(invocation, run, await talkedWith(run), at, tell);
    await tell(endLine((await call("run.get", { runId: run.runId })) as RunOfRole));
  };
  return await followAll(invocation, { role, runs, places, after: newest, follow });
}

/** The last lines of all, the oldest run first. Gives where those go on that live. */
async function showLast(
  invocation: Invocation,
  runs: readonly RunOfRole[],
  tellOf: (run: RunOfRole) => Tell,
): Promise<Map<string, Place>> {
  const most = Math.max(0, Math.trunc(Number(invocation.input.lines ?? LINES)));
  const places = new Map<string, Place>();
  const told: { run: RunOfRole; lines: string[] }[] = [];
  let count = 0;
  for (const run of runs) {
    if (count >= most && run.state === "ended") break;
    const lines: string[] = [];
    const keep = (line: string) => {
      lines.push(line);
      if (lines.length > most) lines.shift();
    };
    places.set(run.runId, await linesUntilNow(invocation, run, await isTalkedWith(invocation, run), keep));
    if (run.state === "ended") keep(endLine(run));
    const shown = lines.slice(Math.max(0, lines.length - (most - count)));
    if (count < most) told.unshift({ run, lines: shown });
    count += shown.length;
  }
  for (const { run, lines } of told) for (const line of lines) await tellOf(run)(line);
  return places;
}

interface Following {
  readonly role: string | undefined;
  readonly runs: readonly RunOfRole[];
  readonly places: ReadonlyMap<string, Place>;
  /** The newest event when the runs were listed: what began since is told by later ones. */
  readonly after: number;
  readonly follow: (run: RunOfRole, at: Place) => Promise<void>;
}

/** Until it is told to stop; what runs goes on. */
async function followAll(invocation: Invocation, { role, runs, places, after, follow }: Following): Promise<number> {
  const stopped = Promise.withResolvers<number>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.resolve(EXIT.ok));
  const seen = new Set(runs.map(({ runId }) => runId));
  const begin = (run: RunOfRole, at: Place) => void follow(run, at).catch(stopped.reject);
  for (const run of runs) if (run.state !== "ended") begin(run, places.get(run.runId) ?? START);
  const hear = async () => {
    for await (const part of invocation.follow("event.watch", { after, topic: "run.*" })) {
      const runId = "item" in part ? part.item.runId : null;
      if (typeof runId !== "string" || seen.has(runId)) continue;
      seen.add(runId);
      const run = (await invocation.call("run.get", { runId })) as RunOfRole;
      if (role === undefined || run.role === role) begin(run, START);
    }
  };
  hear().catch(stopped.reject);
  return await stopped.promise;
}

/** A gate is a program of yours, whoever's stage it ends. */
async function isTalkedWith({ call }: Invocation, { agent, gate }: RunOfRole): Promise<boolean> {
  if (gate !== null) return false;
  const { agents } = (await call("agent.list", {})) as { agents: { agent: string; runtime: string }[] };
  return agents.some((one) => one.agent === agent && one.runtime !== "command");
}

function endLine({ taskId, gate, outcome, reason }: RunOfRole): string {
  const what = gate === null ? taskId : `${taskId}, gate ${gate}`;
  return `(${what}: ${outcome}${reason === null ? "" : `, ${reason}`})`;
}
