/** A real agent that begins in a mode in which a model decides in a person's place, driven as one of which nothing is known. */
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Model, startModel } from "../fixtures/model/model.ts";
import { settled } from "../lifecycle/tasks.ts";
import { aBed } from "./matrix/bed.ts";
import { kinds } from "./matrix/kinds.ts";

let model: Model;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.close());

const qwen = kinds().find(({ name }) => name === "qwen");

describe.skipIf(qwen === undefined)(qwen ? `qwen ${qwen.version}` : "qwen: not installed, or not wanted", () => {
  test.each([
    ["ask", true],
    ["yolo", false],
  ] as const)("with %s", async (permissions, isSet) => {
    if (!qwen) return;
    const settings = (url: string, home: string) => {
      const { env, command } = qwen.settings(url, home) as { env: object; command: [string, string] };
      const program = join(home, "of-another-name.js");
      symlinkSync(command[1], program);
      return { runtime: "acp", command: [command[0], program, "--acp"], env: { ...env, OPENAI_MODEL: "scripted" } };
    };
    await using bed = await aBed({ ...qwen, settings }, model, { permissions });
    const task = await bed.submit();
    if (isSet) await bed.daemon.call("approval.deny", { approvalId: await bed.asked() });
    await settled(bed.daemon, task);
    expect(bed.wrote()).toBe(isSet ? undefined : "hello\n");
    const [opened, said] = ["stdout.log", "stdin.log"].map((name) =>
      readFileSync(join(bed.home.path, "runs", "run-1", name), "utf8"),
    );
    expect(opened).toContain('"currentModeId":"auto"');
    const methods = [...(said ?? "").matchAll(/"method":"(session\/[a-z_]+)"/g)].map(([, method]) => method);
    expect(methods.slice(0, 3)).toEqual(
      isSet ? ["session/new", "session/set_mode", "session/prompt"] : ["session/new", "session/prompt"],
    );
  });
});
