/** For how long a beat has stood still, seen by somebody who looks regularly and may be stopped as well. */

export interface Look {
  /** How long the beat stands, or stood until it moved now, in ms. */
  readonly standsMs: number;
  readonly moved: boolean;
}

/** `everyMs`: how often it is meant to be looked. */
export function createStanding(everyMs: number, beat: number, now: number): (beat: number, now: number) => Look {
  let last = beat;
  let since = now;
  let looked = now;
  return (current, at) => {
    // A process that was stopped, or a machine that slept or is overloaded, is no blocked loop: whoever looks stood still too.
    if (at - looked > 3 * everyMs) since += at - looked;
    looked = at;
    const standsMs = at - since;
    const moved = current !== last;
    if (moved) since = at;
    last = current;
    return { standsMs, moved };
  };
}
