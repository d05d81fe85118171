/** What the daemon can be asked, as types. Written by `npm run docs` from the registry. */
import type { Call, Stream } from "./method.ts";

export interface OperationFacts {
  readonly kind: "call" | "stream";
  readonly effect: "read" | "write" | "destroy";
  /** Method and path below `/api/v1`. */
  readonly rest: string;
  /** Of one that streams: the input field in which a reader says where to go on. */
  readonly resume?: string;
  /** How long it waits unless told otherwise, in ms. */
  readonly waitMs?: number;
}

export const OPERATIONS: Readonly<Record<string, OperationFacts>> = {
  "agent.list": { kind: "call", effect: "read", rest: "GET /agents" },
  "agent.test": { kind: "call", effect: "write", rest: "POST /agents/{agent}/test", waitMs: 90000 },
  "approval.approve": { kind: "call", effect: "write", rest: "POST /approvals/{approvalId}/approve" },
  "approval.deny": { kind: "call", effect: "write", rest: "POST /approvals/{approvalId}/deny" },
  "approval.get": { kind: "call", effect: "read", rest: "GET /approvals/{approvalId}" },
  "approval.list": { kind: "call", effect: "read", rest: "GET /approvals" },
  "bug.triage": { kind: "call", effect: "write", rest: "POST /bugs" },
  "daemon.activate": { kind: "call", effect: "write", rest: "POST /daemon/activate" },
  "daemon.reload": { kind: "call", effect: "write", rest: "POST /daemon/reload" },
  "daemon.restart": { kind: "call", effect: "destroy", rest: "POST /daemon/restart" },
  "daemon.status": { kind: "call", effect: "read", rest: "GET /daemon" },
  "daemon.stop": { kind: "call", effect: "destroy", rest: "POST /daemon/stop" },
  doctor: { kind: "call", effect: "read", rest: "GET /doctor" },
  "event.list": { kind: "call", effect: "read", rest: "GET /events" },
  "event.watch": { kind: "stream", effect: "read", rest: "GET /events/stream", resume: "after" },
  "outbox.drop": { kind: "call", effect: "destroy", rest: "POST /outbox/{messageId}/drop" },
  "outbox.list": { kind: "call", effect: "read", rest: "GET /outbox" },
  "outbox.redeliver": { kind: "call", effect: "write", rest: "POST /outbox/redeliver" },
  ping: { kind: "call", effect: "read", rest: "GET /ping" },
  "project.get": { kind: "call", effect: "read", rest: "GET /projects/{project}" },
  "project.list": { kind: "call", effect: "read", rest: "GET /projects" },
  "project.trust": { kind: "call", effect: "write", rest: "POST /projects/{project}/trust" },
  "project.untrust": { kind: "call", effect: "write", rest: "POST /projects/{project}/untrust" },
  "queue.export": { kind: "call", effect: "read", rest: "GET /queues/export" },
  "queue.import": { kind: "call", effect: "write", rest: "POST /queues" },
  "role.list": { kind: "call", effect: "read", rest: "GET /roles" },
  "role.pause": { kind: "call", effect: "write", rest: "POST /roles/pause" },
  "role.resume": { kind: "call", effect: "write", rest: "POST /roles/resume" },
  "run.abandon": { kind: "call", effect: "destroy", rest: "POST /runs/{runId}/abandon" },
  "run.events": { kind: "call", effect: "read", rest: "GET /runs/{runId}/events", resume: "after" },
  "run.get": { kind: "call", effect: "read", rest: "GET /runs/{runId}" },
  "run.list": { kind: "call", effect: "read", rest: "GET /runs" },
  "run.output": { kind: "call", effect: "read", rest: "GET /runs/{runId}/output", resume: "from" },
  "run.start": { kind: "call", effect: "write", rest: "POST /runs" },
  "run.wait": { kind: "call", effect: "read", rest: "GET /runs/{runId}/wait", waitMs: 30000 },
  "sprint.complete": { kind: "call", effect: "write", rest: "POST /sprints/complete" },
  "sprint.new": { kind: "call", effect: "write", rest: "POST /sprints" },
  "sprint.status": { kind: "call", effect: "read", rest: "GET /sprints/status" },
  "store.backup": { kind: "call", effect: "write", rest: "POST /store/backup" },
  "store.check": { kind: "call", effect: "read", rest: "GET /store/check" },
  "store.prune": { kind: "call", effect: "destroy", rest: "POST /store/prune" },
  "task.ask": { kind: "call", effect: "write", rest: "POST /own/question" },
  "task.await": { kind: "call", effect: "write", rest: "POST /own/await" },
  "task.cancel": { kind: "call", effect: "destroy", rest: "POST /tasks/{taskId}/cancel" },
  "task.delegate": { kind: "call", effect: "write", rest: "POST /own/subtasks" },
  "task.explain": { kind: "call", effect: "read", rest: "GET /tasks/{taskId}/explain" },
  "task.get": { kind: "call", effect: "read", rest: "GET /tasks/{taskId}" },
  "task.list": { kind: "call", effect: "read", rest: "GET /tasks" },
  "task.own": { kind: "call", effect: "read", rest: "GET /own/task" },
  "task.report": { kind: "call", effect: "write", rest: "POST /own/report" },
  "task.resume": { kind: "call", effect: "write", rest: "POST /tasks/{taskId}/resume" },
  "task.retry": { kind: "call", effect: "write", rest: "POST /tasks/{taskId}/retry" },
  "task.stats": { kind: "call", effect: "read", rest: "GET /tasks/stats" },
  "task.submit": { kind: "call", effect: "write", rest: "POST /tasks" },
  "task.update": { kind: "call", effect: "write", rest: "PATCH /tasks/{taskId}" },
  "task.wait": { kind: "call", effect: "read", rest: "GET /tasks/{taskId}/wait", waitMs: 30000 },
  "token.create": { kind: "call", effect: "write", rest: "POST /tokens" },
  "token.list": { kind: "call", effect: "read", rest: "GET /tokens" },
  "token.revoke": { kind: "call", effect: "destroy", rest: "POST /tokens/{tokenId}/revoke" },
  "webhook.list": { kind: "call", effect: "read", rest: "GET /webhooks" },
  "webhook.resume": { kind: "call", effect: "write", rest: "POST /webhooks/{webhook}/resume" },
  "webhook.test": { kind: "call", effect: "write", rest: "POST /webhooks/{webhook}/test" },
  "workflow.check": { kind: "call", effect: "read", rest: "GET /workflows/{name}/check" },
  "workflow.get": { kind: "call", effect: "read", rest: "GET /workflows/{name}" },
  "workflow.list": { kind: "call", effect: "read", rest: "GET /workflows" },
  "workflow.run": { kind: "call", effect: "write", rest: "POST /workflows/{name}/run" },
  "workspace.diff": { kind: "call", effect: "read", rest: "GET /workspaces/{taskId}/diff" },
  "workspace.get": { kind: "call", effect: "read", rest: "GET /workspaces/{taskId}" },
  "workspace.list": { kind: "call", effect: "read", rest: "GET /workspaces" },
  "workspace.remove": { kind: "call", effect: "destroy", rest: "POST /workspaces/{taskId}/remove" },
};

/** The catalogue of expected "no"s; what each means is in docs/reference/errors.md. */
export type RefusalCode =
  | "invalid_input"
  | "unauthenticated"
  | "denied"
  | "not_found"
  | "conflict"
  | "approval_required"
  | "too_large"
  | "queue_full"
  | "rate_limited"
  | "unavailable";

