/** The verbs that are not simply an operation: short names, and composite ones whose code is loaded when asked for. */
import type { CatalogueField, LocalTyped } from "./catalogue.ts";
import type { LocalVerb } from "./invocation.ts";
import { QUEUE_VERBS } from "./queue-verbs.ts";

/** One word for an operation that is asked for often, or two that somebody would rather type than its name. */
export const ALIASES: Readonly<Record<string, string>> = {
  status: "daemon.status",
  "approval show": "approval.get",
  "role start": "role.resume",
  triage: "bug.triage",
};

export interface LocalVerbEntry extends LocalTyped {
  /** It only takes over from `like` when this field is given. */
  readonly when?: string;
  readonly load: () => Promise<LocalVerb>;
}

const follow: CatalogueField = {
  name: "follow",
  flag: "follow",
  short: "f",
  type: "boolean",
  description: "Go on as more comes.",
};

const start: LocalVerbEntry = {
  summary: "Start the daemon; returns when it answers.",
  args: [],
  fields: [
    { name: "foreground", flag: "foreground", short: "f", type: "boolean", description: "Stay in the foreground." },
    { name: "standby", flag: "standby", type: "boolean", description: "Answer, but claim nothing until told to." },
    { name: "port", flag: "port", short: "p", type: "number", description: "Port of HTTP, instead of http.port." },
    { name: "host", flag: "host", type: "text", description: "Where HTTP listens, instead of http.host." },
  ],
  load: () => import("./verbs/start.ts").then((module) => module.start),
};

const stopTimeout: CatalogueField = {
  name: "timeoutSeconds",
  flag: "timeout",
  type: "duration",
  unit: "s",
  description: "How long the daemon may take to stop.",
};

const roleWait: CatalogueField = {
  name: "timeoutSeconds",
  flag: "timeout",
  type: "duration",
  unit: "s",
  default: 600,
  description: "How long to wait for what runs; it goes on when that is over, and the exit code is 1.",
};

const logLines: CatalogueField = {
  name: "lines",
  flag: "lines",
  short: "n",
  type: "number",
  default: 50,
  description: "How many of the last lines.",
};

const config = (summary: string): LocalVerbEntry => ({
  summary,
  args: [],
  fields: [],
  load: () => import("./verbs/config.ts").then((module) => module.config),
});

export const LOCAL_VERBS: Readonly<Record<string, LocalVerbEntry>> = {
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
  start,
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
      logLines,
      follow,
      { name: "run", flag: "run", type: "text", description: "Show this run's output instead." },
    ],
    load: () => import("./verbs/logs.ts").then((module) => module.logs),
  },
  run: {
    summary:
      "Submit a task, and show what its agent does until it ends. The exit code is the task's: 0 completed, 7 waits for your answer, 1 else.",
    like: "task.submit",
    args: [],
    fields: [],
    load: () => import("./verbs/run.ts").then((module) => module.run),
  },
  attach: {
    summary: "Show what the agents of a task do until it ends; the exit code is as that of run.",
    args: ["taskId"],
    fields: [
      {
        name: "taskId",
        flag: "task",
        type: "text",
        required: true,
        description: "A task: its id (task-17) or its key.",
      },
      { name: "tail", flag: "tail", type: "boolean", description: "Only what comes from now on." },
    ],
    load: () => import("./verbs/attach.ts").then((module) => module.attach),
  },
  approve: {
    summary: "Go through what agents ask, one after the other: each is shown whole, then answered by a key.",
    args: ["approvalId"],
    fields: [{ name: "approvalId", flag: "approval-id", type: "text", description: "Only this one, as approval-7." }],
    load: () => import("./verbs/approve.ts").then((module) => module.approve),
  },
  ps: {
    summary: "Show what runs now: its agent, since when, what it did last and what it has spent.",
    args: [],
    fields: [],
    load: () => import("./verbs/ps.ts").then((module) => module.ps),
  },
  top: {
    summary: "Show what runs as ps does, live, until you press q; away from a terminal once.",
    args: [],
    fields: [],
    load: () => import("./verbs/top.ts").then((module) => module.top),
  },
  "task submit": {
    summary: "Queue a task.",
    like: "task.submit",
    when: "wait",
    args: [],
    fields: [
      { name: "wait", flag: "wait", type: "boolean", description: "Wait until it ends; exit 1 unless it completed." },
    ],
    load: () => import("./verbs/task-submit.ts").then((module) => module.submitAndWait),
  },
  "run output": {
    summary: "Show what a run wrote.",
    like: "run.output",
    args: [],
    fields: [follow],
    load: () => import("./verbs/run-output.ts").then((module) => module.runOutput),
  },
  "workspace open": {
    summary: "Print where the workspace of a task is, or open a shell in it.",
    like: "workspace.get",
    args: [],
    fields: [{ name: "shell", flag: "shell", type: "boolean", description: "Start $SHELL there." }],
    load: () => import("./verbs/workspace-open.ts").then((module) => module.openWorkspace),
  },
  "workspace diff": {
    summary: "Show what changed in the workspace of a task since it began, committed or not.",
    like: "workspace.diff",
    args: [],
    fields: [],
    load: () => import("./verbs/workspace-diff.ts").then((module) => module.diffWorkspace),
  },
  "event watch": {
    summary: "Show events as they happen.",
    like: "event.watch",
    args: [],
    fields: [],
    load: () => import("./verbs/event-watch.ts").then((module) => module.watchEvents),
  },
  ...QUEUE_VERBS,
  "workflow run": {
    summary: "Start a workflow: submit its tasks, all or none, for this directory where they name none.",
    like: "workflow.run",
    args: [],
    fields: [
      {
        name: "input",
        flag: "input",
        short: "i",
        type: "text",
        many: true,
        description: "NAME=VALUE, or NAME=@FILE for what is in a file (@- is stdin); once for each input.",
      },
      { name: "wait", flag: "wait", type: "boolean", description: "Wait for all tasks; exit 1 unless all completed." },
    ],
    load: () => import("./verbs/workflow-run.ts").then((module) => module.runWorkflow),
  },
  "workflow check": {
    summary: "Tell everything that is wrong with a workflow, by its name or its file; exit 1 when something is.",
    like: "workflow.check",
    args: [],
    fields: [],
    load: () => import("./verbs/workflow-check.ts").then((module) => module.checkWorkflow),
  },
  "project trust": {
    summary: "Show what a project's own files would change, ask, and let exactly that hold.",
    args: ["project"],
    fields: [
      { name: "project", flag: "project", type: "text", required: true, description: "The project." },
      {
        name: "digest",
        flag: "digest",
        type: "text",
        description: "Of what was shown before (`project get`): nothing is shown or asked.",
      },
    ],
    load: () => import("./verbs/project-trust.ts").then((module) => module.trustProject),
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
    fields: [{ name: "role", flag: "role", type: "text", description: "Only runs of this role." }, logLines, follow],
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
