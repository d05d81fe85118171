/** The verbs about the daemon and what it stands on: they work without one, or start and stop it. */
import type { CatalogueField } from "./catalogue.ts";
import { FOLLOW, LOG_LINES, type LocalVerbEntry } from "./local-verb.ts";

const stopTimeout: CatalogueField = {
  name: "timeoutSeconds",
  flag: "timeout",
  type: "duration",
  unit: "s",
  description: "How long the daemon may take to stop.",
};

const config = (summary: string): LocalVerbEntry => ({
  summary,
  args: [],
  fields: [],
  load: () => import("./verbs/config.ts").then((module) => module.config),
});

export const DAEMON_VERBS: Readonly<Record<string, LocalVerbEntry>> = {
  init: {
    summary:
      "Find the agents on this machine and write the settings for them; --yes also adds to settings that are there.",
    args: [],
    fields: [
      {
        name: "preset",
        flag: "preset",
        type: "text",
        description: "Also write roles that work together: plain, review or oodatcaa.",
      },
      {
        name: "gates",
        flag: "gate",
        type: "text",
        many: true,
        description: "With --preset: a command that has to succeed. Default: what this directory calls its tests.",
      },
      {
        name: "into",
        flag: "into",
        type: "text",
        description: "With --preset oodatcaa: the branch that finished work is merged into. Default: steward/next.",
      },
      {
        name: "existing",
        flag: "existing",
        type: "text",
        choices: ["refuse", "keep", "replace"],
        default: "refuse",
        description:
          "With --preset, of role files that are there and say something else: change nothing at all, keep them, or replace them and keep the old ones beside.",
      },
    ],
    load: () => import("./verbs/init.ts").then((module) => module.init),
  },
  start: {
    summary: "Start the daemon; returns when it answers.",
    args: [],
    fields: [
      { name: "foreground", flag: "foreground", short: "f", type: "boolean", description: "Stay in the foreground." },
      { name: "standby", flag: "standby", type: "boolean", description: "Answer, but claim nothing until told to." },
      { name: "port", flag: "port", short: "p", type: "number", description: "Port of HTTP, instead of http.port." },
      { name: "host", flag: "host", type: "text", description: "Where HTTP listens, instead of http.host." },
    ],
    load: () => import("./verbs/start.ts").then((module) => module.start),
  },
  stop: {
    summary: "Stop the daemon; agents run on.",
    args: [],
    fields: [stopTimeout],
    load: () => import("./verbs/stop.ts").then((module) => module.stop),
  },
  restart: {
    summary: "Stop the daemon and start it again; agents run on.",
    args: [],
    fields: [stopTimeout],
    load: () => import("./verbs/restart.ts").then((module) => module.restart),
  },
  "daemon reload": {
    summary: "Read the settings file again; exit 78 when it is broken and the last good settings stay.",
    args: [],
    fields: [],
    load: () => import("./verbs/reload.ts").then((module) => module.reload),
  },
  logs: {
    summary: "Show the daemon's log, or what a run wrote.",
    args: [],
    fields: [
      LOG_LINES,
      FOLLOW,
      { name: "run", flag: "run", type: "text", description: "Show this run's output instead." },
    ],
    load: () => import("./verbs/logs.ts").then((module) => module.logs),
  },
  mcp: {
    summary: "Speak MCP over stdin and stdout: how an agent uses Steward. Ends with its input.",
    args: [],
    fields: [
      { name: "start", flag: "start", type: "boolean", description: "Start the daemon first when none runs." },
      {
        name: "scope",
        flag: "scope",
        type: "text",
        choices: ["read", "operate"],
        default: "operate",
        description: "read offers only tools that change nothing.",
      },
    ],
    load: () => import("./verbs/mcp.ts").then((module) => module.mcp),
  },
  doctor: {
    summary: "Look at everything that Steward stands on, also while no daemon runs; exit 1 when there is a problem.",
    args: [],
    fields: [],
    load: () => import("./verbs/doctor.ts").then((module) => module.doctor),
  },
  "store check": {
    summary: "Check the whole store, also while no daemon runs; exit 1 when something is wrong.",
    args: [],
    fields: [],
    load: () => import("./verbs/store-check.ts").then((module) => module.checkStore),
  },
  "store restore": {
    summary: "Put a backup in the place of a store that is broken or lost; what was there is kept beside it.",
    args: ["file"],
    fields: [
      {
        name: "file",
        flag: "file",
        type: "text",
        description: "The backup; latest is the newest one that is whole (default).",
      },
    ],
    load: () => import("./verbs/store-restore.ts").then((module) => module.restore),
  },
  "config check": config("Check the settings file and show every problem at once."),
  "config show": config("Show the settings in force, defaults included."),
  "config schema": config("Print the JSON Schema of the settings file."),
};
