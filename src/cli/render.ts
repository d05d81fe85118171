/** Results for people: by a renderer of their own where one exists, else as keys, values and tables. */
import { renderAnswer } from "./render/generic.ts";
import type { View } from "./view.ts";

type Renderer = (result: unknown, view: View) => string;

export { viewOf } from "./view.ts";

const PLAIN: View = { isLive: false, hasControl: false, columns: undefined };

/** Results that deserve better than keys and values; each is loaded when it is needed. */
const RENDERERS: Readonly<Record<string, () => Promise<Renderer>>> = {
  "daemon.status": () => import("./render/daemon-status.ts").then((module) => module.renderStatus),
  "task.list": () => import("./render/lists.ts").then((module) => module.renderTasks),
  "run.list": () => import("./render/lists.ts").then((module) => module.renderRuns),
  "event.list": () => import("./render/lists.ts").then((module) => module.renderEvents),
  "webhook.list": () => import("./render/outgoing.ts").then((module) => module.renderWebhooks),
  "role.list": () => import("./render/roles.ts").then((module) => module.renderRoles),
  "role.pause": () => import("./render/roles.ts").then((module) => module.renderRoles),
  "role.resume": () => import("./render/roles.ts").then((module) => module.renderRoles),
  "agent.list": () => import("./render/agents.ts").then((module) => module.renderAgents),
  "approval.list": () => import("./render/approval.ts").then((module) => module.renderApprovals),
  "approval.get": () => import("./render/approval.ts").then((module) => module.renderApproval),
  "approval.approve": () => import("./render/approval.ts").then((module) => module.renderDecided),
  "approval.deny": () => import("./render/approval.ts").then((module) => module.renderDecided),
  "outbox.list": () => import("./render/outgoing.ts").then((module) => module.renderOutbox),
  "task.submit": () => import("./render/answers.ts").then((module) => module.renderSubmitted),
  "task.get": () => import("./render/task.ts").then((module) => module.renderTask),
  "task.wait": () => import("./render/task.ts").then((module) => module.renderTask),
  "outbox.redeliver": () => import("./render/answers.ts").then((module) => module.renderRedelivered),
  "task.cancel": () => import("./render/answers.ts").then((module) => module.renderCancelled),
  "run.start": () => import("./render/answers.ts").then((module) => module.renderStarted),
  "token.create": () => import("./render/answers.ts").then((module) => module.renderToken),
  "task.explain": () => import("./render/answers.ts").then((module) => module.renderExplained),
  doctor: () => import("./render/doctor.ts").then((module) => module.renderDiagnosis),
  "store.check": () => import("./render/store.ts").then((module) => module.renderStoreCheck),
  "store.backup": () => import("./render/store.ts").then((module) => module.renderBackup),
  "store.prune": () => import("./render/store.ts").then((module) => module.renderPruned),
  "workspace.list": () => import("./render/workspaces.ts").then((module) => module.renderWorkspaces),
  "workspace.remove": () => import("./render/workspaces.ts").then((module) => module.renderRemovedWorkspace),
  "workflow.list": () => import("./render/workflows.ts").then((module) => module.renderWorkflows),
  "workflow.get": () => import("./render/workflows.ts").then((module) => module.renderWorkflow),
  "workflow.check": () => import("./render/workflows.ts").then((module) => module.renderChecked),
  "workflow.run": () => import("./render/workflows.ts").then((module) => module.renderRan),
  "project.list": () => import("./render/projects.ts").then((module) => module.renderProjects),
  "project.get": () => import("./render/projects.ts").then((module) => module.renderProject),
  "project.trust": () => import("./render/projects.ts").then((module) => module.renderTrusted),
  "project.untrust": () => import("./render/projects.ts").then((module) => module.renderTrusted),
  "queue.import": () => import("./render/answers.ts").then((module) => module.renderQueueReport),
  "sprint.status": () => import("./render/sprint.ts").then((module) => module.renderSprint),
};

/** `view`: for what is shown in colour where somebody watches. */
export async function render(operation: string, result: unknown, view: View = PLAIN): Promise<string> {
  const renderer = Object.hasOwn(RENDERERS, operation) ? await RENDERERS[operation]?.() : undefined;
  return renderer ? renderer(result, view) : renderAnswer(operation, result);
}