export interface OperationMethods {
  readonly agent: {
    /** List the configured agents. */
    readonly list: Call<AgentListInput, AgentListOutput>;
    /** Give an agent a task of one line, and say in plain words what is wrong; one that passes is healthy again, and at no limit any more. */
    readonly test: Call<AgentTestInput, AgentTestOutput>;
  };
  readonly approval: {
    /** Let an agent do what it asked for, once. That is final. */
    readonly approve: Call<ApprovalApproveInput, ApprovalApproveOutput>;
    /** Tell an agent that it may not do what it asked for. That is final. */
    readonly deny: Call<ApprovalDenyInput, ApprovalDenyOutput>;
    /** Show what an agent asks, whole. */
    readonly get: Call<ApprovalGetInput, ApprovalGetOutput>;
    /** List what agents asked: what is still open first, then the newest. */
    readonly list: Call<ApprovalListInput, ApprovalListOutput>;
  };
  readonly bug: {
    /** Have a bug mended: a task for the builder, and one for the tester that needs it. */
    readonly triage: Call<BugTriageInput, BugTriageOutput>;
  };
  readonly daemon: {
    /** End the standby: claim tasks from now on. */
    readonly activate: Call<DaemonActivateInput, DaemonActivateOutput>;
    /** Read the settings file again; a broken one changes nothing. */
    readonly reload: Call<DaemonReloadInput, DaemonReloadOutput>;
    /** Stop the daemon and start it again, with the settings as they are then. Agents run on. */
    readonly restart: Call<DaemonRestartInput, DaemonRestartOutput>;
    /** Show how the daemon is. */
    readonly status: Call<DaemonStatusInput, DaemonStatusOutput>;
    /** Stop the daemon. Agents run on and are taken over by the next one. */
    readonly stop: Call<DaemonStopInput, DaemonStopOutput>;
  };
  /** Look at everything that Steward stands on, and say what is wrong and what to do. */
  readonly doctor: Call<DoctorInput, DoctorOutput>;
  /** Is a daemon there? */
  readonly ping: Call<PingInput, PingOutput>;
  readonly event: {
    /** List events in the order in which they happened. */
    readonly list: Call<EventListInput, EventListOutput>;
    /** Show events as they happen, in the order in which they were committed. */
    readonly watch: Stream<EventWatchInput, EventWatchItem>;
  };
  readonly outbox: {
    /** Give up a message that waits: it is dead, and what stands behind it goes on. */
    readonly drop: Call<OutboxDropInput, OutboxDropOutput>;
    /** List messages of the outbox, the newest first. */
    readonly list: Call<OutboxListInput, OutboxListOutput>;
    /** Send a message again now, or all dead ones of a webhook: same id, same text, before what came after. */
    readonly redeliver: Call<OutboxRedeliverInput, OutboxRedeliverOutput>;
  };
  readonly project: {
    /** Show a project: what its own files say, and what trusting them would change. */
    readonly get: Call<ProjectGetInput, ProjectGetOutput>;
    /** List the projects, with their tasks counted and how far their own files are trusted. */
    readonly list: Call<ProjectListInput, ProjectListOutput>;
    /** Let what a project's own files say hold, exactly as it was shown. When they change, what was trusted stays. */
    readonly trust: Call<ProjectTrustInput, ProjectTrustOutput>;
    /** Let what a project's own files say count no more. */
    readonly untrust: Call<ProjectUntrustInput, ProjectUntrustOutput>;
  };
  readonly queue: {
    /** Write a sprint back as a queue file: what was imported as it came, and in it what has changed since. */
    readonly export: Call<QueueExportInput, QueueExportOutput>;
    /** Submit the tasks of an OODATCAA sprint queue. */
    readonly import: Call<QueueImportInput, QueueImportOutput>;
  };
  readonly role: {
    /** List the roles: whether they are claimed, what they are doing, and who fills them. */
    readonly list: Call<RoleListInput, RoleListOutput>;
    /** Claim nothing new of a role until it is resumed, also over restarts. What runs goes on, and gates of stages that have begun are run. */
    readonly pause: Call<RolePauseInput, RolePauseOutput>;
    /** Claim tasks of a role again; in standby, too, until it is paused. */
    readonly resume: Call<RoleResumeInput, RoleResumeOutput>;
  };
  readonly run: {
    /** Give up a run: it is ended, and its task goes on as if the run had been lost. */
    readonly abandon: Call<RunAbandonInput, RunAbandonOutput>;
    /** Read what a run's agent does: what it says, which tools it calls, what it asks for and spends. Empty for an agent of the command runtime, which has only its output. */
    readonly events: Call<RunEventsInput, RunEventsOutput> & {
      /** The same, on and on as more comes. */
      readonly stream: Stream<RunEventsInput, RunEventsItem>;
    };
    /** Show a run. */
    readonly get: Call<RunGetInput, RunGetOutput>;
    /** List runs, the newest first. */
    readonly list: Call<RunListInput, RunListOutput>;
    /** Read what a run printed, also while it runs. Secrets are masked. */
    readonly output: Call<RunOutputInput, RunOutputOutput> & {
      /** The same, on and on as more comes. */
      readonly stream: Stream<RunOutputInput, RunOutputItem>;
    };
    /** Start a run of the best claimable task of a role now, also in standby. */
    readonly start: Call<RunStartInput, RunStartOutput>;
    /** Wait until a run has ended, at most for a while. */
    readonly wait: Call<RunWaitInput, RunWaitOutput>;
  };
  readonly sprint: {
    /** Say that a sprint is over. Its tasks stay as they are; what is open can be carried over into the next. */
    readonly complete: Call<SprintCompleteInput, SprintCompleteOutput>;
    /** Begin the next sprint with all that is still open of the last, which must be completed. */
    readonly new: Call<SprintNewInput, SprintNewOutput>;
    /** Tell how far a sprint is: counted from its tasks, stored nowhere. */
    readonly status: Call<SprintStatusInput, SprintStatusOutput>;
  };
  readonly store: {
    /** Make a verified copy of the store; the daemon works on meanwhile. */
    readonly backup: Call<StoreBackupInput, StoreBackupOutput>;
    /** Check the whole store: its file, its references and the laws that its rows keep. */
    readonly check: Call<StoreCheckInput, StoreCheckOutput>;
    /** Remove now what is older than the limits say: events, finished tasks, run directories, request ids. */
    readonly prune: Call<StorePruneInput, StorePruneOutput>;
  };
  readonly task: {
    /** Ask a person something that you cannot decide. Then end your turn: your task waits, and you go on with the answer. */
    readonly ask: Call<TaskAskInput, TaskAskOutput>;
    /** Wait for your sub-tasks. Then end your turn: you go on, with what they came to, when all of them have ended, however they did. */
    readonly await: Call<TaskAwaitInput, TaskAwaitOutput>;
    /** Cancel a task, whatever it is doing; a running agent is ended with everything it started. */
    readonly cancel: Call<TaskCancelInput, TaskCancelOutput>;
    /** Hand a part of your task to another run, as a sub-task. Your task is not completed before it is. */
    readonly delegate: Call<TaskDelegateInput, TaskDelegateOutput>;
    /** Say why a task is not running, and what would change it. */
    readonly explain: Call<TaskExplainInput, TaskExplainOutput>;
    /** Show a task with its runs and its result. */
    readonly get: Call<TaskGetInput, TaskGetOutput>;
    /** List tasks, the newest first. */
    readonly list: Call<TaskListInput, TaskListOutput>;
    /** Read the task that you work on, with the results of the tasks that it needed. */
    readonly own: Call<TaskOwnInput, TaskOwnOutput>;
    /** Leave what came of your task. What was left before is replaced; it counts when your run ends. */
    readonly report: Call<TaskReportInput, TaskReportOutput>;
    /** Let a parked task go on. */
    readonly resume: Call<TaskResumeInput, TaskResumeOutput>;
    /** Do a failed or cancelled task again, as a new task that names the old one. */
    readonly retry: Call<TaskRetryInput, TaskRetryOutput>;
    /** Count the tasks in each state. */
    readonly stats: Call<TaskStatsInput, TaskStatsOutput>;
    /** Queue a task. */
    readonly submit: Call<TaskSubmitInput, TaskSubmitOutput>;
    /** Change what is still open about a task. */
    readonly update: Call<TaskUpdateInput, TaskUpdateOutput>;
    /** Wait until a task is finished or parked, at most for a while. */
    readonly wait: Call<TaskWaitInput, TaskWaitOutput>;
  };
  readonly token: {
    /** Make a token for a client. It is shown once, and only its hash is kept. */
    readonly create: Call<TokenCreateInput, TokenCreateOutput>;
    /** List tokens, the newest first; never the tokens themselves. */
    readonly list: Call<TokenListInput, TokenListOutput>;
    /** Take a token back: from now on it lets nobody in. */
    readonly revoke: Call<TokenRevokeInput, TokenRevokeOutput>;
  };
  readonly webhook: {
    /** List the configured webhooks and how they are. */
    readonly list: Call<WebhookListInput, WebhookListOutput>;
    /** Let a stopped webhook go on where it stopped. */
    readonly resume: Call<WebhookResumeInput, WebhookResumeOutput>;
    /** Send a webhook a signed message of the type webhook.tested now, and tell how it was taken. */
    readonly test: Call<WebhookTestInput, WebhookTestOutput>;
  };
  readonly workflow: {
    /** Tell everything that is wrong with a workflow, each with its place. */
    readonly check: Call<WorkflowCheckInput, WorkflowCheckOutput>;
    /** Show a workflow: its inputs, its tasks, and what needs what. */
    readonly get: Call<WorkflowGetInput, WorkflowGetOutput>;
    /** List the workflows, and what is wrong with files that cannot be used. */
    readonly list: Call<WorkflowListInput, WorkflowListOutput>;
    /** Start a workflow: submit its tasks, all or none. */
    readonly run: Call<WorkflowRunInput, WorkflowRunOutput>;
  };
  readonly workspace: {
    /** Show what changed in the workspace of a task since it began, committed or not. Secrets are masked. */
    readonly diff: Call<WorkspaceDiffInput, WorkspaceDiffOutput>;
    /** Show the workspace of a task: where it is, its branch, and what is in it now. */
    readonly get: Call<WorkspaceGetInput, WorkspaceGetOutput>;
    /** List the workspaces of this host with what is in them, the newest task's first. */
    readonly list: Call<WorkspaceListInput, WorkspaceListOutput>;
    /** Remove the workspace of a task and its branch; refused while they hold what nobody else has. */
    readonly remove: Call<WorkspaceRemoveInput, WorkspaceRemoveOutput>;
  };
}

export type AgentListInput = Readonly<Record<string, never>>;

export interface AgentListOutput {
  agents: {
    agent: string;
    runtime: string;
    /** Of its program, as that told in a late run; null where it told none. */
    programVersion: string | null;
    /** Of its definition: each change in the settings makes one. */
    definitionVersion: number;
    command: string[];
    /** What it may do unasked; null for the runtime `command`, which asks nobody. */
    permissions: ("ask" | "deny" | "workspace-edits" | "yolo") | null;
    /** The roles that it fills; those of one project only as web#builder. */
    roles: string[];
    healthy: boolean;
    problem: string | null;
    /** The limit of its account, while it is reached and until a task got past it; null: it may be given tasks. */
    limit: {
      until: string;
      reason: string | null;
      /** The run that tries whether it is over; nothing else is claimed meanwhile. */
      runId: string | null;
    } | null;
  }[];
}

export interface AgentTestInput {
  /** Its name in the settings. */
  agent: string;
  /** How long it may take. */
  waitMs?: number;
}

export interface AgentTestOutput {
  agent: string;
  /** It did the task, or asked for leave to. */
  healthy: boolean;
  program: string | null;
  problem: string | null;
  /** The task that it was given; null when there was no use in trying. */
  taskId: string | null;
}

export interface ApprovalApproveInput {
  /** An approval's id, as approval-7. */
  approvalId: string;
  /** Why; the agent is told. */
  note?: string;
  /** Of what was shown: another input is refused. */
  digest?: string;
}

export interface ApprovalApproveOutput {
  approvalId: string;
  state: "pending" | "approved" | "denied" | "expired";
  taskId: string;
  /** The run that asked. */
  runId: string;
  agent: string;
  /** As the agent calls it. */
  tool: string;
  /** In the agent's words. */
  title: string | null;
  /** SHA-256 of the input: give it with the answer, and it counts for nothing else. */
  digest: string | null;
  askedAt: string;
  /** Without an answer until then it is a no. */
  expiresAt: string;
  decidedAt: string | null;
  decidedBy: string | null;
  /** What whoever answered said. */
  note: string | null;
  expiredBecause: ("time" | "run_ended" | "withdrawn" | "task_went_on") | null;
  /** When the agent was told; it counts once. */
  usedAt: string | null;
  /** A later run that asked the same and was given this answer. */
  takenByRunId: string | null;
}

export interface ApprovalDenyInput {
  /** An approval's id, as approval-7. */
  approvalId: string;
  /** Why; the agent is told. */
  note?: string;
  /** Of what was shown: another input is refused. */
  digest?: string;
}

export interface ApprovalDenyOutput {
  approvalId: string;
  state: "pending" | "approved" | "denied" | "expired";
  taskId: string;
  /** The run that asked. */
  runId: string;
  agent: string;
  /** As the agent calls it. */
  tool: string;
  /** In the agent's words. */
  title: string | null;
  /** SHA-256 of the input: give it with the answer, and it counts for nothing else. */
  digest: string | null;
  askedAt: string;
  /** Without an answer until then it is a no. */
  expiresAt: string;
  decidedAt: string | null;
  decidedBy: string | null;
  /** What whoever answered said. */
  note: string | null;
  expiredBecause: ("time" | "run_ended" | "withdrawn" | "task_went_on") | null;
  /** When the agent was told; it counts once. */
  usedAt: string | null;
  /** A later run that asked the same and was given this answer. */
  takenByRunId: string | null;
}

export interface ApprovalGetInput {
  /** An approval's id, as approval-7. */
  approvalId: string;
}

