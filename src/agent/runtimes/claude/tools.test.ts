import { expect, test } from "vitest";
import { toolQuestion } from "./tools.ts";

test("an edit is one of every file that it names", () => {
  const pathsOf = (tool: string, input: object) => toolQuestion("k", tool, input, null, false).paths;
  expect(pathsOf("NotebookEdit", { file_path: "/workspace/a", notebook_path: "/etc/b" })).toEqual([
    "/workspace/a",
    "/etc/b",
  ]);
  expect(pathsOf("Write", { file_path: "/workspace/a" })).toEqual(["/workspace/a"]);
  expect(pathsOf("Read", { file_path: "/workspace/a" })).toEqual([]);
});
