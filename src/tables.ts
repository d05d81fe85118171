/** The tables of every room, in the order in which they are made. */
import { agentTables } from "./agent/agent.tables.ts";
import { eventTables } from "./event/event.tables.ts";
import { hostTables } from "./fleet/host.tables.ts";
import { projectTables } from "./project/project.tables.ts";
import { runTables } from "./run/run.tables.ts";
import { importedTaskIndex, taskTables } from "./task/task.tables.ts";

export const migrations = [
  eventTables,
  hostTables,
  projectTables,
  taskTables,
  agentTables,
  runTables,
  importedTaskIndex,
] as const;
