/** To be killed: submits tasks as fast as it can and says on stdout which ones were acknowledged. `STORE ADDRESS PREFIX`. */
import { LIMIT_DEFAULTS } from "../../src/config/limits.ts";
import { submitTask } from "../../src/task/task.service.ts";
import { NewTask } from "../../src/task/task.ts";
import { storeKind } from "./places.ts";

/** Callers at once, so that commits carry several. */
const CALLERS = 8;

const [kind = "", address = "", prefix = ""] = process.argv.slice(2);
const store = await storeKind(kind).open(address);
let next = 0;

async function submitForEver(): Promise<never> {
  for (;;) {
    const key = `${prefix}-${next++}`;
    const task = NewTask.parse({ prompt: `Do ${key}`, key });
    await store.write((tx) => submitTask(tx, task, "person:ada", LIMIT_DEFAULTS, { projectId: 1 }));
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all(Array.from({ length: CALLERS }, submitForEver));
