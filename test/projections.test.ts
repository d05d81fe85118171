/** Every operation can be asked for over every transport, and its example is one. */
import { describe, expect, test } from "vitest";
import { toJSONSchema } from "zod";
import { commandLineOf } from "../scripts/docs/command-lines.ts";
import { leadingWords, readArguments } from "../src/cli/argv.ts";
import { liveCatalogue } from "../src/cli/live-catalogue.ts";
import { resolveVerb } from "../src/cli/resolve-verb.ts";
import type { Asked, Door } from "../src/client/door.ts";
import { requestOf } from "../src/client/http-request.ts";
import { OPERATIONS } from "../src/client/operations.generated.ts";
import { stewardOver } from "../src/client/over-door.ts";
import { ALWAYS_POSSIBLE, type Operation } from "../src/core/operation.ts";
import { REFUSALS } from "../src/core/refusal.ts";
import { operations } from "../src/operations.ts";
import { shellWords } from "./shell-words.ts";

const all: readonly Operation[] = operations;
const catalogue = liveCatalogue();

/** Whose verb takes something else than the operation's input, and why. */
const TYPED_OTHERWISE: Readonly<Record<string, string>> = {
  "queue.import": "a person names a file, the operation takes its text",
  "queue.export": "a person names a file, the operation gives its text",
};

interface InputSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

const inputOf = ({ input }: Operation) => toJSONSchema(input, { io: "input" }) as InputSchema;

describe.each(all.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  test("has a name of noun and verb, and says in a sentence what it does", () => {
    expect(name).toMatch(/^[a-z]+(\.[a-z][a-zA-Z]*)?$/);
    expect(operation.summary).toMatch(/^[A-Z].*[.?]$/s);
  });

  test("has an example that its own input takes, and that JSON can carry", () => {
    expect(JSON.parse(JSON.stringify(operation.example))).toEqual(operation.example);
    expect(operation.input.safeParse(operation.example).error).toBeUndefined();
  });

  test("has a route of its own, whose method fits its effect and whose fields are in the input", () => {
    const [method = "", path = "", ...more] = operation.rest.split(" ");
    expect(more).toEqual([]);
    expect(path).toMatch(/^(\/([a-z]+|\{[a-zA-Z]+\}))+$/);
    expect(operation.effect === "read" ? ["GET"] : ["POST", "PUT", "PATCH", "DELETE"]).toContain(method);
    const { required = [] } = inputOf(operation);
    for (const [, field] of path.matchAll(/\{(\w+)\}/g)) expect(required).toContain(field);
    const shape = (rest: string) => rest.replace(/\{\w+\}/g, "{}");
    expect(all.filter(({ rest }) => shape(rest) === shape(operation.rest)).map((other) => other.name)).toEqual([name]);
  });

  test("is typed on the command line, and its example typed is its example", async () => {
    const [program, ...argv] = shellWords(await commandLineOf(operation, catalogue));
    expect(program).toBe("steward");
    const { words, rest } = leadingWords(argv);
    const verb = await resolveVerb(words, catalogue);
    expect(verb).toBeDefined();
    if (!verb || name in TYPED_OTHERWISE) return;
    const { input } = readArguments(name, verb.typed, [...words.slice(verb.words.length), ...rest]);
    expect(operation.input.parse(input)).toEqual(operation.input.parse(operation.example));
  });

  test("has a method in the client that asks for exactly this", async () => {
    const asked: Asked[] = [];
    const door: Door = {
      call: async (question) => void asked.push(question),
      stream(question) {
        asked.push(question);
        return ReadableStream.from<never>([]);
      },
      close: async () => {},
    };
    const steward = stewardOver(door, { timeoutMs: 1_000, retries: 0 }) as unknown as Record<string, unknown>;
    const method = name.split(".").reduce<unknown>((at, word) => (at as Record<string, unknown>)[word], steward);
    const answer = (method as (input: object) => unknown)(operation.example);
    if (operation.kind === "stream") await (answer as AsyncGenerator).next();
    else await answer;
    expect(asked).toMatchObject([{ operation: name, input: operation.example }]);
    expect(asked[0]?.requestId === undefined).toBe(operation.effect === "read");
    expect("stream" in (method as object)).toBe(operation.kind === "call" && operation.stream !== undefined);
  });

  test("is the same over HTTP: path, query or body carry the whole example", () => {
    const { path, body = "{}" } = requestOf({ operation: name, input: operation.example });
    const { pathname, searchParams } = new URL(path, "http://127.0.0.1");
    const fields = [...Object.keys(JSON.parse(body)), ...searchParams.keys(), ...operation.rest.matchAll(/\{(\w+)\}/g)];
    expect(fields.map((field) => (typeof field === "string" ? field : field[1])).sort()).toEqual(
      Object.keys(operation.example).sort(),
    );
    expect(pathname).not.toContain("{");
  });

  test("says what it refuses with, each from the catalogue and none that any may refuse with", () => {
    for (const code of operation.refuses) {
      expect(Object.keys(REFUSALS)).toContain(code);
      expect(ALWAYS_POSSIBLE).not.toContain(code);
    }
    expect(new Set(operation.refuses).size).toBe(operation.refuses.length);
  });

  test("has shapes that JSON Schema can say, and a stream goes on from a field of its input", () => {
    if (operation.kind === "call") expect(() => toJSONSchema(operation.output)).not.toThrow();
    if (!operation.stream) return;
    expect(() => toJSONSchema(operation.stream?.item)).not.toThrow();
    expect(Object.keys(inputOf(operation).properties ?? {})).toContain(operation.stream.resume.field);
  });
});

test("no name is used twice, and the client knows them all and no other", () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual(all.map(({ name }) => name).sort());
});
