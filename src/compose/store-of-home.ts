/** The store that the settings ask for, opened; and what is to be said when they ask for another one later. */
import { isDeepStrictEqual } from "node:util";
import { SecretProblem } from "../config/secret.ts";
import { systemClock } from "../core/clock.ts";
import { claimRunsDirectory } from "../daemon/runs-of-store.ts";
import { StartFailure } from "../daemon/start-failure.ts";
import type { Settings } from "../settings.ts";
import { openStore, type StoreCare } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { isPostgresUrl, passwordsIn } from "../store/store-settings.ts";
import { migrations } from "../tables.ts";
import type { Ground } from "./ground.ts";

const CHANGED = "store: it was changed; the daemon goes on with the store that it has until it is restarted.";

export interface StoreOfHome {
  readonly store: Store;
  /** Where it lies, when it is a file of this home. */
  readonly storeFile: string | undefined;
  readonly settingProblems: () => readonly string[];
}

/** Throws `StoreUnusable` or `StartFailure`. The store is closed by the lifetime. */
export async function openStoreOfHome(ground: Ground, care: StoreCare): Promise<StoreOfHome> {
  const { paths, lifetime, log, settings } = ground;
  const begunWith = settings.current().store;
  const url = storeUrl(begunWith, ground);
  const onListenerError = (error: unknown) => log.error("something that follows the store failed", { error });
  const store = await openStore({ url, path: paths.database, migrations, clock: systemClock, onListenerError, care });
  lifetime.add("store", () => store.close());
  claimRunsDirectory(paths, url && store.address);
  const storeFile = url === undefined ? paths.database : undefined;
  return {
    store,
    storeFile,
    settingProblems: () => (isDeepStrictEqual(settings.current().store, begunWith) ? [] : [CHANGED]),
  };
}

/** Its password is masked from here on. */
function storeUrl({ url }: Settings["store"], { secretBook }: Ground): string | undefined {
  if (url === undefined) return undefined;
  try {
    const text = secretBook.read(url);
    for (const password of passwordsIn(text)) secretBook.keep(password);
    if (isPostgresUrl(text)) return text;
  } catch (error) {
    if (!(error instanceof SecretProblem)) throw error;
    throw new StartFailure("configuration", `store.url: ${error.message}`);
  }
  throw new StartFailure(
    "configuration",
    "store.url: its reference gives no URL as postgres://user:password@host:5432/database. What is not a letter or a digit in a password is written as %XX.",
  );
}
