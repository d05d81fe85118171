/** Which events wake the engine: a task that nobody here can do wakes nobody. */
import type { Catalog } from "../agent/catalog.ts";
import type { NewEvent } from "../event/event.store.ts";
import { DEFAULT_PROJECT } from "../project/project.tables.ts";
import { classGate } from "./claim.ts";

/** These may make something claimable, or something wait for a time. */
const WAKES_ON = new Set([
  "task.submitted",
  "task.queued",
  "task.scheduled",
  "task.parked",
  "task.updated",
  "run.ended",
  "agent.available",
  "role.resumed",
  "approval.requested",
]);

/** May something become claimable by this? */
export function mayMatter({ topic, projectId, data }: NewEvent, catalog: Catalog): boolean {
  if (topic !== "task.submitted") return WAKES_ON.has(topic);
  if (data?.state === "scheduled" || data?.state === "parked") return true;
  const facts = {
    project_id: projectId ?? DEFAULT_PROJECT.id,
    role: String(data?.role),
    agent: String(data?.agent ?? ""),
  };
  return data?.state === "queued" && classGate(facts, 0, catalog, 1).open;
}