export interface ApprovalGetOutput {
  approvalId: string;
  state: "pending" | "approved" | "denied" | "expired";
  taskId: string;
  /** The run that asked. */
  runId: string;
  agent: string;
  /** As the agent calls it. */
  tool: string;
  /** In the agent's words. */
  title: string | null;
  /** SHA-256 of the input: give it with the answer, and it counts for nothing else. */
  digest: string | null;
  askedAt: string;
  /** Without an answer until then it is a no. */
  expiresAt: string;
  decidedAt: string | null;
  decidedBy: string | null;
  /** What whoever answered said. */
  note: string | null;
  expiredBecause: ("time" | "run_ended" | "withdrawn" | "task_went_on") | null;
  /** When the agent was told; it counts once. */
  usedAt: string | null;
  /** A later run that asked the same and was given this answer. */
  takenByRunId: string | null;
  /** In the agent's words. */
  why: string | null;
  /** What the tool is to be given, whole. */
  input: {
    [k: string]: unknown;
  };
  /** The input could not be kept, and the question was denied: `note` says why. */
  unseen: boolean;
}

export interface ApprovalListInput {
  /** Only those in this state. */
  state?: "pending" | "approved" | "denied" | "expired";
  /** Only those of this task: its id or its key. */
  taskId?: string;
  /** Only those that this run asked, or whose answer it was given. */
  runId?: string;
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
  /** `next` of the page before. */
  before?: string;
}

export interface ApprovalListOutput {
  approvals: {
    approvalId: string;
    state: "pending" | "approved" | "denied" | "expired";
    taskId: string;
    /** The run that asked. */
    runId: string;
    agent: string;
    /** As the agent calls it. */
    tool: string;
    /** In the agent's words. */
    title: string | null;
    /** SHA-256 of the input: give it with the answer, and it counts for nothing else. */
    digest: string | null;
    askedAt: string;
    /** Without an answer until then it is a no. */
    expiresAt: string;
    decidedAt: string | null;
    decidedBy: string | null;
    /** What whoever answered said. */
    note: string | null;
    expiredBecause: ("time" | "run_ended" | "withdrawn" | "task_went_on") | null;
    /** When the agent was told; it counts once. */
    usedAt: string | null;
    /** A later run that asked the same and was given this answer. */
    takenByRunId: string | null;
  }[];
  /** Give it as `before` for the next page. */
  next: string | null;
  /** How many wait for an answer, on this page or not. */
  pending: number;
}

export interface BugTriageInput {
  /** What is broken, and how one sees it. */
  what: string;
  /** Your own name for it: the same key gives the same tasks. Default: made from the words. */
  key?: string;
  /** A higher number goes first; 99 is the top priority of a sprint. */
  priority?: number;
  /** The directory in which it runs; where that lies in a git repository, in a worktree of it. Default: its project's. */
  cwd?: string;
  /** The project that it belongs to. Default: the innermost one of the settings in which `cwd` lies, else `default`. */
  project?: string;
}

export interface BugTriageOutput {
  key: string;
  /** False when this bug was known already. */
  created: boolean;
  /** The sprint that it came into. */
  sprintId: string | null;
  fix: {
    taskId: string;
    key: string;
    state:
      | "blocked"
      | "scheduled"
      | "queued"
      | "running"
      | "parked"
      | "completed"
      | "failed"
      | "cancelled"
      | "stopping";
  };
  test: {
    taskId: string;
    key: string;
    state:
      | "blocked"
      | "scheduled"
      | "queued"
      | "running"
      | "parked"
      | "completed"
      | "failed"
      | "cancelled"
      | "stopping";
  };
  /** Why they will wait for more than their turn, and what to do. */
  notice?: string;
}

export type DaemonActivateInput = Readonly<Record<string, never>>;

export interface DaemonActivateOutput {
  /** False when it was active already. */
  activated: boolean;
}

export type DaemonReloadInput = Readonly<Record<string, never>>;

export interface DaemonReloadOutput {
  changed: boolean;
  /** False: a file is broken, and what it said last stays. */
  taken: boolean;
  /** Why the old settings stay, or what in the new ones cannot work. */
  problems: string[];
}

export interface DaemonRestartInput {
  /** Whether it begins in standby. Default: as it was started, unless it was activated since. */
  standby?: boolean;
}

export interface DaemonRestartOutput {
  restarting: true;
  /** The same before and after. */
  pid: number;
  /** False: it was in standby. */
  wasActive: boolean;
  /** Whether it will be in standby. One that a crash loop began ends with a restart. */
  standby: boolean;
}

export type DaemonStatusInput = Readonly<Record<string, never>>;

export interface DaemonStatusOutput {
  /** In standby nothing is claimed by itself but tasks of roles that were switched on. */
  state: "active" | "standby" | "stopping";
  pid: number;
  version: string;
  uptimeSeconds: number;
  memoryMb: number;
  /** Nearing it is told as a problem. */
  memoryLimitMb: number;
  /** Of one core, since it was last asked. */
  cpuPercent: number;
  addresses: string[];
  home: string;
  host: string;
  clients: number;
  custody: {
    level: string;
    how: string;
    hole: string | null;
  };
  store: {
    kind: "sqlite" | "postgres";
    /** The file, or the server and its database. */
    address: string;
  };
  /** defaults: there is no steward.json. */
  settings: "file" | "defaults";
  tasks: {
    total: number;
    blocked: number;
    scheduled: number;
    queued: number;
    running: number;
    parked: number;
    completed: number;
    failed: number;
    cancelled: number;
  };
  runs: {
    live: number;
    max: number;
  };
  /** How the daemon before this one ended, when nobody had asked for it. */
  lastEnd: {
    at: string;
    reason: string;
  } | null;
  /** Roles of which nothing new is claimed, because somebody wanted it so: by whom, since when, why. */
  pausedRoles: string[];
  /** What is not as it should be, each as a sentence. */
  problems: string[];
}

export type DaemonStopInput = Readonly<Record<string, never>>;

export interface DaemonStopOutput {
  stopping: true;
  pid: number;
}

export interface DoctorInput {
  /** Version of the program that asks, to be held against the daemon's. */
  askerVersion?: string;
}

export interface DoctorOutput {
  /** No problem was found; there may be warnings. */
  healthy: boolean;
  findings: {
    level: "ok" | "note" | "warning" | "problem";
    sentence: string;
    /** What would mend it. */
    toDo?: string;
    subject: string;
  }[];
}

export interface EventListInput {
  /** Only events with a higher number: `next` of the page before. */
  after?: number;
  /** Only this topic; task.* takes all that begin with task. */
  topic?: string;
  /** Only events of this task, by id. */
  taskId?: string;
  /** Only events of this run, by id. */
  runId?: string;
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
}

export interface EventListOutput {
  events: {
    number: number;
    at: string;
    topic: string;
    actor: string;
    taskId: string | null;
    runId: string | null;
    data: {
      [k: string]: unknown;
    };
  }[];
  /** Give it as `after` for what comes next. */
  next: number;
  /** The oldest event that is still kept: whoever reads on from a number before it has missed some. Null: there is none. */
  oldest: number | null;
  /** The event that came last; 0 when there never was one. */
  newest: number;
}

export interface EventWatchInput {
  /** Begin behind this number. Default: with what happens from now on. */
  after?: number;
  /** Only this topic; task.* takes all that begin with task. */
  topic?: string;
  /** Only events of this task, by id. */
  taskId?: string;
  /** Only events of this run, by id. */
  runId?: string;
}

export interface EventWatchItem {
  number: number;
  at: string;
  topic: string;
  actor: string;
  taskId: string | null;
  runId: string | null;
  data: {
    [k: string]: unknown;
  };
}

export interface OutboxDropInput {
  /** Its id, as message-17. */
  messageId: string;
}

export interface OutboxDropOutput {
  messageId: string;
  state: "dead";
}

export interface OutboxListInput {
  /** Only those in this state. */
  state?: "pending" | "delivered" | "dead";
  /** Only those for this webhook. */
  target?: string;
  /** Only those older than this one: `next` of the page before. */
  before?: string;
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
}

export interface OutboxListOutput {
  messages: {
    messageId: string;
    target: string;
    topic: string;
    /** The number of the event that it tells of. */
    event: number;
    state: "pending" | "delivered" | "dead";
    attempts: number;
    /** When it is sent again; null: as soon as it is its turn, or never. */
    nextAt: string | null;
    lastStatus: number | null;
    lastError: string | null;
    createdAt: string;
    endedAt: string | null;
    /** What its receiver knows it by; the same in all attempts. */
    webhookId: string;
  }[];
  /** Give it as `before` for the next page. */
  next: string | null;
}

export interface OutboxRedeliverInput {
  /** Its id, as message-17. */
  messageId?: string;
  /** With allDead: whose. */
  target?: string;
  /** All dead messages of the target, the oldest 1000 at once. */
  allDead?: boolean;
}

export interface OutboxRedeliverOutput {
  redelivered: number;
  /** There may be more dead ones: ask again. */
  more: boolean;
}

export type PingInput = Readonly<Record<string, never>>;

export interface PingOutput {
  pong: true;
  /** Epoch ms. */
  timestamp: number;
}

export interface ProjectGetInput {
  project: string;
}

export interface ProjectGetOutput {
  project: string;
  /** null for `default`, where tasks of no project are. */
  directory: string | null;
  /** False: it was taken out of them; its tasks are kept. */
  inSettings: boolean;
  /** Of its own files (.steward/project.json, .steward/roles): none has any; untrusted count for nothing; of changed, gone and broken ones what was trusted before still holds. */
  trust: "none" | "untrusted" | "trusted" | "changed" | "gone" | "broken";
  trustedAt: string | null;
  trustedBy: string | null;
  tasks: {
    total: number;
    blocked: number;
    scheduled: number;
    queued: number;
    running: number;
    parked: number;
    completed: number;
    failed: number;
    cancelled: number;
  };
  /** SHA-256 of what was trusted. */
  trustedDigest: string | null;
  /** What runs in each new workspace now. */
  setup: (string | string[]) | null;
  /** Why its own files cannot be trusted as they are. */
  problems: string[];
  /** What trusting them would change; null where there is nothing to trust. */
  pending: {
    /** SHA-256 of what lies there: give it to `project.trust`, and exactly this is trusted. */
    digest: string;
    roles: {
      role: string;
      change: "added" | "changed" | "removed";
      fields: {
        field: string;
        from: unknown;
        to: unknown;
      }[];
    }[];
    setup: {
      from: (string | string[]) | null;
      to: (string | string[]) | null;
    } | null;
    /** What would be run that is not now. */
    commands: {
      when: string;
      command: string;
    }[];
  } | null;
}

export type ProjectListInput = Readonly<Record<string, never>>;

export interface ProjectListOutput {
  projects: {
    project: string;
    /** null for `default`, where tasks of no project are. */
    directory: string | null;
    /** False: it was taken out of them; its tasks are kept. */
    inSettings: boolean;
    /** Of its own files (.steward/project.json, .steward/roles): none has any; untrusted count for nothing; of changed, gone and broken ones what was trusted before still holds. */
    trust: "none" | "untrusted" | "trusted" | "changed" | "gone" | "broken";
    trustedAt: string | null;
    trustedBy: string | null;
    tasks: {
      total: number;
      blocked: number;
      scheduled: number;
      queued: number;
      running: number;
      parked: number;
      completed: number;
      failed: number;
      cancelled: number;
    };
  }[];
}

