/** A clock that stands still until a test moves it; its timers fire in order on the way. */
import type { Clock } from "../src/core/clock.ts";

export interface TestClock extends Clock {
  /** Time passes: wall and monotonic time go on together, and what is due is called at its own moment. */
  advance(ms: number): void;
  /** Timers that are set. */
  waiting(): number;
  /** Somebody sets the wall clock, forwards or back. No time passes. */
  setWall(at: number): void;
}

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

export function testClock(startsAt = Date.parse("2026-01-05T08:00:00Z")): TestClock {
  let wall = startsAt;
  let passed = 0;
  const waiting = new Set<Waiting>();
  const pass = (ms: number) => {
    wall += ms;
    passed += ms;
  };
  const nextUntil = (limit: number) =>
    [...waiting].filter(({ at }) => at <= limit).reduce<Waiting | undefined>(sooner, undefined);
  return {
    now: () => wall,
    monotonic: () => passed,
    sinceBoot: () => passed + 60_000,
    after(ms, callback) {
      const entry = { at: passed + Math.max(0, ms), callback };
      waiting.add(entry);
      return { cancel: () => waiting.delete(entry) };
    },
    advance(ms) {
      const until = passed + ms;
      for (let next = nextUntil(until); next; next = nextUntil(until)) {
        waiting.delete(next);
        pass(next.at - passed);
        next.callback();
      }
      pass(until - passed);
    },
    waiting: () => waiting.size,
    setWall(at) {
      wall = at;
    },
  };
}

function sooner(first: Waiting | undefined, second: Waiting): Waiting {
  return first && first.at <= second.at ? first : second;
}
