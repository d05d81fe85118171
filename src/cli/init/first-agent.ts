/** For somebody's first task: an agent is found and written down where there are no settings, and a daemon is started. */
import { bestAgent } from "../../agent/discover.ts";
import { readSettings } from "../../config/load.ts";
import { EXIT, REFUSALS } from "../../core/refusal.ts";
import { fragments } from "../../settings.ts";
import { asFailure, Failure } from "../failure.ts";
import type { Invocation } from "../invocation.ts";
import { startInBackground } from "../verbs/start.ts";
import { visibleLine } from "../visible.ts";
import { setUp } from "./set-up.ts";

/** False where settings are there, also ones that cannot be used: those are for the daemon to complain of. */
export async function firstAgent(invocation: Invocation): Promise<boolean> {
  const { paths, err } = invocation;
  const read = readSettings(paths.settings, fragments);
  if (!read.ok || read.source === "file") return false;
  const { found, proposal, settings } = await setUp(invocation, { agree: async () => false });
  const best = bestAgent(found);
  const name = proposal.roleAgent;
  if (settings !== "written" || best === undefined || name === undefined) throw noAgent();
  const version = best.version === null ? "" : ` ${best.version}`;
  const said = `No agent was set up yet: it is ${name}${version} now, which asks before it acts (${paths.settings}).`;
  await err.write(`${visibleLine(said)}\n`);
  if (best.loggedIn === "no") throw notLoggedIn(name, best.known.logIn);
  return true;
}

export async function startDaemon(invocation: Invocation): Promise<void> {
  try {
    await startInBackground({ ...invocation, json: false, input: {}, out: invocation.err });
  } catch (error) {
    // Somebody else has just started one.
    if (asFailure(error).error.data?.code !== "conflict") throw error;
  }
}

function noAgent(): Failure {
  return configurationFailure(
    "There is no agent: none is set up, and none of those that Steward knows is on the PATH.",
    "`steward init` says how to install one.",
  );
}

function notLoggedIn(name: string, logIn: string): Failure {
  return configurationFailure(`${name} is not logged in.`, `${logIn} Then ask again.`);
}

function configurationFailure(message: string, hint: string): Failure {
  const data = { code: "configuration", hint, retry: "no" };
  return new Failure(EXIT.configuration, { code: REFUSALS.invalid_input.rpc, message, data });
}