export interface ProjectTrustInput {
  project: string;
  /** Of what was shown: `pending.digest` of `project.get`. */
  digest: string;
}

export interface ProjectTrustOutput {
  project: string;
  /** null for `default`, where tasks of no project are. */
  directory: string | null;
  /** False: it was taken out of them; its tasks are kept. */
  inSettings: boolean;
  /** Of its own files (.steward/project.json, .steward/roles): none has any; untrusted count for nothing; of changed, gone and broken ones what was trusted before still holds. */
  trust: "none" | "untrusted" | "trusted" | "changed" | "gone" | "broken";
  trustedAt: string | null;
  trustedBy: string | null;
}

export interface ProjectUntrustInput {
  project: string;
}

export interface ProjectUntrustOutput {
  project: string;
  /** null for `default`, where tasks of no project are. */
  directory: string | null;
  /** False: it was taken out of them; its tasks are kept. */
  inSettings: boolean;
  /** Of its own files (.steward/project.json, .steward/roles): none has any; untrusted count for nothing; of changed, gone and broken ones what was trusted before still holds. */
  trust: "none" | "untrusted" | "trusted" | "changed" | "gone" | "broken";
  trustedAt: string | null;
  trustedBy: string | null;
}

export interface QueueExportInput {
  /** A sprint: its id (SPRINT-2025-004) or its number. Default: the one under way. */
  sprint?: string;
  /** The sprint that this import brought, by its number: 1 is the first. */
  import?: number;
  /** Its project. Default: the only one that has a sprint. */
  project?: string;
}

export interface QueueExportOutput {
  sprintId: string | null;
  /** The queue file, whole. */
  text: string;
  tasks: number;
  /** Ids of tasks that are written differently from how they came. */
  changed: string[];
  /** Ids of tasks that no file brought. */
  added: string[];
}

export interface QueueImportInput {
  /** The queue file, whole. */
  text: string;
  /** What the file is called, for the report. */
  file?: string;
  /** The project of its tasks. Default: the innermost one in which the file lies, where its path is absolute; else `default`. */
  project?: string;
  /** Change nothing; only tell. */
  dryRun?: boolean;
}

export interface QueueImportOutput {
  dryRun: boolean;
  /** To which its tasks belong. */
  project: string;
  sprintId: string | null;
  /** Tasks that are new; with dryRun, that would be. */
  created: number;
  /** Keys that an earlier import of this sprint brought; they stay as they are. */
  skipped: string[];
  /** By role: what the file lets be claimed now, within its WIP limits. */
  claimable: {
    [k: string]: string[];
  };
  counts: {
    tasks: number;
    byState: {
      [k: string]: number;
    };
    byRole: {
      [k: string]: number;
    };
    parents: number;
  };
  /** Read differently from how it was written. */
  normalised: {
    task: string | null;
    field: string | null;
    /** Where in the file. */
    at: string;
    message: string;
  }[];
  /** What a person should look at. */
  warnings: {
    task: string | null;
    field: string | null;
    /** Where in the file. */
    at: string;
    message: string;
  }[];
  /** Why some of it will wait for more than its turn. */
  notices: string[];
}

export interface RoleListInput {
  /** Only this role. Default: every role. */
  role?: string;
  /** Only as this project's tasks have it; `default` is where tasks of no project are. Default: in all projects. */
  project?: string;
}

export interface RoleListOutput {
  roles: {
    role: string;
    project: string;
    /** on: its tasks are claimed; paused: somebody switched it off; standby: the host claims only what is switched on. */
    state: "on" | "paused" | "standby";
    /** Who switched it last, as person:ada; null: nobody ever did. */
    by: string | null;
    /** Why it was switched. */
    reason: string | null;
    /** When it was switched. */
    since: string | null;
    /** Tasks of which a run or a gate lives now. */
    running: number;
    /** Tasks that wait for their turn; of many about 1000 are counted. */
    queued: number;
    /** Queued ones whose stage only has to be ended by its gates: they run also while it is paused. */
    ending: number;
    /** null: limits.wipRuns. */
    wipLimit: number | null;
    agent: string | null;
    /** May its agent be given tasks? */
    healthy: boolean;
    /** Why its agent is given none. */
    problem: string | null;
    definitionVersion: number;
  }[];
}

export interface RolePauseInput {
  /** Only this role. Default: every role. */
  role?: string;
  /** Only as this project's tasks have it; `default` is where tasks of no project are. Default: in all projects. */
  project?: string;
  /** Why: shown with the role and in the history. */
  reason?: string;
}

export interface RolePauseOutput {
  roles: {
    role: string;
    project: string;
    /** on: its tasks are claimed; paused: somebody switched it off; standby: the host claims only what is switched on. */
    state: "on" | "paused" | "standby";
    /** Who switched it last, as person:ada; null: nobody ever did. */
    by: string | null;
    /** Why it was switched. */
    reason: string | null;
    /** When it was switched. */
    since: string | null;
    /** Tasks of which a run or a gate lives now. */
    running: number;
    /** Tasks that wait for their turn; of many about 1000 are counted. */
    queued: number;
    /** Queued ones whose stage only has to be ended by its gates: they run also while it is paused. */
    ending: number;
    /** null: limits.wipRuns. */
    wipLimit: number | null;
    agent: string | null;
    /** May its agent be given tasks? */
    healthy: boolean;
    /** Why its agent is given none. */
    problem: string | null;
    definitionVersion: number;
  }[];
}

export interface RoleResumeInput {
  /** Only this role. Default: every role. */
  role?: string;
  /** Only as this project's tasks have it; `default` is where tasks of no project are. Default: in all projects. */
  project?: string;
  /** Why: shown with the role and in the history. */
  reason?: string;
}

export interface RoleResumeOutput {
  roles: {
    role: string;
    project: string;
    /** on: its tasks are claimed; paused: somebody switched it off; standby: the host claims only what is switched on. */
    state: "on" | "paused" | "standby";
    /** Who switched it last, as person:ada; null: nobody ever did. */
    by: string | null;
    /** Why it was switched. */
    reason: string | null;
    /** When it was switched. */
    since: string | null;
    /** Tasks of which a run or a gate lives now. */
    running: number;
    /** Tasks that wait for their turn; of many about 1000 are counted. */
    queued: number;
    /** Queued ones whose stage only has to be ended by its gates: they run also while it is paused. */
    ending: number;
    /** null: limits.wipRuns. */
    wipLimit: number | null;
    agent: string | null;
    /** May its agent be given tasks? */
    healthy: boolean;
    /** Why its agent is given none. */
    problem: string | null;
    definitionVersion: number;
  }[];
}

export interface RunAbandonInput {
  /** A run's id, as run-42. */
  runId: string;
  /** Why; kept with its history. */
  reason?: string;
}

export interface RunAbandonOutput {
  runId: string;
  taskId: string;
  /** The how-manieth run of its task. */
  number: number;
  /** The stage of its task that it is part of, counted from 1. */
  stage: number;
  role: string;
  agent: string;
  /** Of the agent's definition, as it was when this was claimed. */
  definitionVersion: number;
  /** Of the agent's program, in its own words; null where it tells none. */
  programVersion: string | null;
  /** The gate that it is; null: its agent's go at the task. */
  gate: string | null;
  /** Who had it started, as `work --owner` says it; null: the daemon by itself. */
  claimedBy: string | null;
  state: "starting" | "running" | "stopping" | "ended";
  outcome:
    | (
        | "completed"
        | "failed"
        | "limited"
        | "yielded"
        | "budget"
        | "configuration"
        | "lost"
        | "never_started"
        | "cancelled"
      )
    | null;
  reason: string | null;
  /** 128 + n: ended by signal n. */
  exitCode: number | null;
  /** How its processes are held together. */
  custody: string | null;
  /** Its wrapper's. */
  pid: number | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** The vendor's own id of the conversation. */
  session: string | null;
  model: string | null;
  /** What its agent tells of itself; null for one that is not talked with. */
  activity: {
    /** What it did last, while it lives on this host. */
    last: string | null;
    /** The approval that a person is asked for, as approval-7. */
    question: string | null;
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
    /** As the agent estimates it. */
    costUsd: number | null;
  } | null;
}

export interface RunEventsInput {
  /** A run's id, as run-42. */
  runId: string;
  /** Only those with a higher number. */
  after?: number;
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
  /** How long to wait for something new when there is nothing yet. */
  waitMs?: number;
}

export interface RunEventsOutput {
  events: (
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "started";
        /** The vendor's own id of the conversation, by which it can be taken up again. */
        session: string | null;
        model: string | null;
        /** Of the agent's program. */
        version: string | null;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "text";
        /** What it says to whoever reads. */
        text: string;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "thought";
        text: string;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "tool";
        /** The same for all that is told of one call. */
        callId: string;
        name: string;
        /** As the agent gave it; null when it is only told of again. */
        input: {
          [k: string]: unknown;
        };
        state: "running" | "completed" | "failed" | "denied";
        /** Its beginning. */
        output: string | null;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "permission";
        callId: string;
        tool: string;
        input: unknown;
        approvalId: string | null;
        state: "asked" | "approved" | "denied" | "expired" | "withdrawn";
        /** What whoever answered said. */
        note: string | null;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "usage";
        inputTokens: number;
        outputTokens: number;
        cacheReadTokens: number;
        cacheWriteTokens: number;
        /** An estimate; null where the agent tells none. */
        costUsd: number | null;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "limit";
        /** Which limit, in the vendor's word. */
        scope: string | null;
        blocked: boolean;
        resetsAt: string | null;
        usedPercent: number | null;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "retrying";
        attempt: number | null;
        afterMs: number | null;
        reason: string;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "error";
        message: string;
      }
    | {
        /** Counted from 1 within the run. */
        n: number;
        /** When it was heard. */
        at: string;
        type: "ended";
        ok: boolean;
        /** The class of what went wrong. */
        failure: string | null;
        reason: string | null;
        /** Its last word. */
        text: string | null;
      }
  )[];
  /** Give it as `after` for what comes then. */
  next: number;
  /** The run has ended and nothing comes after `next`. */
  ended: boolean;
}

export type RunEventsItem = Readonly<Record<string, never>>;

export interface RunGetInput {
  /** A run's id, as run-42. */
  runId: string;
}

