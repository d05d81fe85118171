/** Which of the daemon's variables an agent may see: an allow-list, never a deny-list. */

const ALLOWED = new Set(["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM"]);

export type Environment = Readonly<Record<string, string>>;

export interface AgentEnvironment {
  /** The daemon's own environment. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Names that the agent's definition lets through as well. */
  readonly passed: readonly string[];
  /** What the agent's definition sets, secrets resolved. */
  readonly configured: Environment;
  /** What Steward tells the run about itself. */
  readonly ours: Environment;
}

export function agentEnvironment({ inherited, passed, configured, ours }: AgentEnvironment): Environment {
  const allowed = Object.entries(inherited).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (ALLOWED.has(entry[0]) || entry[0].startsWith("LC_") || passed.includes(entry[0])),
  );
  return { ...Object.fromEntries(allowed), ...configured, ...ours };
}
