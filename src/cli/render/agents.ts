/** The configured agents for people: who may do what unasked, and who cannot work and why. */

import { toned, type View } from "../view.ts";
import { type Row, table } from "./lists.ts";

export function renderAgents(result: unknown, view: View): string {
  const { agents } = result as { agents: readonly (Row & { readonly roles: readonly string[] })[] };
  if (agents.length === 0) return "There are no agents. `steward init` finds those of this machine.\n";
  const rows = agents.map(({ agent, runtime, programVersion, roles, healthy, permissions, problem }) => ({
    agent,
    runtime,
    programVersion,
    roles: roles.join(", "),
    healthy,
    permissions,
    problem,
  }));
  // After the columns were made: a colour takes no width.
  return table(rows).replaceAll(/\byolo\b/g, (word) => toned(view, word, "red"));
}