export interface RunGetOutput {
  runId: string;
  taskId: string;
  /** The how-manieth run of its task. */
  number: number;
  /** The stage of its task that it is part of, counted from 1. */
  stage: number;
  role: string;
  agent: string;
  /** Of the agent's definition, as it was when this was claimed. */
  definitionVersion: number;
  /** Of the agent's program, in its own words; null where it tells none. */
  programVersion: string | null;
  /** The gate that it is; null: its agent's go at the task. */
  gate: string | null;
  /** Who had it started, as `work --owner` says it; null: the daemon by itself. */
  claimedBy: string | null;
  state: "starting" | "running" | "stopping" | "ended";
  outcome:
    | (
        | "completed"
        | "failed"
        | "limited"
        | "yielded"
        | "budget"
        | "configuration"
        | "lost"
        | "never_started"
        | "cancelled"
      )
    | null;
  reason: string | null;
  /** 128 + n: ended by signal n. */
  exitCode: number | null;
  /** How its processes are held together. */
  custody: string | null;
  /** Its wrapper's. */
  pid: number | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** The vendor's own id of the conversation. */
  session: string | null;
  model: string | null;
  /** What its agent tells of itself; null for one that is not talked with. */
  activity: {
    /** What it did last, while it lives on this host. */
    last: string | null;
    /** The approval that a person is asked for, as approval-7. */
    question: string | null;
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
    /** As the agent estimates it. */
    costUsd: number | null;
  } | null;
}

export interface RunListInput {
  /** Only runs in this state. */
  state?: "starting" | "running" | "ended";
  /** Only runs of this role, its gates included. */
  role?: string;
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
  /** Only runs older than this one: `next` of the page before. */
  before?: string;
}

export interface RunListOutput {
  runs: {
    runId: string;
    taskId: string;
    /** The how-manieth run of its task. */
    number: number;
    /** The stage of its task that it is part of, counted from 1. */
    stage: number;
    role: string;
    agent: string;
    /** Of the agent's definition, as it was when this was claimed. */
    definitionVersion: number;
    /** Of the agent's program, in its own words; null where it tells none. */
    programVersion: string | null;
    /** The gate that it is; null: its agent's go at the task. */
    gate: string | null;
    /** Who had it started, as `work --owner` says it; null: the daemon by itself. */
    claimedBy: string | null;
    state: "starting" | "running" | "stopping" | "ended";
    outcome:
      | (
          | "completed"
          | "failed"
          | "limited"
          | "yielded"
          | "budget"
          | "configuration"
          | "lost"
          | "never_started"
          | "cancelled"
        )
      | null;
    reason: string | null;
    /** 128 + n: ended by signal n. */
    exitCode: number | null;
    /** How its processes are held together. */
    custody: string | null;
    /** Its wrapper's. */
    pid: number | null;
    createdAt: string;
    startedAt: string | null;
    endedAt: string | null;
    /** The vendor's own id of the conversation. */
    session: string | null;
    model: string | null;
    /** What its agent tells of itself; null for one that is not talked with. */
    activity: {
      /** What it did last, while it lives on this host. */
      last: string | null;
      /** The approval that a person is asked for, as approval-7. */
      question: string | null;
      inputTokens: number;
      outputTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      /** As the agent estimates it. */
      costUsd: number | null;
    } | null;
  }[];
  /** Give it as `before` for the next page. */
  next: string | null;
}

export interface RunOutputInput {
  /** A run's id, as run-42. */
  runId: string;
  /** Which of its outputs; setup is what setting up its workspace printed, before the agent began. */
  stream?: "stdout" | "stderr" | "setup";
  /** First byte wanted, counted from all that it ever wrote. */
  from?: number;
  /** How many bytes at most. */
  limit?: number;
  /** How long to wait for something new when there is nothing yet. */
  waitMs?: number;
  /** text replaces what is not UTF-8; base64 gives the bytes. */
  encoding?: "text" | "base64";
}

export interface RunOutputOutput {
  text: string;
  /** Where the text begins. */
  from: number;
  /** Where to read on. */
  next: number;
  /** Bytes before `from` that are no longer kept. */
  skipped: number;
  /** The run has ended and nothing comes after `next`. */
  ended: boolean;
}

export interface RunOutputItem {
  text: string;
  /** Where the text begins. */
  from: number;
  /** Where to read on. */
  next: number;
  /** Bytes before `from` that are no longer kept. */
  skipped: number;
  /** The run has ended and nothing comes after `next`. */
  ended: boolean;
}

export interface RunStartInput {
  /** The role whose tasks are looked at. */
  role: string;
  /** Only tasks of this project; `default` is where tasks of no project are. Default: of all projects. */
  project?: string;
  /** Who runs it, as ada@laptop: shown with the run. Default: who asks. */
  owner?: string;
}

export interface RunStartOutput {
  /** null: there is nothing to do, or a limit is reached. What keeps the host from launching anything is refused as `unavailable`. */
  runId: string | null;
  taskId: string | null;
}

export interface RunWaitInput {
  /** A run's id, as run-42. */
  runId: string;
  /** How long to wait at most. */
  waitMs?: number;
}

export interface RunWaitOutput {
  runId: string;
  taskId: string;
  /** The how-manieth run of its task. */
  number: number;
  /** The stage of its task that it is part of, counted from 1. */
  stage: number;
  role: string;
  agent: string;
  /** Of the agent's definition, as it was when this was claimed. */
  definitionVersion: number;
  /** Of the agent's program, in its own words; null where it tells none. */
  programVersion: string | null;
  /** The gate that it is; null: its agent's go at the task. */
  gate: string | null;
  /** Who had it started, as `work --owner` says it; null: the daemon by itself. */
  claimedBy: string | null;
  state: "starting" | "running" | "stopping" | "ended";
  outcome:
    | (
        | "completed"
        | "failed"
        | "limited"
        | "yielded"
        | "budget"
        | "configuration"
        | "lost"
        | "never_started"
        | "cancelled"
      )
    | null;
  reason: string | null;
  /** 128 + n: ended by signal n. */
  exitCode: number | null;
  /** How its processes are held together. */
  custody: string | null;
  /** Its wrapper's. */
  pid: number | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** The vendor's own id of the conversation. */
  session: string | null;
  model: string | null;
  /** What its agent tells of itself; null for one that is not talked with. */
  activity: {
    /** What it did last, while it lives on this host. */
    last: string | null;
    /** The approval that a person is asked for, as approval-7. */
    question: string | null;
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens: number;
    cacheWriteTokens: number;
    /** As the agent estimates it. */
    costUsd: number | null;
  } | null;
}

export interface SprintCompleteInput {
  /** A sprint: its id (SPRINT-2025-004) or its number. Default: the one under way. */
  sprint?: string;
  /** Its project. Default: the only one that has a sprint. */
  project?: string;
  /** Also while tasks of the top three priorities are open; with a reason. */
  force?: boolean;
  /** Why; kept with the sprint. */
  reason?: string;
}

export interface SprintCompleteOutput {
  sprintId: string | null;
  status: "completed";
  /** What was still open. */
  open: {
    /** Its key, else its id. */
    task: string;
    state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled";
  }[];
}

export interface SprintNewInput {
  /** Default: SPRINT-<year of the last>-<next number>. */
  sprintId?: string;
  /** Its project. Default: the only one that has a sprint. */
  project?: string;
  /** What it is for; `sprint_goal` of its queue file. */
  goal?: string;
}

export interface SprintNewOutput {
  sprintId: string;
  number: number;
  /** The sprint before. */
  from: string | null;
  carriedOver: number;
  /** What was carried over, the first 500. */
  tasks: {
    /** Its key, else its id. */
    task: string;
    state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled";
  }[];
}

export interface SprintStatusInput {
  /** A sprint: its id (SPRINT-2025-004) or its number. Default: the one under way. */
  sprint?: string;
  /** Its project. Default: the only one that has a sprint. */
  project?: string;
}

export interface SprintStatusOutput {
  sprintId: string | null;
  number: number | null;
  /** As its file says, or completed. */
  status: string;
  completed: {
    at: string;
    by: string;
    reason: string | null;
  } | null;
  progress: {
    tasks: number;
    done: number;
    open: number;
    /** Open ones of the top three priorities: they keep it from being completed. */
    openTop: number;
    /** Of those that were not cancelled. */
    percent: number;
  };
  /** In the words of a queue file. */
  byStatus: {
    [k: string]: number;
  };
  /** By role: tasks at work in the whole project, as the claim counts them, and how many may be. */
  wip: {
    [k: string]: {
      current: number;
      limit: number;
    };
  };
  exitCriteria: {
    /** The `objective_link` of a task. */
    name: string;
    taskId: string;
    key: string | null;
    status: string;
    /** Percent: done 100, in work or ready 50, in planning 25, else 0. */
    progress: number;
  }[];
  /** The next ones, the best first. */
  ready: {
    taskId: string;
    key: string | null;
    title: string;
    role: string;
    priority: number;
  }[];
}

export type StoreBackupInput = Readonly<Record<string, never>>;

export interface StoreBackupOutput {
  /** Where it lies. */
  path: string;
  bytes: number;
  /** When it was found to be whole. */
  checkedAt: string;
  tasks: number;
  events: number;
}

export type StoreCheckInput = Readonly<Record<string, never>>;

export interface StoreCheckOutput {
  ok: boolean;
  /** Each as a sentence; at most 100 of a kind. */
  problems: string[];
  /** What it holds; null when it is too damaged to tell. */
  counted: {
    tasks: number;
    runs: number;
    events: number;
  } | null;
}

export interface StorePruneInput {
  /** Only tell how much that would be. */
  dryRun?: boolean;
}

export interface StorePruneOutput {
  dryRun: boolean;
  events: number;
  tasks: number;
  runs: number;
  runDirectories: number;
  /** What agents' programs kept for finished tasks. */
  sessions: number;
  /** Of old finished tasks, that held nothing of their own. */
  workspaces: number;
  /** Directories and exit files that belong to no run. */
  strays: number;
  /** Writes that were remembered under a request id. */
  requests: number;
  /** What could not be removed, and why. */
  failed: string[];
}

export interface TaskAskInput {
  /** With all that whoever answers must know. */
  question: string;
}

export interface TaskAskOutput {
  taskId: string;
  left: true;
}

export type TaskAwaitInput = Readonly<Record<string, never>>;

export interface TaskAwaitOutput {
  taskId: string;
  left: true;
  /** How many are open. */
  subtasks: number;
}

export interface TaskCancelInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** Why; kept with its history. */
  reason?: string;
}

export interface TaskCancelOutput {
  taskId: string;
  /** True: it is or will be cancelled; nothing can undo that. */
  cancelled: boolean;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  cancelRequestedAt: string | null;
}

export interface TaskDelegateInput {
  /** All that its agent must know: it sees nothing of what you saw. */
  prompt: string;
  /** A line for lists. */
  title?: string;
  /** Default: the role of your own task. */
  role?: string;
}

export interface TaskDelegateOutput {
  taskId: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
}

export interface TaskExplainInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
}

