import { describe, expect, test } from "vitest";
import { toJSONSchema } from "zod";
import { operations } from "../../src/operations.ts";
import { plainSchema } from "../../src/transports/mcp/plain-schema.ts";
import { toolsOf } from "../../src/transports/mcp/tools.ts";

const tools = toolsOf(operations);

describe("the registry as tools", () => {
  test("has an operation as a tool exactly when it is marked as one", () => {
    const marked = operations.filter((operation) => "tool" in operation && operation.tool).map(({ name }) => name);
    expect(tools.map(({ operation }) => operation)).toEqual(marked);
    expect(marked).toContain("task.wait");
  });

  test("offers nothing that needs the scope of an administrator", () => {
    expect(tools.filter(({ scope }) => scope === "admin")).toEqual([]);
  });

  test.each(tools)("$name can be called so by every client", ({ name, description, title }) => {
    expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(description.length).toBeGreaterThan(10);
    expect(title).not.toBe("");
  });

  test("has no two tools of one name", () => {
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });

  test.each(tools)("$name has schemas of objects without references", ({ inputSchema, outputSchema }) => {
    for (const schema of [inputSchema, outputSchema]) {
      expect(schema.type).toBe("object");
      expect(JSON.stringify(schema)).not.toMatch(/\$ref|\$defs|\$schema|9007199254740991/);
    }
    expect(inputSchema.additionalProperties).toBe(false);
  });

  test("says why a tool may refuse", () => {
    expect(tools.find(({ name }) => name === "task_submit")?.description).toMatch(
      /^Queue a task\. May refuse: .*queue_full/,
    );
  });
});

test("a plain schema keeps every limit that says something", () => {
  const operation = operations.find(({ name }) => name === "task.wait");
  const plain = plainSchema(toJSONSchema(operation?.input as never, { io: "input" }));
  expect(plain).toMatchObject({
    properties: { waitMs: { type: "integer", minimum: 0, maximum: 60_000, default: 30_000 } },
    required: ["taskId"],
  });
});
