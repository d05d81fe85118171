/** The catalogue of events: everything that may happen. A new topic is a declaration in its room. */
import { tokenEvents } from "./access/token.events.ts";
import { agentEvents } from "./agent/agent.events.ts";
import { daemonEvents } from "./daemon/daemon.events.ts";
import { storeEvents } from "./daemon/store.events.ts";
import type { EventDeclarations } from "./event/event.ts";
import { webhookEvents } from "./event/outbox/webhook.events.ts";
import { hostEvents } from "./fleet/host.events.ts";
import { definitionEvents } from "./project/definition.events.ts";
import { projectEvents } from "./project/project.events.ts";
import { workspaceEvents } from "./project/workspace.events.ts";
import { roleEvents } from "./run/role/role.events.ts";
import { runEvents } from "./run/run.events.ts";
import { sprintEvents } from "./task/sprint/sprint.events.ts";
import { taskEvents } from "./task/task.events.ts";
import { workflowEvents } from "./task/workflow/workflow.events.ts";
import { approvalEvents } from "./trust/approval.events.ts";

export const events: EventDeclarations = {
  ...taskEvents,
  ...workflowEvents,
  ...sprintEvents,
  ...runEvents,
  ...roleEvents,
  ...agentEvents,
  ...approvalEvents,
  ...projectEvents,
  ...definitionEvents,
  ...workspaceEvents,
  ...tokenEvents,
  ...webhookEvents,
  ...hostEvents,
  ...daemonEvents,
  ...storeEvents,
};