export interface TaskExplainOutput {
  taskId: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  sentence: string;
  reasons: {
    code:
      | "finished"
      | "running"
      | "stopping"
      | "need_open"
      | "need_will_not_be_met"
      | "subtasks_open"
      | "not_before"
      | "parked"
      | "no_agent"
      | "unknown_agent"
      | "unhealthy_agent"
      | "limited_agent"
      | "paused_role"
      | "wip_limit"
      | "host_full"
      | "standby"
      | "host_trouble"
      | "others_first";
    sentence: string;
    /** What would change it. */
    change: string;
    data?: {
      [k: string]: unknown;
    };
  }[];
}

export interface TaskGetInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
}

export interface TaskGetOutput {
  /** Its id. */
  taskId: string;
  /** The caller's own name for it. */
  key: string | null;
  title: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  role: string;
  /** The agent it is tied to; null leaves the choice to the role. */
  agent: string | null;
  priority: number;
  project: string;
  /** Who asked, as person:ada. */
  submittedBy: string;
  parentId: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  finishedAt: string | null;
  notBefore: string | null;
  /** Why it waits for something outside the queue. */
  parked: {
    reason: "limit" | "budget" | "approval" | "question" | "subtasks" | "workspace" | "person";
    note: string | null;
    until: string | null;
  } | null;
  /** Why it failed. */
  endReason: string | null;
  prompt: string;
  cwd: string | null;
  timeoutSeconds: number | null;
  attempts: {
    spent: number;
    /** null: the role's, or limits.taskAttempts. */
    max: number | null;
  };
  /** Which stage it is in, counted from 1. */
  stage: number;
  /** How often it has gone back because something failed, since a person last let it go on. */
  loops: number;
  needs: {
    taskId: string;
    key: string | null;
    state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled";
    policy: "block" | "fail" | "continue";
    met: boolean;
  }[];
  openChildren: number;
  retryOf: string | null;
  /** The workflow that submitted it; null where none did. */
  workflow: {
    name: string;
    /** SHA-256 of its file, as it was. */
    version: string;
    /** The key under which it was started. */
    key: string | null;
  } | null;
  cancelRequestedAt: string | null;
  /** Any JSON. */
  data: {
    [k: string]: unknown;
  };
  result: {
    /** What the agent wrote to $STEWARD_RESULT, or the end of what it printed. */
    from: "file" | "stdout";
    /** Any JSON. */
    value: {
      [k: string]: unknown;
    };
    problem?: string;
  } | null;
  /** The newest first. */
  runs: {
    runId: string;
    taskId: string;
    /** The how-manieth run of its task. */
    number: number;
    /** The stage of its task that it is part of, counted from 1. */
    stage: number;
    role: string;
    agent: string;
    /** Of the agent's definition, as it was when this was claimed. */
    definitionVersion: number;
    /** Of the agent's program, in its own words; null where it tells none. */
    programVersion: string | null;
    /** The gate that it is; null: its agent's go at the task. */
    gate: string | null;
    /** Who had it started, as `work --owner` says it; null: the daemon by itself. */
    claimedBy: string | null;
    state: "starting" | "running" | "stopping" | "ended";
    outcome:
      | (
          | "completed"
          | "failed"
          | "limited"
          | "yielded"
          | "budget"
          | "configuration"
          | "lost"
          | "never_started"
          | "cancelled"
        )
      | null;
    reason: string | null;
    /** 128 + n: ended by signal n. */
    exitCode: number | null;
    /** How its processes are held together. */
    custody: string | null;
    /** Its wrapper's. */
    pid: number | null;
    createdAt: string;
    startedAt: string | null;
    endedAt: string | null;
    /** The vendor's own id of the conversation. */
    session: string | null;
    model: string | null;
    /** What its agent tells of itself; null for one that is not talked with. */
    activity: {
      /** What it did last, while it lives on this host. */
      last: string | null;
      /** The approval that a person is asked for, as approval-7. */
      question: string | null;
      inputTokens: number;
      outputTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      /** As the agent estimates it. */
      costUsd: number | null;
    } | null;
  }[];
  /** Its story, stage by stage: which role had it, what came of it, which gates were green. */
  stages: {
    /** Counted from 1. */
    stage: number;
    role: string;
    agent: string;
    startedAt: string | null;
    /** null: it is this stage now. */
    endedAt: string | null;
    /** How many runs its agent had, the failed ones included. */
    goes: number;
    /** The last run of its agent. */
    last: {
      runId: string;
      /** null: it has not ended. */
      outcome:
        | (
            | "completed"
            | "failed"
            | "limited"
            | "yielded"
            | "budget"
            | "configuration"
            | "lost"
            | "never_started"
            | "cancelled"
          )
        | null;
      reason: string | null;
      left: {
        /** What it did, in its agent's own words; of a gate the sentence that it left. */
        summary: string | null;
        /** What it left for programs; null when it left nothing, or too much. */
        value: {
          [k: string]: unknown;
        };
        /** The end of what it printed; of a gate, or of an agent that left nothing else. */
        output: string | null;
        /** There was more: see the run's own result and output. */
        cut: boolean;
      } | null;
    } | null;
    /** Those of the last time that its agent said it was done. */
    gates: {
      runId: string;
      /** null: it has not ended. */
      outcome:
        | (
            | "completed"
            | "failed"
            | "limited"
            | "yielded"
            | "budget"
            | "configuration"
            | "lost"
            | "never_started"
            | "cancelled"
          )
        | null;
      reason: string | null;
      left: {
        /** What it did, in its agent's own words; of a gate the sentence that it left. */
        summary: string | null;
        /** What it left for programs; null when it left nothing, or too much. */
        value: {
          [k: string]: unknown;
        };
        /** The end of what it printed; of a gate, or of an agent that left nothing else. */
        output: string | null;
        /** There was more: see the run's own result and output. */
        cut: boolean;
      } | null;
      gate: string;
    }[];
    /** Gates that were red after earlier goes of its agent in this stage. */
    redBefore: {
      gate: string;
      times: number;
      /** The last of them. */
      runId: string;
      reason: string | null;
    }[];
    /** Who got the task after it; null: nobody, or that is no longer kept. */
    handedOn: {
      toRole: string;
      because: "completed" | "failed";
    } | null;
  }[];
  /** How people let it go on or had it done again, the oldest first. */
  byHand: {
    at: string;
    /** Who, as person:ada. */
    by: string;
    what: "resumed" | "retried";
    /** What they said to it. */
    note: string | null;
    /** The task that does it again; null unless it was retried. */
    as: string | null;
  }[];
  /** How often it may go back before a person is asked, as the role says that last could send it back; null: none could. */
  maxLoops: number | null;
  /** The worktree and branch in which it works; null where it has none. */
  workspace: {
    taskId: string;
    state: "making" | "ready" | "removing" | "removed";
    branch: string;
    /** The worktree. */
    directory: string;
    /** Where its agents start. */
    workingDirectory: string;
    /** The checkout that it was made of. */
    repository: string;
    /** The commit that it began with. */
    base: string;
    /** What is in it; null before its first run has ended, or when nobody could look. */
    changes: {
      /** The commit that is checked out. */
      head: string;
      /** The branch that is checked out. */
      onBranch: string | null;
      /** Commits since the base. */
      commits: number;
      /** Files that differ from the base, committed or not. */
      files: number;
      insertions: number;
      deletions: number;
      /** Changed and new files that are in no commit; ignored ones do not count. */
      uncommitted: number;
    } | null;
    /** When that was looked at. */
    lookedAt: string | null;
    /** What it took when it was last measured. */
    bytes: number | null;
    createdAt: string | null;
    removedAt: string | null;
  } | null;
}

export interface TaskListInput {
  /** Only tasks in this state. */
  state?: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled";
  /** Only tasks that ask for this role. */
  role?: string;
  /** Only tasks of this project. Default: all. */
  project?: string;
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
  /** Only tasks older than this one: `next` of the page before. */
  before?: string;
}

export interface TaskListOutput {
  tasks: {
    /** Its id. */
    taskId: string;
    /** The caller's own name for it. */
    key: string | null;
    title: string;
    state:
      | "blocked"
      | "scheduled"
      | "queued"
      | "running"
      | "parked"
      | "completed"
      | "failed"
      | "cancelled"
      | "stopping";
    role: string;
    /** The agent it is tied to; null leaves the choice to the role. */
    agent: string | null;
    priority: number;
    project: string;
    /** Who asked, as person:ada. */
    submittedBy: string;
    parentId: string | null;
    createdAt: string | null;
    updatedAt: string | null;
    finishedAt: string | null;
    notBefore: string | null;
    /** Why it waits for something outside the queue. */
    parked: {
      reason: "limit" | "budget" | "approval" | "question" | "subtasks" | "workspace" | "person";
      note: string | null;
      until: string | null;
    } | null;
    /** Why it failed. */
    endReason: string | null;
  }[];
  /** Give it as `before` for the next page. */
  next: string | null;
}

export type TaskOwnInput = Readonly<Record<string, never>>;

export interface TaskOwnOutput {
  taskId: string;
  runId: string;
  title: string;
  prompt: string;
  role: string;
  /** Which stage of the task this is, counted from 1. */
  stage: number;
  /** The stages before it: who had the task, what they left, which gates were green. */
  before: {
    /** Counted from 1. */
    stage: number;
    role: string;
    agent: string;
    startedAt: string | null;
    /** null: it is this stage now. */
    endedAt: string | null;
    /** How many runs its agent had, the failed ones included. */
    goes: number;
    /** The last run of its agent. */
    last: {
      runId: string;
      /** null: it has not ended. */
      outcome:
        | (
            | "completed"
            | "failed"
            | "limited"
            | "yielded"
            | "budget"
            | "configuration"
            | "lost"
            | "never_started"
            | "cancelled"
          )
        | null;
      reason: string | null;
      left: {
        /** What it did, in its agent's own words; of a gate the sentence that it left. */
        summary: string | null;
        /** What it left for programs; null when it left nothing, or too much. */
        value: {
          [k: string]: unknown;
        };
        /** The end of what it printed; of a gate, or of an agent that left nothing else. */
        output: string | null;
        /** There was more: see the run's own result and output. */
        cut: boolean;
      } | null;
    } | null;
    /** Those of the last time that its agent said it was done. */
    gates: {
      runId: string;
      /** null: it has not ended. */
      outcome:
        | (
            | "completed"
            | "failed"
            | "limited"
            | "yielded"
            | "budget"
            | "configuration"
            | "lost"
            | "never_started"
            | "cancelled"
          )
        | null;
      reason: string | null;
      left: {
        /** What it did, in its agent's own words; of a gate the sentence that it left. */
        summary: string | null;
        /** What it left for programs; null when it left nothing, or too much. */
        value: {
          [k: string]: unknown;
        };
        /** The end of what it printed; of a gate, or of an agent that left nothing else. */
        output: string | null;
        /** There was more: see the run's own result and output. */
        cut: boolean;
      } | null;
      gate: string;
    }[];
    /** Gates that were red after earlier goes of its agent in this stage. */
    redBefore: {
      gate: string;
      times: number;
      /** The last of them. */
      runId: string;
      reason: string | null;
    }[];
    /** Who got the task after it; null: nobody, or that is no longer kept. */
    handedOn: {
      toRole: string;
      because: "completed" | "failed";
    } | null;
  }[];
  data: unknown;
  needs: {
    taskId: string;
    state:
      | "blocked"
      | "scheduled"
      | "queued"
      | "running"
      | "parked"
      | "completed"
      | "failed"
      | "cancelled"
      | "stopping";
    result: unknown;
  }[];
}

