/** What is recorded of each agent: what the model does, how its questions are answered, and when it is interrupted. */
import type { Behaviour, ScenarioKeys } from "../fixtures/model/scenario.ts";
import type { AgentName } from "./install.ts";

export interface Turn {
  /** Null when a resumed session goes on by itself. */
  readonly prompt: string | null;
  /** "defer" is Claude's: the run ends with the question open. */
  readonly answer: "allow" | "deny" | "defer";
  readonly interruptWhen: "asked" | "running" | null;
}

export interface AgentScenario {
  readonly behaviour: Behaviour;
  readonly keys: ScenarioKeys;
  /** One process for each; the last one is recorded, and it resumes the session of the one before. */
  readonly processes: readonly [Turn, ...Turn[]];
  readonly subscription?: boolean;
  readonly only?: readonly AgentName[];
}

const turn = (told: Partial<Turn> = {}): Turn => ({
  prompt: "Write hello.txt",
  answer: "allow",
  interruptWhen: null,
  ...told,
});

/** It runs until it is interrupted. No plain `sleep`: Claude refuses that. */
export const LONG_COMMAND = "touch started; perl -e 'sleep 120'";

export const AGENT_SCENARIOS: Readonly<Record<string, AgentScenario>> = {
  approved: { behaviour: "ok", keys: {}, processes: [turn()] },
  denied: { behaviour: "ok", keys: {}, processes: [turn({ answer: "deny" })] },
  retried: { behaviour: "429", keys: { retry: 1, times: 1 }, processes: [turn()] },
  warned: { behaviour: "warn", keys: {}, processes: [turn()], subscription: true, only: ["claude", "codex"] },
  limited: { behaviour: "limit", keys: { reset: 7200 }, processes: [turn()], subscription: true },
  "limited-by-key": { behaviour: "429", keys: {}, processes: [turn()], only: ["claude", "codex"] },
  unauthorized: { behaviour: "401", keys: {}, processes: [turn()] },
  broken: { behaviour: "500", keys: {}, processes: [turn()] },
  full: { behaviour: "full", keys: {}, processes: [turn()] },
  interrupted: { behaviour: "ok", keys: { cmd: LONG_COMMAND }, processes: [turn({ interruptWhen: "running" })] },
  withdrawn: { behaviour: "ok", keys: {}, processes: [turn({ interruptWhen: "asked" })] },
  resumed: {
    behaviour: "ok",
    keys: {},
    processes: [turn(), turn({ prompt: "Is it there?" })],
  },
  deferred: {
    behaviour: "ok",
    keys: {},
    processes: [turn({ answer: "defer" })],
    only: ["claude"],
  },
  "deferred-then-allowed": {
    behaviour: "ok",
    keys: {},
    processes: [turn({ answer: "defer" }), turn({ prompt: null })],
    only: ["claude"],
  },
  edited: {
    behaviour: "ok",
    keys: { cmd: "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: hello.txt\n+hello\n*** End Patch\nEOF" },
    processes: [turn()],
    only: ["codex"],
  },
};
