/** What is said to whoever would start a second daemon in a home: who holds it. */
import { systemClock } from "../core/clock.ts";
import type { HomePaths } from "../core/home.ts";
import { holderOf } from "./presence.ts";
import { StartFailure } from "./start-failure.ts";

/** How long the winner of a race has to write its pid down, in ms. */
const NAME_WAIT_MS = 500;

export async function homeTaken(paths: HomePaths): Promise<StartFailure> {
  const until = systemClock.monotonic() + NAME_WAIT_MS;
  let pid = holderOf(paths);
  while (pid === undefined && systemClock.monotonic() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    pid = holderOf(paths);
  }
  const sentence =
    pid === undefined
      ? `The home ${paths.home} is held by another daemon.`
      : `Steward is already running (pid ${pid}) in ${paths.home}.`;
  return new StartFailure("conflict", sentence, {
    hint: "`steward status` shows it; `steward stop` ends it.",
  });
}
