/** Whose configuration an agent's program is to use: its user's, where its login is, or one that belongs to the task. */
import type { Agent } from "../agent.ts";

/** `keys`: variables that hold a login, so that nothing of the user's is needed. */
export function keepsOwnConfiguration({ configDirectory, env = {} }: Agent, keys: readonly string[]): boolean {
  if (configDirectory !== undefined) return configDirectory === "own";
  return !keys.some((key) => env[key] !== undefined);
}
