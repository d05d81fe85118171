/** Runs a suite on every store that Steward knows: the same sentences, the same answers. */
import { describe, expect, onTestFinished } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { undeclaredEvents } from "./history.ts";
import { type OpenOptions, STORE_KINDS, type StoreKind } from "./places.ts";

/** Opens an empty store that is closed and removed when the test is over. */
export type OpenStore = (options?: OpenOptions) => Promise<Store>;

export interface Place {
  readonly kind: StoreKind;
  readonly address: string;
  /** Opens what is there; closed when the test is over, unless the test does it before. */
  open(options?: OpenOptions): Promise<Store>;
}

/** Of this test file: topics of events that are made up; all others have to be as the catalogue declares them. */
let madeUp = /^$/;

export function makesUp(topics: RegExp): void {
  madeUp = topics;
}

/** `newPlace` is for tests that open the same store more than once. */
export function onEveryStore(suite: (openStore: OpenStore, newPlace: () => Promise<Place>) => void): void {
  for (const kind of STORE_KINDS) {
    const newPlace = () => placeFor(kind);
    const title = `on ${kind.name}${kind.unavailable === undefined ? "" : `: ${kind.unavailable}`}`;
    describe.skipIf(kind.unavailable !== undefined)(title, () => {
      suite(async (options) => (await newPlace()).open(options), newPlace);
    });
  }
}

async function placeFor(kind: StoreKind): Promise<Place> {
  const address = await kind.newPlace();
  onTestFinished(() => kind.removePlace(address));
  return {
    kind,
    address,
    async open(options) {
      const store = await kind.open(address, options);
      onTestFinished(async () => {
        // A store that its test has closed, or that has no events at all, is no longer asked.
        const strange = await undeclaredEvents(store, madeUp).catch(() => []);
        await store.close();
        expect(strange).toEqual([]);
      });
      return store;
    },
  };
}
