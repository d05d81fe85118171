import { expect, test } from "vitest";
import { renderAny } from "./generic.ts";

const shown = (value: unknown) => renderAny(value).split("\n").slice(0, -1);

test("keys and values are aligned, structures stand below their key", () => {
  expect(
    shown({ id: "task-1", ok: true, nothing: null, counts: { queued: 1, running: 12 }, names: ["a", "b"] }),
  ).toEqual([
    "id       task-1",
    "ok       yes",
    "nothing  -",
    "counts:",
    "  queued   1",
    "  running  12",
    "names    a, b",
  ]);
});

test("a list of objects is a table without its empty columns", () => {
  expect(
    shown([
      { id: 1, note: null, title: "x" },
      { id: 22, note: null, title: "y", more: { a: 1 } },
    ]),
  ).toEqual(["ID  TITLE  MORE", "1   x      -", '22  y      {"a":1}']);
});

test("text of many lines stands below its key, and a long cell is cut", () => {
  expect(shown({ text: "one\ntwo" })).toEqual(["text:", "  one", "  two"]);
  expect(shown([{ text: `${"x".repeat(100)}\n` }])[1]).toBe(`${"x".repeat(59)}…`);
});

test("nothing is said as nothing", () => {
  expect(shown([])).toEqual(["(none)"]);
  expect(shown({})).toEqual(["(nothing)"]);
  expect(shown(null)).toEqual(["-"]);
  expect(shown({ tasks: [] })).toEqual(["tasks  -"]);
});

test("keys and values alike are made safe", () => {
  expect(shown({ "a\u001b": "b\u001b", list: [{ "c\u001b": "d\n" }] }).join("\n")).not.toContain("\u001b");
});
