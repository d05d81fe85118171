/** The steward.json of the demo: five roles, each filled by a small program. */
import { join } from "node:path";

const AGENTS = join(import.meta.dirname, "agents");

/** Runs at once. More than the two cores it may have: its agents mostly wait. */
const MAX_RUNS = 4;

/** WIP limits are told by the queue file: it is where they belong to. */
const ROLES = {
  planner: "scribe",
  builder: "mason",
  tester: "critic",
  refiner: "polisher",
  integrator: "clerk",
} as const;

/** Every agent is this very Node, whichever the machine has, and is told where the repository is. */
export function demoSettings(repository: string) {
  const agents = Object.values(ROLES).map((name) => [
    name,
    { runtime: "command", command: [process.execPath, join(AGENTS, `${name}.ts`), repository], timeoutSeconds: 60 },
  ]);
  return {
    host: { maxRuns: MAX_RUNS },
    agents: Object.fromEntries(agents),
    roles: Object.fromEntries(Object.entries(ROLES).map(([role, agent]) => [role, { agent }])),
    limits: { backoffFirstSeconds: 1, terminateGraceSeconds: 2 },
  };
}
