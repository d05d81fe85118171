import { expect, test } from "vitest";
import { numbered } from "./placeholders.ts";

test.each([
  ["SELECT 1", "SELECT 1", 0],
  ["SELECT ? WHERE a = ? AND b = ?", "SELECT $1 WHERE a = $2 AND b = $3", 3],
  ["SELECT '?' || ? || 'it''s ?'", "SELECT '?' || $1 || 'it''s ?'", 1],
  ['SELECT "a?" FROM t WHERE x = ?', 'SELECT "a?" FROM t WHERE x = $1', 1],
  ["SELECT ? -- what?\n, ?", "SELECT $1 -- what?\n, $2", 2],
])("%s", (sql, text, wants) => {
  expect(numbered(sql)).toEqual({ text, wants });
});
