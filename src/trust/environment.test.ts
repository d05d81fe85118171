import { expect, test } from "vitest";
import { agentEnvironment } from "./environment.ts";

const NOTHING = { inherited: {}, passed: [], configured: {}, ours: {} };

test("of the daemon's own environment an agent sees what every program needs, and nothing else", () => {
  const inherited = {
    PATH: "/bin",
    HOME: "/home/ada",
    LANG: "C",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    ANTHROPIC_API_KEY: "secret",
    AWS_SECRET_ACCESS_KEY: "secret",
    STEWARD_HOME: "/home/ada/.steward",
    SSH_AUTH_SOCK: "/run/agent",
    LD_PRELOAD: "evil.so",
    NODE_OPTIONS: "--require evil",
    path: "lower case is another name",
  };
  expect(agentEnvironment({ ...NOTHING, inherited })).toEqual({
    PATH: "/bin",
    HOME: "/home/ada",
    LANG: "C",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
  });
});

test("what the agent's definition lets through is seen as well; a name that is not set stays unset", () => {
  const inherited = { SSH_AUTH_SOCK: "/run/agent", OTHER: "x", GONE: undefined };
  expect(agentEnvironment({ ...NOTHING, inherited, passed: ["SSH_AUTH_SOCK", "GONE", "MISSING"] })).toEqual({
    SSH_AUTH_SOCK: "/run/agent",
  });
});

test("what is configured wins over what is inherited, and what Steward says wins over both", () => {
  const environment = agentEnvironment({
    inherited: { PATH: "/bin", HOME: "/home/ada" },
    passed: ["STEWARD_RUN_ID"],
    configured: { PATH: "/opt/bin", STEWARD_RUN_ID: "run-666" },
    ours: { STEWARD_RUN_ID: "run-4" },
  });
  expect(environment).toEqual({ PATH: "/opt/bin", HOME: "/home/ada", STEWARD_RUN_ID: "run-4" });
});
