/** What a handler knows of the one who asks. */
import type { Actor } from "./actor.ts";

/** What every handler is given beside what its room asks for. */
export interface Call {
  readonly actor: Actor;
  /** Aborted when the caller is gone: a handler that waits gives up. */
  readonly signal: AbortSignal;
  /** The caller's own name for this request: asked twice under one name, it is done once. */
  readonly requestId?: string | undefined;
}
