/** Who asks: every call and every write knows one. */

/** What an actor may do, from least to most; each includes those before it. */
export const SCOPES = ["read", "operate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Actor {
  readonly kind: "person" | "token" | "run" | "automation" | "host";
  readonly name: string;
  readonly scope: Scope;
  /** Of an agent that speaks for its run: the run's number. */
  readonly runId?: number;
}

/** What of an operation decides who may use it. */
export interface Guarded {
  readonly scope: Scope;
  readonly effect: "read" | "write" | "destroy";
  readonly tool?: boolean | undefined;
  readonly forRun?: boolean | undefined;
}

/** `person:ada`: the form in which an actor is stored and shown. */
export function actorLabel(actor: Actor): string {
  return `${actor.kind}:${actor.name}`;
}

/** An agent that speaks for its run uses what is meant as a tool for agents, and destroys nothing. */
export function mayUse(actor: Actor, { scope, effect, tool, forRun }: Guarded): boolean {
  if (forRun && (actor.kind !== "run" || actor.runId === undefined)) return false;
  if (actor.kind === "run" && (!tool || effect === "destroy")) return false;
  return SCOPES.indexOf(actor.scope) >= SCOPES.indexOf(scope);
}
