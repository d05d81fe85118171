import { expect, test } from "vitest";
import { renderAnswer, renderAny } from "./generic.ts";

const shown = (value: unknown) => renderAny(value).split("\n").slice(0, -1);

test("keys and values are aligned, structures stand below their key", () => {
  expect(
    shown({ id: "task-1", ok: true, nothing: null, counts: { queued: 1, running: 12 }, names: ["a", "b"] }),
  ).toEqual(["id     task-1", "ok     yes", "counts:", "  queued   1", "  running  12", "names  a, b"]);
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

test("a unit stands behind its number, not in its name", () => {
  expect(shown({ tookMs: 29, memoryLimitMb: 512, timeoutSeconds: 90 })).toEqual([
    "took          29 ms",
    "memory limit  512 MB",
    "timeout       90 s",
  ]);
  expect(shown({ forms: "a", Ms: 3 })).toEqual(["forms  a", "Ms     3"]);
});

test("names of fields are read as words, unless two would be the same, and moments are short", () => {
  const at = "2030-01-31T10:00:00.123Z";
  expect(shown({ taskId: "task-1", createdAt: at, wipLimit: 2, title: at })).toEqual([
    "task       task-1",
    "created    2030-01-31 10:00:00Z",
    "wip limit  2",
    `title      ${at}`,
  ]);
  expect(shown({ tokenId: "token-1", token: "stw" })).toEqual(["token id  token-1", "token     stw"]);
  expect(shown([{ tokenId: "token-1", createdBy: "ada" }])).toEqual(["TOKEN    CREATED BY", "token-1  ada"]);
});

test("a page is its table, and says how to go on only when it goes on", () => {
  const page = (next: unknown) => renderAnswer("token.list", { tokens: [{ tokenId: "token-2" }], next });
  expect(page(null)).toBe("TOKEN\ntoken-2\n");
  expect(page("token-2")).toBe("TOKEN\ntoken-2\nmore: steward token list --before token-2\n");
  expect(renderAnswer("token.list", { tokens: [], next: null })).toBe("There are no tokens.\n");
  expect(renderAnswer("ping", { pong: true })).toBe("pong  yes\n");
});

test("keys and values alike are made safe", () => {
  expect(shown({ "a\u001b": "b\u001b", list: [{ "c\u001b": "d\n" }] }).join("\n")).not.toContain("\u001b");
});
