/** A repository that brings hooks along for a real agent: whoever wrote them does not decide what runs here. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Model, startModel } from "../fixtures/model/model.ts";
import { settled } from "../lifecycle/tasks.ts";
import { aBed } from "./matrix/bed.ts";
import { kinds } from "./matrix/kinds.ts";

let model: Model;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.close());

for (const kind of kinds().filter(({ name }) => name === "claude")) {
  test.each([
    ["ignore", false],
    ["use", true],
  ] as const)(`${kind.name} ${kind.version}: %s`, async (repositorySettings, runs) => {
    const settings = (url: string, home: string) => ({ ...kind.settings(url, home), repositorySettings });
    await using bed = await aBed({ ...kind, settings }, model, { permissions: "deny" });
    const mark = join(bed.home.ledger, "hook-ran");
    const hook = { hooks: [{ type: "command", command: `touch ${mark}` }] };
    mkdirSync(join(bed.work, ".claude"));
    writeFileSync(
      join(bed.work, ".claude", "settings.json"),
      JSON.stringify({ hooks: { SessionStart: [hook], UserPromptSubmit: [hook] } }),
    );
    await settled(bed.daemon, await bed.submit());
    expect(existsSync(mark)).toBe(runs);
  });
}