export interface TaskReportInput {
  /** failed: you could not do it. */
  outcome?: "completed" | "failed";
  /** What was done, or why it could not be, for a person. */
  summary: string;
  /** Anything for the tasks that need this one. */
  value?: {
    [k: string]: unknown;
  };
}

export interface TaskReportOutput {
  taskId: string;
  left: true;
}

export interface TaskResumeInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** Why, or the answer that it waited for; kept with its history. */
  note?: string;
}

export interface TaskResumeOutput {
  taskId: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
}

export interface TaskRetryInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** Why; kept with its history. */
  reason?: string;
}

export interface TaskRetryOutput {
  taskId: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  retryOf: string;
}

export interface TaskStatsInput {
  /** Only tasks of this project. Default: all. */
  project?: string;
}

export interface TaskStatsOutput {
  total: number;
  blocked: number;
  scheduled: number;
  queued: number;
  running: number;
  parked: number;
  completed: number;
  failed: number;
  cancelled: number;
}

export interface TaskSubmitInput {
  /** What is to be done, as the agent is told. */
  prompt: string;
  /** A line for lists. Default: the prompt's first line. */
  title?: string;
  /** The project that it belongs to. Default: the innermost one of the settings in which `cwd` lies, else `default`. */
  project?: string;
  /** The role that is asked for. */
  role?: string;
  /** Only this agent may do it. Default: the role's agent. */
  agent?: string;
  /** A higher number goes first; equals go by age. */
  priority?: number;
  /** Your own name for it in its project: submitting the same key again returns the same task. */
  key?: string;
  /** Tasks that must complete first, by id or key; TASK:fail or TASK:continue says what to do when one does not. */
  needs?: (
    | string
    | {
        /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
        taskId: string;
        policy?: "block" | "fail" | "continue";
      }
  )[];
  /** The directory in which it runs; where that lies in a git repository, in a worktree of it. Default: its project's. */
  cwd?: string;
  /** In a git repository: a worktree and branch of its own, or the directory itself. Default: the agent's, else worktree. */
  workspace?: "worktree" | "directory";
  /** How long one run may take. */
  timeoutSeconds?: number;
  /** How many runs may fail before the task does. */
  attempts?: number;
  /** It does not start before this moment. */
  notBefore?: string;
  /** Anything of yours that is kept with it. */
  data?: {
    [k: string]: unknown;
  };
}

export interface TaskSubmitOutput {
  taskId: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  /** False when the key named a task that was there already. */
  created: boolean;
  /** Why it will wait for more than its turn, cannot run as things are or cannot go well, and what to do. */
  notice?: string;
}

export interface TaskUpdateInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** A line for lists. */
  title?: string;
  /** A higher number goes first. */
  priority?: number;
  /** How many runs may fail before the task does. */
  attempts?: number;
  /** How long its next run may take. */
  timeoutSeconds?: number;
  /** It does not start before this moment. */
  notBefore?: string;
  /** Replaces what it needs; an empty list takes all needs away. */
  needs?: (
    | string
    | {
        /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
        taskId: string;
        policy?: "block" | "fail" | "continue";
      }
  )[];
  /** Why; kept with its history. */
  reason?: string;
}

export interface TaskUpdateOutput {
  /** Its id. */
  taskId: string;
  /** The caller's own name for it. */
  key: string | null;
  title: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  role: string;
  /** The agent it is tied to; null leaves the choice to the role. */
  agent: string | null;
  priority: number;
  project: string;
  /** Who asked, as person:ada. */
  submittedBy: string;
  parentId: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  finishedAt: string | null;
  notBefore: string | null;
  /** Why it waits for something outside the queue. */
  parked: {
    reason: "limit" | "budget" | "approval" | "question" | "subtasks" | "workspace" | "person";
    note: string | null;
    until: string | null;
  } | null;
  /** Why it failed. */
  endReason: string | null;
}

export interface TaskWaitInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** How long to wait at most. */
  waitMs?: number;
}

export interface TaskWaitOutput {
  /** Its id. */
  taskId: string;
  /** The caller's own name for it. */
  key: string | null;
  title: string;
  state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled" | "stopping";
  role: string;
  /** The agent it is tied to; null leaves the choice to the role. */
  agent: string | null;
  priority: number;
  project: string;
  /** Who asked, as person:ada. */
  submittedBy: string;
  parentId: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  finishedAt: string | null;
  notBefore: string | null;
  /** Why it waits for something outside the queue. */
  parked: {
    reason: "limit" | "budget" | "approval" | "question" | "subtasks" | "workspace" | "person";
    note: string | null;
    until: string | null;
  } | null;
  /** Why it failed. */
  endReason: string | null;
  prompt: string;
  cwd: string | null;
  timeoutSeconds: number | null;
  attempts: {
    spent: number;
    /** null: the role's, or limits.taskAttempts. */
    max: number | null;
  };
  /** Which stage it is in, counted from 1. */
  stage: number;
  /** How often it has gone back because something failed, since a person last let it go on. */
  loops: number;
  needs: {
    taskId: string;
    key: string | null;
    state: "blocked" | "scheduled" | "queued" | "running" | "parked" | "completed" | "failed" | "cancelled";
    policy: "block" | "fail" | "continue";
    met: boolean;
  }[];
  openChildren: number;
  retryOf: string | null;
  /** The workflow that submitted it; null where none did. */
  workflow: {
    name: string;
    /** SHA-256 of its file, as it was. */
    version: string;
    /** The key under which it was started. */
    key: string | null;
  } | null;
  cancelRequestedAt: string | null;
  /** Any JSON. */
  data: {
    [k: string]: unknown;
  };
  result: {
    /** What the agent wrote to $STEWARD_RESULT, or the end of what it printed. */
    from: "file" | "stdout";
    /** Any JSON. */
    value: {
      [k: string]: unknown;
    };
    problem?: string;
  } | null;
  /** The newest first. */
  runs: {
    runId: string;
    taskId: string;
    /** The how-manieth run of its task. */
    number: number;
    /** The stage of its task that it is part of, counted from 1. */
    stage: number;
    role: string;
    agent: string;
    /** Of the agent's definition, as it was when this was claimed. */
    definitionVersion: number;
    /** Of the agent's program, in its own words; null where it tells none. */
    programVersion: string | null;
    /** The gate that it is; null: its agent's go at the task. */
    gate: string | null;
    /** Who had it started, as `work --owner` says it; null: the daemon by itself. */
    claimedBy: string | null;
    state: "starting" | "running" | "stopping" | "ended";
    outcome:
      | (
          | "completed"
          | "failed"
          | "limited"
          | "yielded"
          | "budget"
          | "configuration"
          | "lost"
          | "never_started"
          | "cancelled"
        )
      | null;
    reason: string | null;
    /** 128 + n: ended by signal n. */
    exitCode: number | null;
    /** How its processes are held together. */
    custody: string | null;
    /** Its wrapper's. */
    pid: number | null;
    createdAt: string;
    startedAt: string | null;
    endedAt: string | null;
    /** The vendor's own id of the conversation. */
    session: string | null;
    model: string | null;
    /** What its agent tells of itself; null for one that is not talked with. */
    activity: {
      /** What it did last, while it lives on this host. */
      last: string | null;
      /** The approval that a person is asked for, as approval-7. */
      question: string | null;
      inputTokens: number;
      outputTokens: number;
      cacheReadTokens: number;
      cacheWriteTokens: number;
      /** As the agent estimates it. */
      costUsd: number | null;
    } | null;
  }[];
  /** Its story, stage by stage: which role had it, what came of it, which gates were green. */
  stages: {
    /** Counted from 1. */
    stage: number;
    role: string;
    agent: string;
    startedAt: string | null;
    /** null: it is this stage now. */
    endedAt: string | null;
    /** How many runs its agent had, the failed ones included. */
    goes: number;
    /** The last run of its agent. */
    last: {
      runId: string;
      /** null: it has not ended. */
      outcome:
        | (
            | "completed"
            | "failed"
            | "limited"
            | "yielded"
            | "budget"
            | "configuration"
            | "lost"
            | "never_started"
            | "cancelled"
          )
        | null;
      reason: string | null;
      left: {
        /** What it did, in its agent's own words; of a gate the sentence that it left. */
        summary: string | null;
        /** What it left for programs; null when it left nothing, or too much. */
        value: {
          [k: string]: unknown;
        };
        /** The end of what it printed; of a gate, or of an agent that left nothing else. */
        output: string | null;
        /** There was more: see the run's own result and output. */
        cut: boolean;
      } | null;
    } | null;
    /** Those of the last time that its agent said it was done. */
    gates: {
      runId: string;
      /** null: it has not ended. */
      outcome:
        | (
            | "completed"
            | "failed"
            | "limited"
            | "yielded"
            | "budget"
            | "configuration"
            | "lost"
            | "never_started"
            | "cancelled"
          )
        | null;
      reason: string | null;
      left: {
        /** What it did, in its agent's own words; of a gate the sentence that it left. */
        summary: string | null;
        /** What it left for programs; null when it left nothing, or too much. */
        value: {
          [k: string]: unknown;
        };
        /** The end of what it printed; of a gate, or of an agent that left nothing else. */
        output: string | null;
        /** There was more: see the run's own result and output. */
        cut: boolean;
      } | null;
      gate: string;
    }[];
    /** Gates that were red after earlier goes of its agent in this stage. */
    redBefore: {
      gate: string;
      times: number;
      /** The last of them. */
      runId: string;
      reason: string | null;
    }[];
    /** Who got the task after it; null: nobody, or that is no longer kept. */
    handedOn: {
      toRole: string;
      because: "completed" | "failed";
    } | null;
  }[];
  /** How people let it go on or had it done again, the oldest first. */
  byHand: {
    at: string;
    /** Who, as person:ada. */
    by: string;
    what: "resumed" | "retried";
    /** What they said to it. */
    note: string | null;
    /** The task that does it again; null unless it was retried. */
    as: string | null;
  }[];
  /** How often it may go back before a person is asked, as the role says that last could send it back; null: none could. */
  maxLoops: number | null;
  /** The worktree and branch in which it works; null where it has none. */
  workspace: {
    taskId: string;
    state: "making" | "ready" | "removing" | "removed";
    branch: string;
    /** The worktree. */
    directory: string;
    /** Where its agents start. */
    workingDirectory: string;
    /** The checkout that it was made of. */
    repository: string;
    /** The commit that it began with. */
    base: string;
    /** What is in it; null before its first run has ended, or when nobody could look. */
    changes: {
      /** The commit that is checked out. */
      head: string;
      /** The branch that is checked out. */
      onBranch: string | null;
      /** Commits since the base. */
      commits: number;
      /** Files that differ from the base, committed or not. */
      files: number;
      insertions: number;
      deletions: number;
      /** Changed and new files that are in no commit; ignored ones do not count. */
      uncommitted: number;
    } | null;
    /** When that was looked at. */
    lookedAt: string | null;
    /** What it took when it was last measured. */
    bytes: number | null;
    createdAt: string | null;
    removedAt: string | null;
  } | null;
  /** False when the time was up before. */
  settled: boolean;
}

