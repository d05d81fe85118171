/** What `steward init` would add to the settings: the agents that were found and are not there yet, and who does what names no role. */
import { bestAgent, type FoundAgent } from "../../agent/discover.ts";

/** The role of a task that names none. */
const DEFAULT_ROLE = "default";

type Section = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Of the settings as they are: what a proposal looks at. */
export interface SettingsSeen {
  readonly agents: Section;
  readonly roles: Section;
}

export interface ProposedAgent {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly found: FoundAgent;
}

export interface Proposal {
  readonly agents: readonly ProposedAgent[];
  /** The agent of the role "default", where it has none yet. */
  readonly roleAgent: string | undefined;
  /** Found, but not in a way that this Steward can drive. */
  readonly notDriven: readonly FoundAgent[];
}

/** `drives` says whether the settings take an agent of this shape. */
export function proposal(
  found: readonly FoundAgent[],
  settings: SettingsSeen,
  drives: (agent: Readonly<Record<string, unknown>>) => boolean,
): Proposal {
  const named = new Map<FoundAgent, string>();
  const agents: ProposedAgent[] = [];
  const notDriven: FoundAgent[] = [];
  for (const agent of found) {
    const there = configuredAs(agent, settings.agents);
    const proposed = settingsFor(agent);
    if (there !== undefined) named.set(agent, there);
    else if (!drives(proposed)) notDriven.push(agent);
    else {
      named.set(agent, agent.known.name);
      agents.push({ name: agent.known.name, settings: proposed, found: agent });
    }
  }
  const best = bestAgent([...named.keys()]);
  const first = best ? named.get(best) : Object.keys(settings.agents)[0];
  return { agents, roleAgent: settings.roles[DEFAULT_ROLE]?.agent === undefined ? first : undefined, notDriven };
}

export function isEmpty({ agents, roleAgent }: Proposal): boolean {
  return agents.length === 0 && roleAgent === undefined;
}

/** Each place in the settings, with what goes there. */
export function additions({ agents, roleAgent }: Proposal): { path: string[]; value: unknown }[] {
  return [
    ...agents.map(({ name, settings }) => ({ path: ["agents", name], value: settings })),
    ...(roleAgent === undefined ? [] : [{ path: ["roles", DEFAULT_ROLE, "agent"], value: roleAgent }]),
  ];
}

/** Spelled out although it is the default: it is what people look for first. */
function settingsFor({ known, passEnv }: FoundAgent): Readonly<Record<string, unknown>> {
  return { ...known.settings, permissions: "ask", ...(passEnv.length > 0 && { passEnv }) };
}

/** Agents whose program was found, and does not say that it is logged in, by what the settings call them. */
export function notLoggedIn(found: readonly FoundAgent[], agents: Section): Set<string> {
  const others = found.filter(({ loggedIn }) => loggedIn !== "yes");
  return new Set(others.flatMap(({ known }) => allConfigured({ known }, agents)));
}

/** Under its own name, or as another that starts the same program in the same way. */
function configuredAs(found: Pick<FoundAgent, "known">, agents: Section): string | undefined {
  const all = allConfigured(found, agents);
  return all.find((name) => name === found.known.name) ?? all[0];
}

function allConfigured({ known }: Pick<FoundAgent, "known">, agents: Section): string[] {
  const isSame = ({ runtime, command }: Section[string]) =>
    runtime === known.settings.runtime && programOf(command) === programOf(known.settings.command);
  return Object.entries(agents).flatMap(([name, agent]) => (name === known.name || isSame(agent) ? [name] : []));
}

function programOf(command: unknown): string | undefined {
  return Array.isArray(command) && typeof command[0] === "string" ? command[0].replace(/.*\//, "") : undefined;
}
