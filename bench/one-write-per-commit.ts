/** Preloaded into a daemon that is to commit every write alone: everything else of it stays as it is. */
import { registerHooks } from "node:module";

const QUEUE = "/src/store/write-queue.ts";
const BATCH = /const MAX_BATCH = \d+;/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(QUEUE)) return loaded;
    const source = String(loaded.source);
    if (!BATCH.test(source)) throw new Error(`${QUEUE} has no MAX_BATCH any more: this measurement has to be mended`);
    return { ...loaded, source: source.replace(BATCH, "const MAX_BATCH = 1;") };
  },
});
