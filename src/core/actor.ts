/** Who asks: every call and every write knows one. */

/** What an actor may do, from least to most; each includes those before it. */
export const SCOPES = ["read", "operate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Actor {
  readonly kind: "person" | "token" | "run" | "automation" | "host";
  readonly name: string;
  readonly scope: Scope;
}

/** `person:ada`: the form in which an actor is stored and shown. */
export function actorLabel(actor: Actor): string {
  return `${actor.kind}:${actor.name}`;
}

export function mayUse(actor: Actor, needed: Scope): boolean {
  return SCOPES.indexOf(actor.scope) >= SCOPES.indexOf(needed);
}
