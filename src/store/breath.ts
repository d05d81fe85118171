/** Turns of the event loop in the middle of long work that waits for nothing: everybody else is served meanwhile. */

/** How long the loop may stand still before others have their turn, in ms. */
const STANDSTILL_MS = 20;

export class Breath {
  #lastTurn = performance.now();
  #turning: Promise<void> | undefined;

  /** The loop has just turned. */
  taken(): void {
    this.#lastTurn = performance.now();
  }

  /** Resolves when the loop has turned; undefined while no turn is due. The same for all who ask before it. */
  due(): Promise<void> | undefined {
    if (this.#turning || performance.now() - this.#lastTurn < STANDSTILL_MS) return this.#turning;
    this.#turning = new Promise((resolve) => {
      setImmediate(() => {
        this.#turning = undefined;
        this.taken();
        resolve();
      });
    });
    return this.#turning;
  }

  /** The turn that somebody waits for; undefined when nobody does. */
  underWay(): Promise<void> | undefined {
    return this.#turning;
  }
}
