/** Sees that the home is still the one that this daemon holds: files may be taken away, and others put in their place. */
import { type BigIntStats, statSync } from "node:fs";
import type { HomePaths } from "../core/home.ts";
import { Refusal } from "../core/refusal.ts";

/** One look serves all that ask within this, in ms: a batch of writes costs one. */
const LOOK_MS = 1;

/** The home is not ours any more, or the store is gone: the daemon has to end. Agents run on. */
export class HomeLost extends Error {
  override readonly name = "HomeLost";
}

export interface HomeWatch {
  /** Looks, unless it was looked just now. Why nothing may be written; undefined when all is where it was. */
  refusal(): Refusal | undefined;
  /** The same as a sentence for the status. */
  problem(): string | undefined;
}

export interface HomeWatchOptions {
  readonly paths: Pick<HomePaths, "home" | "lock">;
  /** The file of the store; undefined when it lives elsewhere. */
  readonly storeFile: string | undefined;
  /** Called once. */
  readonly onLost: (why: HomeLost) => void;
  readonly monotonic: () => number;
}

/** To be made when home, lock and store are there and held. */
export function watchHome({ paths, storeFile, onLost, monotonic }: HomeWatchOptions): HomeWatch {
  const isLockHere = sameAsNow(paths.lock);
  const isStoreHere = storeFile === undefined ? () => true : sameAsNow(storeFile);
  const isHomeHere = sameAsNow(paths.home);
  let lost: HomeLost | undefined;
  let away: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  function look(): void {
    away = undefined;
    try {
      // Gone altogether: ending would only let a supervisor start an empty home in its place. It may come back.
      if (statSync(paths.home, { throwIfNoEntry: false }) === undefined)
        away = `The home ${paths.home} was taken away.`;
      else if (!isLockHere()) lose(`${paths.lock} was taken away or replaced: another daemon could hold this home too`);
      else if (!isStoreHere()) lose(`${storeFile} was taken away or replaced: what is written now would be lost`);
      else if (!isHomeHere()) lose(`the home ${paths.home} was replaced by another directory`);
    } catch (error) {
      away = `The home ${paths.home} cannot be looked at: ${error instanceof Error ? error.message : error}.`;
    }
  }

  function lose(why: string): void {
    lost = new HomeLost(why);
    onLost(lost);
  }

  function current(): string | undefined {
    const now = monotonic();
    if (!lost && now - lookedAt >= LOOK_MS) {
      look();
      lookedAt = now;
    }
    return lost ? `The daemon ends: ${lost.message}.` : away;
  }

  return {
    problem: current,
    refusal() {
      const why = current();
      const hint = "Nothing was acknowledged. Put back what was taken away; agents run on.";
      return why === undefined ? undefined : new Refusal("unavailable", why, { hint });
    },
  };
}

function sameAsNow(path: string): () => boolean {
  const { dev, ino } = statSync(path, { bigint: true });
  return () => {
    const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found?.dev === dev && found.ino === ino;
  };
}
