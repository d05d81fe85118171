/** Work on one thing goes one after the other, work on different things at the same time. */

export type OneByOne = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Work must not wait for other work of the same key. */
export function oneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key);
    // How the one before ended is its own caller's business.
    const mine = (before ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
