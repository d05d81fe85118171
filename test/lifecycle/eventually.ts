/** Waiting for what a test is about: until a condition holds, never for a fixed time. */

/** Longer than anything here takes on a loaded machine, in ms. */
export const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 5;

type Look<T> = () => T | undefined | false | null | Promise<T | undefined | false | null>;

/** The first thing seen that is there. `what` says what was waited for, should it never come. */
export async function eventually<T>(what: string, look: Look<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen;
    if (performance.now() > end) throw new Error(`this never came to be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Holds all the while: looked at again and again for so long. For what must not happen. */
export async function neverWithin(ms: number, what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await look()) throw new Error(`this must not be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Rejects when it takes longer than it may. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
