/** Finds the agents of this machine and writes the settings for them, or says what it would write. */
import { readFileSync } from "node:fs";
import { Agent } from "../../agent/agent.ts";
import type { FoundAgent } from "../../agent/discover.ts";
import { readSettings } from "../../config/load.ts";
import { formatProblem } from "../../config/problem.ts";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { fragments } from "../../settings.ts";
import { agentsHere } from "../agents-here.ts";
import { Failure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { prepare } from "../prepare.ts";
import { isEmpty, type Proposal, proposal } from "./proposal.ts";
import { extendedSettings, newSettings } from "./settings-text.ts";
import { replaceSettings, writeNewSettings } from "./write-settings.ts";

export interface SetUp {
  readonly found: readonly FoundAgent[];
  readonly proposal: Proposal;
  /** Whether the settings name an agent, as they were before. */
  readonly hadAgents: boolean;
  /** `wanted`: there is something to add, and nobody agreed to it. */
  readonly settings: "written" | "extended" | "unchanged" | "wanted" | "none";
}

/** What the settings will say. */
export interface Planned {
  readonly agents: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Of the role of tasks that name none. */
  readonly roleAgent: string | undefined;
  readonly found: readonly FoundAgent[];
}

export interface SetUpOptions {
  /** Called before anything is changed, with the agents as they will be; may throw. */
  readonly before?: (planned: Planned) => void;
  /** Asked before a file that is there is changed. */
  readonly agree: (wanted: Proposal) => Promise<boolean>;
  /** Whether this Steward can drive an agent of this shape. */
  readonly drives?: (agent: object) => boolean;
}

/** Throws a `Failure` for settings that cannot be read: nothing is added to those. */
export async function setUp(
  { paths, env }: Pick<Invocation, "paths" | "env">,
  { agree, before = () => {}, drives = (agent) => Agent.safeParse(agent).success }: SetUpOptions,
): Promise<SetUp> {
  const read = readSettings(paths.settings, fragments);
  if (!read.ok) throw unreadable(read.problems.map(formatProblem));
  const found = await agentsHere(env);
  const wanted = proposal(found, read.settings, drives);
  const hadAgents = Object.keys(read.settings.agents).length > 0;
  const report = (settings: SetUp["settings"]) => ({ found, proposal: wanted, hadAgents, settings });
  const { agents, roles } = read.settings;
  before({
    agents: { ...agents, ...Object.fromEntries(wanted.agents.map(({ name, settings }) => [name, settings])) },
    roleAgent: roles.default?.agent ?? wanted.roleAgent,
    found,
  });
  if (read.source === "defaults") {
    if (isEmpty(wanted)) return report("none");
    prepare(paths);
    writeNewSettings(paths.settings, newSettings(wanted));
    return report("written");
  }
  if (isEmpty(wanted)) return report("unchanged");
  const text = readFileSync(paths.settings, "utf8");
  const extended = extendedSettings(text, wanted);
  if (!(await agree(wanted))) return report("wanted");
  replaceSettings(paths.settings, text, extended);
  return report("extended");
}

function unreadable(problems: readonly string[]): Failure {
  const message = `The settings cannot be read: ${problems.join("; ")}`;
  const hint = "`steward config check` shows each problem with its place; mend them, then `steward init` again.";
  return new Failure(EXIT.configuration, {
    code: REFUSALS.invalid_input.rpc,
    message,
    data: { code: "configuration", hint, retry: "no" },
  });
}
