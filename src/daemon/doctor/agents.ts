/** The configured agents' programs, and which known agent command lines are installed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, commandOf } from "../../agent/agent.ts";
import { KNOWN_AGENTS } from "../../agent/known-agents.ts";
import { findAgentProgram } from "../../run/prepare.ts";
import { askProgram } from "../../run/process/ask-program.ts";
import { SYSTEM_PATH } from "../../run/process/custody.ts";
import { resolveProgram } from "../../run/process/program.ts";
import { type Check, type Finding, note, ok, problem } from "./finding.ts";

/** Only these are asked for their version: what else is on the PATH is not ours to run. */
const KNOWN = KNOWN_AGENTS.map(({ name }) => name);

/** How long one may take to tell its version, in ms. */
const VERSION_MS = 4_000;
/** Longest version shown, in characters. */
const SHOWN = 60;

export const agents: Check = {
  subject: "agents",
  async run({ env, settings }, signal) {
    const PATH = env.PATH ?? SYSTEM_PATH;
    const configured = Object.entries(settings.agents).map(([name, agent]) => program(name, agent));
    const known = KNOWN.flatMap((name) => {
      const path = resolveProgram(name, { PATH, cwd: "/" });
      return path === undefined ? [] : [{ name, path }];
    });
    const installed =
      known.length === 0
        ? [note(`None of ${KNOWN.join(", ")} is on the PATH.`)]
        : await versionsOf(known, PATH, signal);
    return [...configured, ...installed];
  },
};

function program(name: string, agent: Agent): Finding {
  const found = findAgentProgram(agent);
  if (found !== undefined) return ok(`Agent "${name}" runs ${found}.`);
  return problem(
    `The program "${commandOf(agent)[0]}" of agent "${name}" was not found, or cannot be executed.`,
    `Install it or name its path in agents.${name}.command; then \`steward agent test ${name}\`.`,
  );
}

/** One after the other, each in an empty home: a version is asked, no account is touched and nothing is set up. */
async function versionsOf(
  known: readonly { name: string; path: string }[],
  PATH: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const scratch = await mkdtemp(join(tmpdir(), "steward-doctor-"));
  try {
    const found: Finding[] = [];
    for (const { name, path } of known) {
      const env = { PATH, HOME: scratch };
      const { code, said } = await askProgram([path, "--version"], { env, cwd: scratch, limitMs: VERSION_MS, signal });
      const version = said.split("\n")[0]?.slice(0, SHOWN) ?? "";
      found.push(
        code === 0
          ? ok(`${name} is installed: ${path} (${version}).`)
          : note(
              `${name} is installed (${path}) and does not tell its version.`,
              `Try \`${name} --version\` yourself.`,
            ),
      );
    }
    return found;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
