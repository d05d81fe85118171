/** From a claim to what is launched: program, arguments, files and environment, or why it cannot be launched at all. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Agent, commandOf } from "../agent/agent.ts";
import { nativeProgram } from "../agent/native-program.ts";
import type { RunInput, SessionBefore } from "../agent/runtimes/run-input.ts";
import { runtimeOf } from "../agent/runtimes/runtimes.ts";
import { SecretProblem } from "../config/secret.ts";
import { publicId } from "../core/ids.ts";
import { isDirectory } from "../task/directory.ts";
import type { TaskDetailRow } from "../task/task.store.ts";
import { agentEnvironment, type Environment } from "../trust/environment.ts";
import type { SecretBook } from "../trust/secret-book.ts";
import { beginDialogue } from "./dialogue/begin-dialogue.ts";
import type { Ending } from "./outcome.ts";
import { writeOwn } from "./own-file.ts";
import { SYSTEM_PATH } from "./process/custody.ts";
import type { LaunchSpec, Setup } from "./process/launch-file.ts";
import { resolveProgram } from "./process/program.ts";
import type { RunRow } from "./run.store.ts";
import type { RunFiles } from "./run-files.ts";

export interface Prepare {
  readonly run: RunRow;
  readonly detail: TaskDetailRow;
  readonly agent: Agent;
  readonly files: RunFiles;
  readonly secrets: SecretBook;
  /** What the agent is told. */
  readonly prompt: string;
  readonly session: SessionBefore | null;
  readonly configDirectory: string;
  readonly bridge: RunInput["bridge"];
  /** In the workspace of its task; undefined: in the directory that it names, or its own. */
  readonly place: Place | undefined;
}

/** Where the agent starts. */
export interface Place {
  readonly cwd: string;
  readonly branch: string;
  readonly env: Environment;
  /** What has to be done there before it does. */
  readonly setup?: Setup;
}

/** Cannot be launched: the ending says what that means for the task. */
export class Unlaunchable extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending.reason ?? ending.outcome);
    this.name = "Unlaunchable";
    this.ending = ending;
  }
}

/** Throws `Unlaunchable`. Where the agent is talked with, the first words are said here: it hears them when it starts. */
export function prepareLaunch(prepare: Prepare): LaunchSpec {
  const { run, detail, agent, files, secrets, place } = prepare;
  const cwd = place?.cwd ?? detail.cwd ?? agent.cwd ?? files.work;
  if (cwd !== files.work && !isDirectory(cwd)) {
    throw new Unlaunchable({ outcome: "failed", reason: `its directory ${cwd} is not there`, needsPerson: true });
  }
  const name = publicId("run", run.id);
  const runtime = runtimeOf(agent.runtime);
  const input = {
    prompt: prepare.prompt,
    promptFile: files.prompt,
    taskId: publicId("task", run.task_id),
    runId: name,
    workspace: cwd,
    session: prepare.session,
    configDirectory: ownDirectory(agent, prepare.configDirectory),
    bridge: prepare.bridge,
  };
  const plan = runtime.plan(agent, input);
  const { argv } = plan;
  const env = agentEnvironment({
    inherited: process.env,
    passed: agent.passEnv ?? [],
    configured: { ...plan.env, ...configuredEnvironment(agent, secrets) },
    ours: {
      STEWARD_TASK_ID: publicId("task", run.task_id),
      STEWARD_RUN_ID: name,
      STEWARD_RESULT: files.result,
      STEWARD_HANDOVER: files.handover,
      ...place?.env,
      ...(runtime.dialogue && { STEWARD_SOCKET: files.socket }),
    },
  });
  const program = resolveProgram(argv[0] ?? "", { PATH: env.PATH ?? SYSTEM_PATH, cwd });
  if (program === undefined) {
    throw new Unlaunchable({
      outcome: "configuration",
      reason: `the program "${argv[0]}" of agent ${run.agent} was not found`,
    });
  }
  // A command is started as it is written; of an agent that is known it is the program itself that is to hear signals.
  const started = agent.runtime === "command" ? program : nativeProgram(program);
  const own = [started, ...argv.slice(1)];
  const spec = { runDirectory: files.directory, name, argv: own, env, cwd, ...setupOf(place) };
  for (const [path, content] of Object.entries(plan.files ?? {})) writeNew(path, content);
  if (!runtime.dialogue) return { ...spec, stdin: plan.stdin };
  beginDialogue(files, agent.runtime, cwd, runtime.dialogue.begin(agent, input));
  return { ...spec, stdin: files.stdin, followsStdin: true, marker: markerOf(files) };
}

/** What has to be done in a workspace that is new, before anything else runs there. */
export function setupOf(place: Place | undefined): Pick<LaunchSpec, "setup"> {
  return place?.setup ? { setup: place.setup } : {};
}

function ownDirectory({ configDirectory }: Agent, scratch: string): string {
  const isOwn = configDirectory === undefined || configDirectory === "own" || configDirectory === "scratch";
  return isOwn ? scratch : configDirectory;
}

/** The directory outlives a run, so an agent may have put anything there. */
function writeNew(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true, recursive: true });
  writeOwn(path, content);
}

/** `NAME=value` that only this run's processes have in their environment: its result file lies in this home. */
export function markerOf(files: RunFiles): string {
  return `STEWARD_RESULT=${files.result}`;
}

function configuredEnvironment(agent: Agent, secrets: SecretBook): Environment {
  try {
    const entries = Object.entries(agent.env ?? {});
    return Object.fromEntries(entries.map(([name, value]) => [name, secrets.read(value)]));
  } catch (error) {
    if (error instanceof SecretProblem) throw new Unlaunchable({ outcome: "configuration", reason: error.message });
    throw error;
  }
}

/** The program that an agent would start now, wherever its task may run. */
export function findAgentProgram(agent: Agent | undefined): string | undefined {
  const PATH = typeof agent?.env?.PATH === "string" ? agent.env.PATH : (process.env.PATH ?? SYSTEM_PATH);
  return agent && resolveProgram(commandOf(agent)[0], { PATH, cwd: agent.cwd ?? "/" });
}
