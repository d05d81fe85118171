/** For how long a person was asked, and when the work moved last: while somebody is asked, an agent may stand still. */
import type { Clock } from "../../core/clock.ts";

export interface AskedTime {
  /** Whether anything is asked now. */
  set(isAsking: boolean): void;
  /** Something of the work was heard. */
  moved(): void;
  /** Ms for which a person was asked, up to now. */
  askedMs(): number;
  /** Monotonic ms; now, while a person is asked. */
  lastProgress(): number;
  /** What another daemon goes on from. */
  toKeep(): { readonly askedMs: number; readonly askingSince: number | null };
}

export interface AskedBefore {
  readonly askedMs: number;
  /** Ms since boot; null while nothing is asked. */
  readonly askingSince?: number | null | undefined;
}

export function createAskedTime(clock: Clock, { askedMs: before, askingSince }: AskedBefore): AskedTime {
  let progress = clock.monotonic();
  let past = before;
  let since = askingSince == null ? undefined : progress - Math.max(0, clock.sinceBoot() - askingSince);
  return {
    set(isAsking) {
      const now = clock.monotonic();
      if (isAsking) since ??= now;
      else if (since !== undefined) {
        past += now - since;
        since = undefined;
        progress = now;
      }
    },
    moved() {
      progress = clock.monotonic();
    },
    askedMs: () => past + (since === undefined ? 0 : clock.monotonic() - since),
    lastProgress: () => (since === undefined ? progress : clock.monotonic()),
    toKeep: () => ({
      askedMs: past,
      askingSince: since === undefined ? null : clock.sinceBoot() - (clock.monotonic() - since),
    }),
  };
}
