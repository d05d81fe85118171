/** Does the store answer? Whoever asks without a token learns that and nothing else. */
import type { Clock } from "../../core/clock.ts";

export async function isWell(store: () => Promise<unknown>, withinMs: number, clock: Clock): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = clock.after(withinMs, () => resolve(false));
  try {
    const answers = Promise.resolve()
      .then(store)
      .then(
        () => true,
        () => false,
      );
    return await Promise.race([answers, late]);
  } finally {
    timer.cancel();
  }
}
