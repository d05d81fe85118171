/** What `steward init` found and did, for people: a line for each agent, what to do for the rest, and what comes next. */
import { bestAgent, type FoundAgent } from "../../agent/discover.ts";
import { KNOWN_AGENTS } from "../../agent/known-agents.ts";
import type { PresetWritten } from "../init/preset.ts";
import { additions } from "../init/proposal.ts";
import type { SetUp } from "../init/set-up.ts";
import { visibleLine } from "../visible.ts";

/** The first task of somebody who has none in mind. */
const FIRST_TASK = 'steward run "Say what this directory is about"';

interface Done extends SetUp {
  readonly path: string;
  readonly daemon: string;
  readonly preset: PresetWritten | undefined;
  /** The preset that was asked for, written or not. */
  readonly asked?: string | undefined;
}

export function renderInit(done: Done): string {
  const { found, settings } = done;
  if (found.length === 0 && !done.hadAgents) return nothingFound(done.path);
  const width = Math.max(...found.map(({ known }) => known.name.length));
  const lines = found.map((agent) => `  ${agent.known.name.padEnd(width)}  ${facts(agent)}`);
  const missing = KNOWN_AGENTS.filter((known) => !found.some((agent) => agent.known === known));
  const sections = [
    lines.length === 0 ? [] : ["Agents on this machine:", ...lines],
    missing.length === 0 ? [] : [`Not here: ${missing.map(({ name }) => name).join(", ")}.`],
    written(done),
    notDriven(done),
    roles(done.preset),
    settings === "wanted" ? [] : next(done),
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.map(visibleLine).join("\n"))
    .join("\n\n")}\n`;
}

function facts({ known, version, loggedIn }: FoundAgent): string {
  const login = {
    yes: "logged in",
    no: `not logged in. ${known.logIn}`,
    unknown: `whether it is logged in it does not tell. If not: ${known.logIn}`,
  }[loggedIn];
  return `${version ?? "(no version told)"}, ${login}`;
}

function written({ settings, path, proposal, daemon, found, asked }: Done): string[] {
  const what = additions(proposal).map(({ path: place, value }) => `  ${place.join(".")}: ${JSON.stringify(value)}`);
  const preset = asked === undefined ? "" : ` --preset ${asked}`;
  if (settings === "unchanged")
    return [`${path} has ${found.length === 0 ? "agents" : "them all"}; it was not changed.`];
  if (settings === "wanted")
    return [`Nothing was changed. ${path} is there already; \`steward init${preset} --yes\` adds to it:`, ...what];
  if (settings === "none") return [`Nothing was written to ${path}.`];
  const variables = [...new Set(proposal.agents.flatMap(({ found }) => found.passEnv))];
  return [
    settings === "written" ? `Wrote ${path}.` : `Added to ${path}:`,
    ...(settings === "extended" ? what : []),
    ...(daemon === "not reloaded" ? ["The daemon that runs did not take it: see `steward daemon reload`."] : []),
    ...(variables.length > 0
      ? [
          `The shell that starts the daemon has to have ${variables.join(", ")}: ${variables.length === 1 ? "it is" : "they are"} passed on to them.`,
        ]
      : []),
    ...(variables.length > 0 && daemon === "reloaded" ? ["One runs already: `steward restart` from this shell."] : []),
  ];
}

function notDriven({ proposal }: SetUp): string[] {
  return proposal.notDriven.map(({ known }) => `This version of Steward cannot drive ${known.name}.`);
}

function roles(preset: PresetWritten | undefined): string[] {
  if (!preset) return [];
  const { name, written, kept, aside, gates, gatesFrom } = preset;
  const from = gatesFrom === null ? "" : ` (by ${gatesFrom})`;
  return [
    written.length === 0 ? `The roles of ${name} are all there.` : `Roles of ${name}, yours to change:`,
    ...written.map((path) => `  ${path}`),
    ...(kept.length === 0 ? [] : [`Kept as they are: ${kept.join(", ")}.`]),
    ...(aside.length === 0 ? [] : [`What they replaced: ${aside.join(", ")}.`]),
    gates.length === 0
      ? "They have no gates: nothing but their agents says when a stage is done. `gates:` in those files names commands that have to succeed."
      : `Gates: ${gates.join(", ")}${from}.`,
  ];
}

function next({ found, proposal, settings }: SetUp): string[] {
  if (settings === "none") return [];
  const name = proposal.roleAgent;
  const best = bestAgent(found);
  const first = best?.loggedIn === "no" ? [`First: ${best.known.logIn}`] : [];
  const test = name === undefined || best?.loggedIn === "yes" ? [] : [`Try it:  steward agent test ${name}`];
  return [...first, ...test, `Next:  ${FIRST_TASK}`];
}

function nothingFound(path: string): string {
  const width = Math.max(...KNOWN_AGENTS.map(({ title }) => title.length));
  return [
    "None of the agents that Steward knows is on the PATH. Install one, log in, then `steward init` again:",
    ...KNOWN_AGENTS.map(({ title, install }) => `  ${title.padEnd(width)}  ${install}`),
    "",
    `Any other program can be an agent too, with "runtime": "command" in ${visibleLine(path)}.`,
    "",
  ].join("\n");
}
