/** The thread behind `openApart`: answers questions about one database, all of them as of the moment of the first. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { Answered, Asked } from "./apart.ts";

/** How long a question waits for another process' lock, in ms. */
const BUSY_MS = 5_000;

let db: DatabaseSync | undefined;

parentPort?.on("message", ({ id, what, sql, params }: Asked) => {
  const answer = (answered: Answered) => parentPort?.postMessage(answered);
  try {
    answer({
      id,
      value: opened()
        .prepare(sql)
        [what](...params),
    });
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    answer({ id, error: message, errcode });
  }
});

function opened(): DatabaseSync {
  if (db) return db;
  const { path } = workerData as { path: string };
  db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  db.exec("BEGIN");
  return db;
}
