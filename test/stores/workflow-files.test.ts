import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";
import { onEveryStore } from "./on-every-store.ts";
import { refusal, run, write } from "./workflow-files.ts";

onEveryStore((openStore) => {
  test("files are told with what is wrong with the broken ones, which hide no other", async () => {
    const desk = await openDesk(openStore);
    expect(await desk.call("workflow.list", {})).toEqual({
      workflows: [],
      problems: [],
      directories: [desk.workflowDirectory],
    });
    const good = {
      summary: "Good.",
      inputs: { a: { type: "choice", choices: ["x"], summary: "An a." } },
      tasks: { t: { prompt: "x" } },
    };
    write(desk, "good.yaml", JSON.stringify(good));
    write(desk, "good.yml", JSON.stringify(good));
    write(desk, "bad.yaml", "summary: x\ntaks: {}");
    write(desk, "big.json", " ".repeat(256 * 1024 + 1));
    write(desk, "bytes.yaml", Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    write(desk, "not a name.yaml", "summary: x");
    write(desk, "README.md", "no workflow");
    write(desk, ".hidden.yaml", "summary: x");
    mkdirSync(join(desk.workflowDirectory, "directory.yaml"));
    const { workflows, problems } = (await desk.call("workflow.list", {})) as unknown as {
      workflows: object[];
      problems: { file: string; message: string }[];
    };
    expect(workflows).toEqual([
      {
        name: "good",
        summary: "Good.",
        file: join(desk.workflowDirectory, "good.yaml"),
        version: expect.any(String),
        inputs: [{ name: "a", type: "choice", required: true, choices: ["x"], summary: "An a." }],
      },
    ]);
    const told = problems.map(({ file, message }) => `${file.slice(desk.workflowDirectory.length + 1)}: ${message}`);
    expect(told).toEqual([
      "bad.yaml: unknown key",
      "big.json: is larger than 262144 bytes",
      "bytes.yaml: this byte is not UTF-8",
      "directory.yaml: is a directory",
      expect.stringMatching(/^good\.yml: there is a workflow of this name already: .*good\.yaml$/),
      "not a name.yaml: its name is none that a workflow can have",
    ]);
    expect(await desk.call("workflow.check", { name: "bad" })).toMatchObject({
      ok: false,
      problems: [{ line: 2, column: 1, path: "taks", message: "unknown key", hint: 'did you mean "tasks"?' }],
    });
    expect(await desk.call("workflow.check", { name: "good" })).toMatchObject({ ok: false });
    expect(await refusal(desk.call("workflow.get", { name: "bad" }))).toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/^The workflow bad cannot be used: .*bad\.yaml:2:1 taks: unknown key/),
    });
    expect(await refusal(run(desk, { name: "goood" }))).toMatchObject({
      code: "not_found",
      message: 'There is no workflow "goood"; did you mean "good"?',
    });
    for (const name of ["../good", "good.yaml", "", "a/b", "__proto__"]) {
      expect(await refusal(run(desk, { name }))).toMatchObject({ code: "invalid_input" });
    }
  });
});
