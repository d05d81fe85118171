/** Every real agent that is installed, put through every cell. With STEWARD_WRITE_MATRIX=1 what was seen becomes the page. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Model, startModel } from "../../fixtures/model/model.ts";
import { CELLS, through } from "./cells.ts";
import { kinds } from "./kinds.ts";
import { type Seen, writeSeen } from "./seen.ts";

/** A cell may wait for an agent's own retries, in ms. */
const CELL_MS = 240_000;

let model: Model;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.close());

const isWritten = process.env.STEWARD_WRITE_MATRIX === "1";

for (const kind of kinds()) {
  describe(`${kind.name} ${kind.version}`, () => {
    const seen: Record<string, Seen> = {};
    afterAll(() => {
      if (isWritten) writeSeen(kind.name, kind.version, seen);
    });

    for (const cell of CELLS) {
      const why = kind.cannot?.[cell.name];
      if (why !== undefined) seen[cell.name] = { is: "unreachable", saw: why };
      test.skipIf(why !== undefined)(
        cell.name,
        async () => {
          seen[cell.name] = { is: "failed", saw: "" };
          seen[cell.name] = { is: "ok", saw: await through(kind, cell, model) };
        },
        CELL_MS,
      );
    }
  });
}
