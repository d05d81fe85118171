/** How each database finds the next task: by one seek per class, with statistics, with none, and with a plan that was made before. */
import { expect, test } from "vitest";
import { bestOf } from "../../src/run/claim.store.ts";
import type { Store } from "../../src/store/store.ts";
import { times } from "./notes.ts";
import { onEveryStore } from "./on-every-store.ts";

const TASKS = 20_000;
const CLASSES = "[1,2,3,4,5]";

onEveryStore((openStore) => {
  test(`among ${TASKS} tasks the claim seeks in the index of each class, and looks at nothing else`, async () => {
    const store = await openStore({ synced: false });
    const steps = async () => {
      const plan = await planOf(store);
      return {
        seeks: plan.match(/task_queued/g)?.length,
        gated: plan.match(/task_gated/g)?.length,
        scans: plan.match(/Seq Scan|Bitmap|Hash Join|SCAN (?!b\b|.*VIRTUAL)/g) ?? [],
        looked: plan.match(/actual rows=(?!0|1\.|5\.|10\.)[\d.]+/g) ?? [],
      };
    };
    const seeks = { seeks: 1, gated: 1, scans: [], looked: [] };
    expect(await steps()).toEqual(seeks);
    await fill(store);
    expect(await steps()).toEqual(seeks);
    await store.write((tx) => tx.run("ANALYZE"));
    expect(await steps()).toEqual(seeks);
  });
});

async function planOf(store: Store): Promise<string> {
  const explain = { sqlite: "EXPLAIN QUERY PLAN", postgres: "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)" };
  const rows = await store.write((tx) =>
    tx.all<Record<string, unknown>>(`${explain[store.dialect.name]} ${bestOf(store.dialect)}`, CLASSES, CLASSES),
  );
  return rows.map((row) => row["QUERY PLAN"] ?? row.detail).join("\n");
}

async function fill(store: Store): Promise<void> {
  await store.write(async (tx) => {
    for (const role of times(5, (n) => `role-${n}`)) {
      await tx.run("INSERT INTO scheduling_class(project_id, role) VALUES (1, ?)", role);
    }
    const one = "(1, ?, 'x', 'r', 'queued', ?, 'me', 0, 0)";
    for (let at = 0; at < TASKS; at += 500) {
      await tx.run(
        `INSERT INTO task(project_id, class_id, title, role, state, priority, submitted_by, created_at, updated_at)
         VALUES ${times(500, () => one).join(", ")}`,
        ...times(500, (n) => [1 + (n % 5), n % 7]).flat(),
      );
    }
  });
}
