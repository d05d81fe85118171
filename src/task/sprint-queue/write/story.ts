/** When what happened to a task, as far as its events are still kept: the timestamps of an export. */
import { nearestRole } from "./status-word.ts";

export interface Happened {
  /** Epoch ms. */
  readonly at: number;
  readonly topic: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const STORY_TOPICS = ["task.started", "task.handed_on", "task.cancel_requested", "task.cancelled"] as const;

export interface Story {
  /** `assigned_to_builder` and the like, epoch ms: when each role's last stage began. */
  readonly assigned: Readonly<Record<string, number>>;
  readonly cancelledBy: string | null;
}

/** `role`: the one with which it came in. */
export function storyFrom(happened: readonly Happened[], role: string): Story {
  const assigned: Record<string, number> = {};
  let whose = role;
  let isBegun = false;
  let cancelledBy: string | null = null;
  for (const { topic, at, actor, data } of happened) {
    if (topic === "task.started" && !isBegun) {
      assigned[`assigned_to_${nearestRole(whose)}`] = at;
      isBegun = true;
    } else if (topic === "task.handed_on" && typeof data.toRole === "string") {
      whose = data.toRole;
      isBegun = false;
    } else if (topic.startsWith("task.cancel")) cancelledBy ??= actor;
  }
  return { assigned, cancelledBy };
}
