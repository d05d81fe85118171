/** Before anything is removed because it is old: can the wall clock be believed? A clock that jumps ahead makes everything old. */
import type { Clock } from "../../core/clock.ts";

/** A wall clock that is further ahead than this of what was seen is doubted, in ms. */
const DOUBT_MS = 24 * 3600_000;
/** A clock that was doubted has to go evenly for so long, in ms: by then time synchronisation has mended it, or it is right. */
const SECOND_LOOK_MS = 3600_000;

export interface TimeSense {
  /** One look. `newestAt` is when the newest event happened, epoch ms. */
  isTrusted(newestAt: number | undefined): boolean;
}

/**
 * At the first look the wall clock is held against the newest event: after a long sleep of the daemon that is as far away as
 * after a jump, so it costs a second look and no more. From then on it is held against the time since boot, which no one sets.
 */
export function createTimeSense(clock: Clock): TimeSense {
  let last: Look | undefined;
  let doubtedAt: Look | undefined;
  return {
    isTrusted(newestAt) {
      const look = { wall: clock.now(), boot: clock.sinceBoot() };
      const ahead = last
        ? look.wall - last.wall - (look.boot - last.boot)
        : newestAt === undefined
          ? 0
          : look.wall - newestAt;
      last = look;
      if (ahead > DOUBT_MS) doubtedAt = look;
      else if (doubtedAt && look.boot - doubtedAt.boot >= SECOND_LOOK_MS) doubtedAt = undefined;
      return doubtedAt === undefined;
    },
  };
}

interface Look {
  readonly wall: number;
  readonly boot: number;
}
