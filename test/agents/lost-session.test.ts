/** Real agents that are to go on with a session of which nothing is left: the next run begins anew, and no attempt is spent for that. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Model, startModel } from "../fixtures/model/model.ts";
import { eventually } from "../lifecycle/eventually.ts";
import { inState, look } from "../lifecycle/tasks.ts";
import { aBed, STAYS, WRITES } from "./matrix/bed.ts";
import { killProgram } from "./matrix/cells.ts";
import { kinds } from "./matrix/kinds.ts";

let model: Model;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.close());

/** Where each keeps its sessions, below its configuration. */
const SESSIONS: Readonly<Record<string, string>> = { claude: "projects", codex: "sessions", qwen: "projects" };

for (const kind of kinds().filter(({ name }) => SESSIONS[name] !== undefined)) {
  test(`${kind.name} ${kind.version}`, async () => {
    await using bed = await aBed(kind, model, {
      permissions: "yolo",
      attempts: 2,
      limits: { backoffFirstSeconds: 5, backoffMaxSeconds: 5 },
      keys: { cmd: `[ -e began.txt ] && ${WRITES} || { ${STAYS}; }`, steps: 2 },
    });
    const task = await bed.submit();
    await eventually("its tool has begun", () => readdirSync(bed.work).includes("began.txt"));
    killProgram(bed);
    await inState(bed.daemon, task, "scheduled");
    const kept = readdirSync(bed.home.path, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(`/${SESSIONS[kind.name]}`),
    );
    expect(kept).not.toEqual([]);
    for (const path of kept) rmSync(join(bed.home.path, path), { recursive: true });

    await inState(bed.daemon, task, "completed");
    const { runs, attempts } = await look(bed.daemon, task);
    expect(runs.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      "completed",
      expect.stringMatching(/^session_gone: /),
      expect.any(String),
    ]);
    expect(attempts.spent).toBe(1);
    expect(bed.wrote()).toBe("hello\n");
  });
}