export interface TokenCreateInput {
  /** What it is for: the name under which its doings are recorded. */
  name: string;
  /** What it may do; each includes those before it. */
  scope?: "read" | "operate" | "admin";
  /** How long it is good. Default: until it is revoked. */
  expiresSeconds?: number;
  /** Only as long as this run lives, and only for what agents may use. */
  runId?: string;
}

export interface TokenCreateOutput {
  tokenId: string;
  name: string;
  scope: "read" | "operate" | "admin";
  /** Good only as long as this run lives. */
  runId: string | null;
  /** ended: the run is over for which it was. */
  state: "valid" | "expired" | "revoked" | "ended";
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  /** To within ten minutes. */
  lastUsedAt: string | null;
  /** Keep it: it is not shown again. */
  token: string;
}

export interface TokenListInput {
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
  /** Only tokens older than this one: `next` of the page before. */
  before?: string;
}

export interface TokenListOutput {
  tokens: {
    tokenId: string;
    name: string;
    scope: "read" | "operate" | "admin";
    /** Good only as long as this run lives. */
    runId: string | null;
    /** ended: the run is over for which it was. */
    state: "valid" | "expired" | "revoked" | "ended";
    createdBy: string;
    createdAt: string;
    expiresAt: string | null;
    /** To within ten minutes. */
    lastUsedAt: string | null;
  }[];
  /** Give it as `before` for the next page. */
  next: string | null;
}

export interface TokenRevokeInput {
  /** A token's id, as token-3. */
  tokenId: string;
}

export interface TokenRevokeOutput {
  tokenId: string;
  name: string;
  scope: "read" | "operate" | "admin";
  /** Good only as long as this run lives. */
  runId: string | null;
  /** ended: the run is over for which it was. */
  state: "valid" | "expired" | "revoked" | "ended";
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  /** To within ten minutes. */
  lastUsedAt: string | null;
}

export type WebhookListInput = Readonly<Record<string, never>>;

export interface WebhookListOutput {
  webhooks: {
    webhook: string;
    /** Without its query, which may hold a token. */
    url: string;
    topics: string[];
    /** stopped: it wants no more, or somebody has to look. */
    state: "active" | "disabled" | "stopped";
    /** Messages that wait for it. */
    pending: number;
    oldestPendingAt: string | null;
    /** Messages that were given up. */
    dead: number;
    /** When it last took a message. */
    deliveredAt: string | null;
    /** When it last did not. */
    failedAt: string | null;
    /** Of the last attempt, when that failed. */
    lastError: string | null;
    problem: string | null;
  }[];
}

export interface WebhookResumeInput {
  /** Its name in the settings. */
  webhook: string;
}

export interface WebhookResumeOutput {
  webhook: string;
  /** false: it was not stopped. */
  resumed: boolean;
}

export interface WebhookTestInput {
  /** Its name in the settings. */
  webhook: string;
}

export interface WebhookTestOutput {
  webhook: string;
  delivered: boolean;
  /** What it answered. */
  status: number | null;
  error: string | null;
  tookMs: number;
}

export interface WorkflowCheckInput {
  /** The workflow: the name of its file without the ending. */
  name: string;
}

export interface WorkflowCheckOutput {
  file: string;
  ok: boolean;
  problems: {
    file: string;
    /** From 1; 0 is the file as a whole. */
    line: number;
    column: number;
    /** What it is about: `tasks.build.needs[0]`. */
    path: string;
    message: string;
    hint?: string;
  }[];
}

export interface WorkflowGetInput {
  /** The workflow: the name of its file without the ending. */
  name: string;
}

export interface WorkflowGetOutput {
  name: string;
  summary: string;
  file: string;
  /** SHA-256 of the file. */
  version: string;
  inputs: {
    name: string;
    type: "text" | "number" | "boolean" | "choice" | "list";
    required: boolean;
    default?: unknown;
    choices?: string[];
    summary: string | null;
  }[];
  tasks: {
    id: string;
    /** From 1: what needs nothing, then what needs only that, and so on. */
    level: number;
    needs: {
      id: string;
      policy: "block" | "fail" | "continue";
    }[];
    /** The input of whose items there is one task each. */
    each: string | null;
    prompt: string;
    title: string | null;
    role: string;
    agent: string | null;
    priority: number;
    cwd: string | null;
    workspace: string | null;
    attempts: number | null;
    timeoutSeconds: number | null;
    /** Any JSON. */
    data: {
      [k: string]: unknown;
    };
  }[];
}

export type WorkflowListInput = Readonly<Record<string, never>>;

export interface WorkflowListOutput {
  workflows: {
    name: string;
    summary: string;
    file: string;
    /** SHA-256 of the file. */
    version: string;
    inputs: {
      name: string;
      type: "text" | "number" | "boolean" | "choice" | "list";
      required: boolean;
      default?: unknown;
      choices?: string[];
      summary: string | null;
    }[];
  }[];
  problems: {
    file: string;
    /** From 1; 0 is the file as a whole. */
    line: number;
    column: number;
    /** What it is about: `tasks.build.needs[0]`. */
    path: string;
    message: string;
    hint?: string;
  }[];
  /** Where files of workflows lie. */
  directories: string[];
}

export interface WorkflowRunInput {
  /** The workflow: the name of its file without the ending. */
  name: string;
  /** What it is given, by input: {"what": "dark mode"}. */
  inputs?: {
    [k: string]: string | number | boolean | string[];
  };
  /** The project that its tasks belong to. Default: the innermost one of the settings in which `cwd` lies, else `default`. */
  project?: string;
  /** Your own name for this start in its project: the same key again gives the same tasks and submits nothing. The tasks are called KEY/ID. */
  key?: string;
  /** The directory for tasks that name none of their own. Default: their project's. */
  cwd?: string;
  /** Submit nothing; only tell what would be. */
  dryRun?: boolean;
}

export interface WorkflowRunOutput {
  name: string;
  /** To which the tasks belong. */
  project: string;
  /** SHA-256 of the file that the tasks are of. */
  version: string;
  key: string | null;
  dryRun: boolean;
  /** False when nothing was submitted: a dry run, or a key that was used. */
  created: boolean;
  tasks: {
    id: string;
    taskId: string;
    state:
      | "blocked"
      | "scheduled"
      | "queued"
      | "running"
      | "parked"
      | "completed"
      | "failed"
      | "cancelled"
      | "stopping";
  }[];
  /** With dryRun: the tasks as they would be submitted. */
  plan:
    | {
        id: string;
        /** From 1: what needs nothing, then what needs only that, and so on. */
        level: number;
        needs: {
          id: string;
          policy: "block" | "fail" | "continue";
        }[];
        /** The input of whose items there is one task each. */
        each: string | null;
        prompt: string;
        title: string | null;
        role: string;
        agent: string | null;
        priority: number;
        cwd: string | null;
        workspace: string | null;
        attempts: number | null;
        timeoutSeconds: number | null;
        /** Any JSON. */
        data: {
          [k: string]: unknown;
        };
      }[]
    | null;
  /** Why some of it will wait for more than its turn, and what to do. */
  notices: string[];
}

export interface WorkspaceDiffInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** Only how much changed in which file. */
  stat?: boolean;
  /** First byte wanted: `next` of the part before. */
  from?: number;
  /** How many bytes at most; a part ends with a line where it can. */
  limit?: number;
}

export interface WorkspaceDiffOutput {
  taskId: string;
  base: string;
  branch: string;
  text: string;
  /** Give it as `from` for the next part; null at the end. */
  next: number | null;
  /** It is longer than 16777216 bytes and ends there. */
  cut: boolean;
}

export interface WorkspaceGetInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
}

export interface WorkspaceGetOutput {
  taskId: string;
  state: "making" | "ready" | "removing" | "removed";
  branch: string;
  /** The worktree. */
  directory: string;
  /** Where its agents start. */
  workingDirectory: string;
  /** The checkout that it was made of. */
  repository: string;
  /** The commit that it began with. */
  base: string;
  /** What is in it; null before its first run has ended, or when nobody could look. */
  changes: {
    /** The commit that is checked out. */
    head: string;
    /** The branch that is checked out. */
    onBranch: string | null;
    /** Commits since the base. */
    commits: number;
    /** Files that differ from the base, committed or not. */
    files: number;
    insertions: number;
    deletions: number;
    /** Changed and new files that are in no commit; ignored ones do not count. */
    uncommitted: number;
  } | null;
  /** When that was looked at. */
  lookedAt: string | null;
  /** What it took when it was last measured. */
  bytes: number | null;
  createdAt: string | null;
  removedAt: string | null;
}

export interface WorkspaceListInput {
  /** How many at most. Default: limits.pageItems. */
  limit?: number;
  /** Only those of older tasks: `next` of the page before. */
  before?: string;
}

export interface WorkspaceListOutput {
  workspaces: {
    taskId: string;
    state: "making" | "ready" | "removing" | "removed";
    branch: string;
    /** The worktree. */
    directory: string;
    /** Where its agents start. */
    workingDirectory: string;
    /** The checkout that it was made of. */
    repository: string;
    /** The commit that it began with. */
    base: string;
    /** What is in it; null before its first run has ended, or when nobody could look. */
    changes: {
      /** The commit that is checked out. */
      head: string;
      /** The branch that is checked out. */
      onBranch: string | null;
      /** Commits since the base. */
      commits: number;
      /** Files that differ from the base, committed or not. */
      files: number;
      insertions: number;
      deletions: number;
      /** Changed and new files that are in no commit; ignored ones do not count. */
      uncommitted: number;
    } | null;
    /** When that was looked at. */
    lookedAt: string | null;
    /** What it took when it was last measured. */
    bytes: number | null;
    createdAt: string | null;
    removedAt: string | null;
  }[];
  /** Give it as `before` for the next page. */
  next: string | null;
}

export interface WorkspaceRemoveInput {
  /** A task: its id (task-17), its key, or the key of one project (web#KEY). */
  taskId: string;
  /** Also what nobody else has: it is lost. */
  force?: boolean;
  /** The branch with its commits stays. */
  keepBranch?: boolean;
}

export interface WorkspaceRemoveOutput {
  taskId: string;
  directory: string;
  branch: string;
  branchKept: boolean;
  /** The commit that was checked out: git keeps it for a while. */
  head: string | null;
  /** What was given up with it. */
  lost: string[];
}
