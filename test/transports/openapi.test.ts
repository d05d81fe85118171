import { expect, test } from "vitest";
import { REFUSALS } from "../../src/core/refusal.ts";
import { operations as registry } from "../../src/operations.ts";
import { openApi, openApiText, refusalsOf } from "../../src/transports/rest/openapi.ts";
import { anApp, fakes } from "../../src/transports/rest/rest.testing.ts";
import { routesOf } from "../../src/transports/rest/routes.ts";

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { properties: object } }>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: object }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: object };
}

const document = JSON.parse(openApiText(registry, "1.2.3")) as Document;
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("every operation has exactly one method and path, and nothing else has one", () => {
  expect(document.openapi).toBe("3.1.0");
  const names = described.map(({ operation }) => operation.operationId).sort();
  expect(names).toEqual([...registry.map(({ name }) => name), "healthz"].sort());
  const places = registry.map(({ rest }) => rest.replaceAll(/\{\w+\}/g, "{}"));
  expect(new Set(places).size).toBe(places.length);
});

test("every reference leads somewhere", () => {
  const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? [];
  expect(references.length).toBeGreaterThan(registry.length);
  for (const reference of new Set(references)) {
    const name = /^"\$ref":"#\/components\/schemas\/([^"]+)"$/.exec(reference)?.[1];
    expect([reference, name !== undefined && Object.hasOwn(document.components.schemas, name)]).toEqual([
      reference,
      true,
    ]);
  }
});

test("every name in a path is declared and needed; every field is in exactly one place", () => {
  for (const { operation, method, path, params } of routesOf(registry)) {
    const found = document.paths[`/api/v1${path}`]?.[method.toLowerCase()];
    const inPath = found?.parameters?.filter((parameter) => parameter.in === "path") ?? [];
    expect([operation.name, inPath.map(({ name }) => name).sort()]).toEqual([operation.name, [...params].sort()]);
    expect(inPath.every(({ required }) => required)).toBe(true);
    const fields = (found?.parameters ?? []).filter((one) => one.in !== "header").map(({ name }) => name);
    const body = Object.keys(found?.requestBody?.content["application/json"]?.schema.properties ?? {});
    const inInput = Object.keys((operation.input as { shape?: object }).shape ?? {});
    expect([operation.name, [...fields, ...body].sort()]).toEqual([operation.name, inInput.sort()]);
  }
});

test("every refusal that an operation may give is told with its status", () => {
  for (const operation of registry) {
    const found = described.find((one) => one.operation.operationId === operation.name)?.operation;
    for (const code of refusalsOf(operation)) {
      expect([operation.name, code, found?.responses[REFUSALS[code].http]?.description]).toEqual([
        operation.name,
        code,
        expect.stringContaining(`\`${code}\``),
      ]);
    }
  }
});

test("a stream says so, and what its items are", () => {
  const watch = document.paths["/api/v1/events/stream"]?.get;
  const content = watch?.responses["200"]?.content as Record<string, { "x-item": { type: string } }>;
  expect(Object.keys(content)).toEqual(["text/event-stream"]);
  expect(content["text/event-stream"]?.["x-item"]).toMatchObject({ type: "object" });
  const output = document.paths["/api/v1/runs/{runId}/output"]?.get?.responses["200"]?.content ?? {};
  expect(Object.keys(output)).toEqual(["application/json", "text/event-stream"]);
});

test("it is served as it is made, to those who are known", async () => {
  const { ask, operations } = anApp();
  const answer = await ask("/openapi.json");
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(openApi(operations, "1.2.3"))));
});

test("the document of one registry is not given for another", () => {
  const { operations } = fakes();
  expect(openApiText(operations, "1")).not.toBe(openApiText(registry, "1"));
  expect(openApiText(registry, "1")).not.toBe(openApiText(registry, "2"));
});
