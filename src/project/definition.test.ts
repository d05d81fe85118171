import { describe, expect, test } from "vitest";
import { type DefinitionRow, merge } from "./definition.ts";

const row = (rest: Partial<Omit<DefinitionRow, "body">> & { body: object | null }): DefinitionRow => ({
  kind: "role",
  name: "builder",
  source: "settings",
  version: 1,
  ...rest,
  body: rest.body && JSON.stringify(rest.body),
});

describe("one definition of several sources", () => {
  test("has the fields of both, and the settings' where they meet, whatever the order of the rows", () => {
    const rows = [
      row({ source: "settings", version: 2, body: { agent: "shell", wipLimit: 1 } }),
      row({ source: "queue", version: 1, body: { wipLimit: 5, attempts: 4 } }),
    ];
    const merged = [{ kind: "role", name: "builder", version: 2, body: { agent: "shell", wipLimit: 1, attempts: 4 } }];
    expect(merge(rows)).toEqual(merged);
    expect(merge(rows.toReversed())).toEqual(merged);
  });

  test("is what the other source says when one has taken its own back, and keeps the higher version", () => {
    const rows = [
      row({ source: "settings", version: 3, body: null }),
      row({ source: "queue", version: 1, body: { wipLimit: 5 } }),
    ];
    expect(merge(rows)).toEqual([{ kind: "role", name: "builder", version: 3, body: { wipLimit: 5 } }]);
  });

  test("is gone when all have taken it back", () => {
    expect(merge([row({ version: 2, body: null })])).toEqual([]);
  });

  test("is another one for another kind or name", () => {
    const rows = [row({ body: {} }), row({ kind: "agent", body: {} }), row({ name: "tester", body: {} })];
    expect(merge(rows).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "role builder",
      "agent builder",
      "role tester",
    ]);
  });
});
