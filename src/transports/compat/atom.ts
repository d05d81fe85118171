/** Atom's control API: its paths, its shapes, and its `{"detail": …}` for a no. */
import type { Actor } from "../../core/actor.ts";
import type { Fields } from "../../core/compat.ts";
import { Bug, type CallPort, type Operation } from "../../core/operation.ts";
import { REFUSALS, Refusal } from "../../core/refusal.ts";
import { askOurs, entriesOf } from "./compat.ts";

export interface AtomRoute {
  readonly methods: readonly string[];
  readonly path: string;
  readonly ask: (body: Fields, actor: Actor) => Promise<{ readonly status: number; readonly body: object }>;
}

export interface AtomOptions {
  readonly operations: readonly Operation[];
  readonly call: CallPort;
  readonly address: () => string | undefined;
}

/** Who mounts them has let the caller in already. */
export function atomRoutes({ operations, call, address }: AtomOptions): AtomRoute[] {
  return [...entriesOf(operations, "atom")].map(([at, entry]) => {
    const [methods = "", path = ""] = at.split(" ");
    return {
      methods: methods.split("|"),
      path,
      async ask(theirs, actor) {
        try {
          const body = await askOurs(entry, { call, actor, theirs, address: address() });
          return { status: 200, body: body as object };
        } catch (error) {
          if (error instanceof Refusal) {
            return { status: error.number ?? REFUSALS[error.code].http, body: { detail: error.message } };
          }
          if (error instanceof Bug) return { status: 500, body: { detail: `Internal error (${error.id})` } };
          throw error;
        }
      },
    };
  });
}
