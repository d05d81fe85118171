/** Which events are meant: one topic, all below a noun, or all. */
import * as z from "zod";

export const TopicPattern = z
  .string()
  .max(200)
  .regex(/^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$/, "must be as task.completed, task.* or *");

export function topicMatches(pattern: string, topic: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern;
}
