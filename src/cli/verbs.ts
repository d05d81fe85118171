/** The verbs that are not simply an operation: short names, and composite ones whose code is loaded when asked for. */
import { DAEMON_VERBS } from "./daemon-verbs.ts";
import type { LocalVerbEntry } from "./local-verb.ts";
import { QUEUE_VERBS } from "./queue-verbs.ts";
import { ROLE_VERBS } from "./role-verbs.ts";
import { TASK_VERBS } from "./task-verbs.ts";

/** One word for an operation that is asked for often, or two that somebody would rather type than its name. */
export const ALIASES: Readonly<Record<string, string>> = {
  status: "daemon.status",
  "approval show": "approval.get",
  "role start": "role.resume",
  triage: "bug.triage",
};

export const LOCAL_VERBS: Readonly<Record<string, LocalVerbEntry>> = {
  ...DAEMON_VERBS,
  ...TASK_VERBS,
  ...QUEUE_VERBS,
  ...ROLE_VERBS,
  completion: {
    summary: "Print a completion script for your shell.",
    args: ["shell"],
    fields: [{ name: "shell", flag: "shell", type: "text", required: true, choices: ["bash", "zsh", "fish"] }],
    load: () => import("./verbs/completion.ts").then((module) => module.completion),
  },
  help: {
    summary: "Show what Steward can do, or what one verb takes.",
    args: ["noun", "verb"],
    fields: [
      { name: "noun", flag: "noun", type: "text" },
      { name: "verb", flag: "verb", type: "text" },
    ],
    load: () => import("./verbs/help.ts").then((module) => module.help),
  },
  version: {
    summary: "Print the version.",
    args: [],
    fields: [],
    load: () => import("./verbs/version.ts").then((module) => module.version),
  },
};
