/** The registry: everything that Steward can be asked to do. A new operation is a definition in its room and a word here. */
import { tokenOperations } from "./access/token.operations.ts";
import { agentOperations } from "./agent/agent.operations.ts";
import { daemonOperations } from "./daemon/daemon.operations.ts";
import { doctorOperations } from "./daemon/doctor/doctor.operations.ts";
import { storeOperations } from "./daemon/store.operations.ts";
import { eventOperations } from "./event/event.operations.ts";
import { outboxOperations } from "./event/outbox/outbox.operations.ts";
import { webhookOperations } from "./event/outbox/webhook.operations.ts";
import { agentTestOperations } from "./run/agent-test/agent-test.operations.ts";
import { approvalOperations } from "./run/approval/approval.operations.ts";
import { agentEventOperations } from "./run/dialogue/agent-events.operations.ts";
import { forRunOperations } from "./run/for-run.operations.ts";
import { outputOperations } from "./run/output.operations.ts";
import { roleOperations } from "./run/role/role.operations.ts";
import { runOperations } from "./run/run.operations.ts";
import { taskWithRunOperations } from "./run/task-with-runs.operations.ts";
import { workspaceOperations } from "./run/workspace/workspace.operations.ts";
import { projectOperations } from "./task/project/project.operations.ts";
import { queueOperations } from "./task/queue.operations.ts";
import { bugOperations } from "./task/sprint/bug.operations.ts";
import { sprintOperations } from "./task/sprint/sprint.operations.ts";
import { taskOperations } from "./task/task.operations.ts";
import { workflowOperations } from "./task/workflow/workflow.operations.ts";

export const operations = [
  ...taskOperations,
  ...taskWithRunOperations,
  ...queueOperations,
  ...workflowOperations,
  ...sprintOperations,
  ...bugOperations,
  ...projectOperations,
  ...runOperations,
  ...outputOperations,
  ...workspaceOperations,
  ...agentEventOperations,
  ...approvalOperations,
  ...forRunOperations,
  ...agentOperations,
  ...agentTestOperations,
  ...roleOperations,
  ...eventOperations,
  ...webhookOperations,
  ...outboxOperations,
  ...tokenOperations,
  ...daemonOperations,
  ...storeOperations,
  ...doctorOperations,
] as const;
