/** The verbs about tasks that do more than one call: they submit and watch, follow what comes, ask at the terminal, or read a file here. */
import { FOLLOW, type LocalVerbEntry } from "./local-verb.ts";

export const TASK_VERBS: Readonly<Record<string, LocalVerbEntry>> = {
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
    fields: [FOLLOW],
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
};
