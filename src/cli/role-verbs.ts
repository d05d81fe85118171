/** The verbs of roles as workers: stopped, started and looked at as processes are. */
import type { CatalogueField } from "./catalogue.ts";
import { FOLLOW, LOG_LINES, type LocalVerbEntry } from "./local-verb.ts";

const roleWait: CatalogueField = {
  name: "timeoutSeconds",
  flag: "timeout",
  type: "duration",
  unit: "s",
  default: 600,
  description: "How long to wait for what runs; it goes on when that is over, and the exit code is 1.",
};

export const ROLE_VERBS: Readonly<Record<string, LocalVerbEntry>> = {
  "role stop": {
    summary: "Claim nothing new of a role, or of all; what runs goes on.",
    like: "role.pause",
    args: [],
    fields: [
      { name: "wait", flag: "wait", type: "boolean", description: "Return when nothing of it runs any more." },
      roleWait,
    ],
    load: () => import("./verbs/role-switch.ts").then((module) => module.stopRole),
  },
  "role restart": {
    summary: "Stop a role, or all, wait until what runs has ended, and start it again.",
    like: "role.pause",
    args: [],
    fields: [roleWait],
    load: () => import("./verbs/role-switch.ts").then((module) => module.restartRole),
  },
  "role status": {
    summary: "Show whether roles are claimed, and what they do; exit 0: all are on, 1: some, 3: none.",
    like: "role.list",
    args: [],
    fields: [],
    load: () => import("./verbs/role-status.ts").then((module) => module.roleStatus),
  },
  "role logs": {
    summary: "Show what the runs of a role, or of all, did and how they ended; each line begins with its run.",
    args: ["role"],
    fields: [{ name: "role", flag: "role", type: "text", description: "Only runs of this role." }, LOG_LINES, FOLLOW],
    load: () => import("./verbs/role-logs.ts").then((module) => module.roleLogs),
  },
  work: {
    summary: "Run tasks of one role from here, one after the other.",
    args: [],
    fields: [
      { name: "role", flag: "role", type: "text", required: true, description: "The role whose tasks are run." },
      {
        name: "once",
        flag: "once",
        type: "boolean",
        description: "Run one stage, its gates too, and end: 0 it went well, 1 it did not, 9 nothing to do.",
      },
      {
        name: "owner",
        flag: "owner",
        type: "text",
        description: "Who runs it: shown with its runs. Default: you, at this machine.",
      },
      {
        name: "intervalSeconds",
        flag: "interval",
        type: "duration",
        unit: "s",
        default: 5,
        description: "How long to wait when there is nothing to do.",
      },
    ],
    fieldsOf: { operation: "run.start", names: ["project"] },
    load: () => import("./verbs/work.ts").then((module) => module.work),
  },
};
