/** The tables of every room, in the order in which they are made. */
import { requestTables } from "./access/request.tables.ts";
import { tokenTables } from "./access/token.tables.ts";
import { agentLimitTables, agentTables } from "./agent/agent.tables.ts";
import { eventOfRunIndex, eventTables } from "./event/event.tables.ts";
import { outboxTables } from "./event/outbox/outbox.tables.ts";
import { hostTables } from "./fleet/host.tables.ts";
import { projectPlaces, projectTables } from "./project/project.tables.ts";
import { workspaceTables } from "./project/workspace.tables.ts";
import { roleSwitchTables } from "./run/role/role-switch.tables.ts";
import { runRoleTables, runStageTables, runTables, runToldTables } from "./run/run.tables.ts";
import { sprintTables } from "./task/sprint/sprint.tables.ts";
import {
  importedTaskIndex,
  movesCountedTogether,
  taskStages,
  tasksOfProject,
  taskTables,
  taskWorkspace,
} from "./task/task.tables.ts";
import { workflowTables } from "./task/workflow/workflow.tables.ts";
import { approvalTables } from "./trust/approval.tables.ts";

export const migrations = [
  eventTables,
  hostTables,
  projectTables,
  taskTables,
  agentTables,
  runTables,
  eventOfRunIndex,
  requestTables,
  tokenTables,
  outboxTables,
  importedTaskIndex,
  movesCountedTogether,
  approvalTables,
  runToldTables,
  taskWorkspace,
  workspaceTables,
  taskStages,
  runStageTables,
  agentLimitTables,
  projectPlaces,
  tasksOfProject,
  workflowTables,
  sprintTables,
  roleSwitchTables,
  runRoleTables,
] as const;
