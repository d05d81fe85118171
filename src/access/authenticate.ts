/** Who shows a token: found by its hash, with the scope that is bound to it here. */
import { timingSafeEqual } from "node:crypto";
import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import { publicId } from "../core/ids.ts";
import { Refusal, refuse } from "../core/refusal.ts";
import type { Store } from "../store/store.ts";
import { owner } from "./owner.ts";
import { markUsed, type TokenRow, tokenByHash } from "./token.store.ts";
import { hashOf } from "./token.ts";

/** How exactly it is known when a token was last used, in ms: finer would be a write for every call. */
const USED_GRAIN_MS = 10 * 60_000;

export interface AuthenticateOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Undefined while there is none that could be trusted. */
  readonly ownerToken: () => string | undefined;
  /** A token of a run is good as long as that run lives. */
  readonly isRunLive: (runId: number) => Promise<boolean>;
}

/** Refuses with `unauthenticated`, and says no more about why than whoever has a good token needs. */
export type Authenticate = (secret: string | undefined) => Promise<Actor>;

export function createAuthenticate({ store, clock, ownerToken, isRunLive }: AuthenticateOptions): Authenticate {
  return async (secret) => {
    if (secret === undefined || secret === "") refuse("unauthenticated", "A token is needed.", { hint: HINT });
    const hash = hashOf(secret);
    const ownSecret = ownerToken();
    if (ownSecret !== undefined && timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(ownSecret)))) return owner();
    const row = await tokenByHash(store.read, hash);
    if (!row) throw new UnknownToken();
    const gone = await whyGone(row);
    if (gone) refuse("unauthenticated", gone, { hint: "Ask for a new one: `steward token create`." });
    noteUse(row);
    return row.run_id === null
      ? { kind: "token", name: row.name, scope: row.scope }
      : { kind: "run", name: publicId("run", row.run_id), scope: row.scope, runId: row.run_id };
  };

  async function whyGone({ revoked_at, expires_at, run_id }: TokenRow): Promise<string | undefined> {
    if (revoked_at !== null) return "This token was revoked.";
    if (expires_at !== null && expires_at <= clock.now()) return "This token has expired.";
    if (run_id !== null && !(await isRunLive(run_id))) return "The run of this token has ended.";
    return undefined;
  }

  function noteUse({ id, used_at }: TokenRow): void {
    if (used_at !== null && Math.abs(clock.now() - used_at) < USED_GRAIN_MS) return;
    // Only told in lists: a store that cannot be written now must not keep a reader out.
    store.write((tx) => markUsed(tx, id)).catch(() => {});
  }
}

/** Perhaps a guess. One that was revoked, expired or ended with its run is none. */
export class UnknownToken extends Refusal {
  constructor() {
    super("unauthenticated", "This token is not known here.", { hint: HINT });
  }
}

const HINT = "The owner's is in the file `token` of the home; `steward token create` makes others.";
