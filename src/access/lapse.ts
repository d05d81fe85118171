/** Tells whoever was let in by a token when that token lets nobody in any more: what it keeps open must not outlive it. */
import type { Clock, Timer } from "../core/clock.ts";
import { Refusal } from "../core/refusal.ts";
import type { Authenticate } from "./authenticate.ts";

/** Calls back once, with why. Returns how to listen no more. */
export type Lapse = (tell: (why: Refusal) => void) => () => void;

/** How often each token by which something is open is shown again, in ms: so long it may outlive its end. */
const LOOK_MS = 1_000;

/**
 * Asking again tells of every way in which a token may end: taken back, over, its run ended, the owner's file changed, the
 * clock set, and all of that by another daemon of the same store. Nothing is asked while nothing is open.
 */
export function createLapses(authenticate: Authenticate, clock: Clock): (secret: string | undefined) => Lapse {
  const open = new Map<string | undefined, Set<(why: Refusal) => void>>();
  let timer: Timer | undefined;

  async function look(): Promise<void> {
    await Promise.all(
      [...open].map(async ([secret, listeners]) => {
        const why = await refusalOf(authenticate(secret));
        if (!why) return;
        open.delete(secret);
        for (const tell of listeners) tell(why);
      }),
    );
    timer = undefined;
    lookLater();
  }

  function lookLater(): void {
    if (open.size > 0) timer ??= clock.after(LOOK_MS, () => void look());
  }

  return (secret) => (tell) => {
    const listeners = open.get(secret) ?? new Set();
    open.set(secret, listeners.add(tell));
    lookLater();
    return () => {
      listeners.delete(tell);
      if (listeners.size === 0 && open.get(secret) === listeners) open.delete(secret);
      if (open.size > 0) return;
      timer?.cancel();
      timer = undefined;
    };
  };
}

/** A store that is away for a moment takes nobody's token back. */
async function refusalOf(asked: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    return error instanceof Refusal && error.code === "unauthenticated" ? error : undefined;
  }
}
