import { expect, test } from "vitest";
import * as z from "zod";
import { FRAGMENTS } from "./example.fixture.ts";
import { fragment } from "./fragment.ts";
import { settingsJsonSchema } from "./json-schema.ts";

interface Schema {
  readonly [name: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Every property of every object, however deep, by its path. */
function properties(schema: unknown, path = ""): [string, Schema][] {
  if (schema === null || typeof schema !== "object") return [];
  return Object.entries(schema).flatMap(([name, below]) =>
    name === "properties"
      ? Object.entries(below as Record<string, Schema>).flatMap(([key, property]): [string, Schema][] => [
          [`${path}.${key}`, property],
          ...properties(property, `${path}.${key}`),
        ])
      : properties(below, path),
  );
}

const schema = settingsJsonSchema(FRAGMENTS);

test("every property everywhere has a description", () => {
  const all = properties(schema);
  expect(all.map(([path]) => path)).toContain(".agents.env.file");
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter(([, property]) => typeof property.description !== "string").map(([path]) => path)).toEqual([]);
});

test("it is of draft 2020-12, refuses unknown keys everywhere and requires nothing that has a default", () => {
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
  });
  expect(schema).not.toHaveProperty("required");
  const text = JSON.stringify(schema);
  const objects = text.match(/"properties":/g)?.length;
  expect(text.match(/"additionalProperties":false/g)?.length).toBe(objects);
});

test("what takes any name stays open", () => {
  const loose = settingsJsonSchema([fragment("x", z.looseObject({}).optional().describe("Anything."))]);
  expect(loose).toMatchObject({ properties: { x: { additionalProperties: {} } } });
});
