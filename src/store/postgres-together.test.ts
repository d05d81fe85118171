import type { QueryResult } from "pg";
import { expect, test } from "vitest";
import type { Connection } from "./postgres-connection.ts";
import { askTogether } from "./postgres-together.ts";
import type { Param } from "./store.ts";

const INSERT = "INSERT INTO note(n, text) VALUES (?, ?) RETURNING id";

test("the same insert of several becomes one, in their order, and each is given its own row", async () => {
  const { ask, asked } = together();
  const texts = ['a "b" \\c', "{x,y}", null, "NULL", ""];
  const results = await Promise.all(texts.map((text, n) => ask(INSERT, [n, text])));
  expect(results.map(({ rows, rowCount }) => [rows, rowCount])).toEqual(texts.map((_, n) => [[{ id: n + 1 }], 1]));
  expect(asked.slice(1)).toEqual([
    {
      sql: expect.stringMatching(
        /unnest\(CAST\(\? AS bigint\[\]\), CAST\(\? AS text\[\]\)\).*ORDER BY place RETURNING id/s,
      ),
      params: ["{0,1,2,3,4}", '{"a \\"b\\" \\\\c","{x,y}",NULL,"NULL",""}'],
    },
  ]);
});

const UPDATE = "UPDATE note SET n = ?, text = ? WHERE id = ? AND n = ?";

test("the same change of several rows becomes one, and each hears whether it was its row that changed", async () => {
  const { ask, asked } = together();
  const results = await Promise.all([4, 9, 5].map((id) => ask(UPDATE, [id * 2, "x", id, id])));
  expect(results.map(({ rowCount }) => rowCount)).toEqual([1, 0, 1]);
  expect(asked.slice(1)).toEqual([
    {
      sql: expect.stringMatching(
        /^UPDATE note t SET n = u.c0, text = u.c1\s+FROM unnest\(.*\) AS u\(c0, c1, c2, c3\)\s+WHERE t.id = u.c2 AND t.n = u.c3 RETURNING t.id$/,
      ),
      params: ["{8,18,10}", '{"x","x","x"}', "{4,9,5}", "{4,9,5}"],
    },
  ]);
});

test("changes of the same row are asked one by one, in their order", async () => {
  const { ask, asked } = together();
  await Promise.all([1, 2].map((n) => ask(UPDATE, [n, "x", 7, n])));
  expect(asked.slice(1).map(({ params }) => params[0])).toEqual([1, 2]);
});

test("the same question is asked once, another one beside it", async () => {
  const { ask, asked } = together();
  await Promise.all(["a", "b", "a", "a"].map((key) => ask("SELECT id FROM note WHERE text = ?", [key])));
  expect(asked.map(({ params }) => params)).toEqual([["a"], ["b"]]);
});

test.each([
  ["what looks at what is there", "INSERT INTO note(n) VALUES (?) ON CONFLICT DO NOTHING"],
  ["what computes", "INSERT INTO note(n) VALUES (1 + ?)"],
  ["what changes rows by more than their id", "UPDATE note SET n = ? WHERE n = n"],
  ["what computes a change", "UPDATE note SET n = n + ? WHERE id = id"],
])("%s is asked one by one", async (_, sql) => {
  const { ask, asked } = together();
  await Promise.all([1, 2, 2].map((n) => ask(sql, [n])));
  expect(asked.map(({ params }) => params)).toEqual([[1], [2], [2]]);
});

test("what comes later is asked later: nobody waits for it", async () => {
  const { ask, asked } = together();
  await ask(INSERT, [1, "a"]);
  await ask(INSERT, [2, "b"]);
  expect(asked.map(({ sql }) => sql)).toEqual([INSERT, INSERT]);
});

/** Over a connection that writes down what it is asked, and has a table `note(n, text)`. */
function together() {
  const asked: { sql: string; params: readonly Param[] }[] = [];
  const answer = (sql: string): object[] => {
    if (sql.includes("pg_attribute")) {
      return [
        { name: "n", type: "bigint" },
        { name: "text", type: "text" },
        { name: "id", type: "bigint" },
      ];
    }
    return [1, 2, 3, 4, 5].map((id) => ({ id }));
  };
  const connection: Connection = {
    isAlive: true,
    address: "",
    async ask(sql, params = []) {
      asked.push({ sql, params });
      return { rows: answer(sql), rowCount: 5, command: "", oid: 0, fields: [] } satisfies QueryResult;
    },
    say: async () => [],
    close: async () => {},
    kill: () => {},
  };
  return { ask: askTogether(connection, new Map()), asked };
}
