import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Actor } from "./actor.ts";
import { type LogFacts, silentLog } from "./log.ts";
import { Bug, type Call, createCall, operation, UnknownOperation } from "./operation.ts";
import { refuse } from "./refusal.ts";

const ada: Actor = { kind: "person", name: "ada", scope: "operate" };

interface Shelf {
  readonly books: string[];
}

const add = operation({
  name: "book.add",
  summary: "Put a book on the shelf.",
  effect: "write",
  scope: "operate",
  rest: "POST /books",
  input: z.strictObject({ title: z.string().min(1), copies: z.int().default(1) }),
  output: z.object({ books: z.array(z.string()), by: z.string() }),
  refuses: ["conflict"],
  example: { title: "Emma" },
  handle: ({ books, actor }: Shelf & Call, { title, copies }) => {
    if (title === "twice") refuse("conflict", "It is there already.");
    if (title === "boom") throw new TypeError("undefined is not a function");
    if (title === "lies") return { books: "not a list" as unknown as string[], by: "" };
    for (let n = 0; n < copies; n++) books.push(title);
    return { books, by: actor.name };
  },
});

const burn = operation({ ...add, name: "book.burn", effect: "destroy", scope: "admin" });

const peek = operation({
  name: "book.peek",
  summary: "Is the caller still there?",
  effect: "read",
  scope: "read",
  rest: "GET /books/peek",
  input: z.strictObject({}),
  output: z.object({ aborted: z.boolean() }),
  refuses: [],
  example: {},
  handle: async ({ signal }: Call) => ({ aborted: signal.aborted }),
});

function aShelf() {
  const books: string[] = [];
  const logged: { message: string; facts: LogFacts | undefined }[] = [];
  const log = { ...silentLog, error: (message: string, facts?: LogFacts) => void logged.push({ message, facts }) };
  return { books, logged, call: createCall([add, burn, peek], { books }, log) };
}

describe("a call", () => {
  test("is given its input with the defaults, its context and who asks", async () => {
    const { call } = aShelf();
    expect(await call("book.add", { title: "Emma" }, ada)).toEqual({ books: ["Emma"], by: "ada" });
    expect(await call("book.add", { title: "Ulysses", copies: 2 }, ada)).toMatchObject({
      books: ["Emma", "Ulysses", "Ulysses"],
    });
  });

  test.each([
    ["a missing field", {}, "title"],
    ["no input at all", undefined, "title"],
    ["null", null, "title"],
    ["a wrong type", { title: 7 }, "title"],
    ["a field that does not exist", { title: "x", colour: "red" }, "colour"],
    ["something that is no object", "x", "(input)"],
    ["a list", [], "(input)"],
  ])("with %s is refused as invalid_input, and the field is named", async (_, input, field) => {
    const { call, books } = aShelf();
    await expect(call("book.add", input, ada)).rejects.toMatchObject({
      code: "invalid_input",
      data: { fields: expect.arrayContaining([expect.objectContaining({ field })]) },
    });
    expect(books).toEqual([]);
  });

  test("tells all that is wrong at once", async () => {
    const refused = aShelf().call("book.add", { title: "", copies: "many" }, ada);
    await expect(refused).rejects.toThrow(/title: .*; copies: /);
  });

  test.each([
    ["read", "book.add"],
    ["operate", "book.burn"],
  ] as const)("by somebody who may only %s is denied by %s", async (scope, name) => {
    const { call, books } = aShelf();
    await expect(call(name, { title: "Emma" }, { ...ada, scope })).rejects.toMatchObject({ code: "denied" });
    expect(books).toEqual([]);
  });

  test("by somebody who may do more is served", async () => {
    const admin: Actor = { ...ada, scope: "admin" };
    await expect(aShelf().call("book.burn", { title: "Emma" }, admin)).resolves.toBeDefined();
    await expect(aShelf().call("book.peek", undefined, admin)).resolves.toEqual({ aborted: false });
  });

  test.each(["book.lose", "constructor", "__proto__", ""])("of %j, which does not exist, says so", async (name) => {
    await expect(aShelf().call(name, {}, ada)).rejects.toThrow(UnknownOperation);
  });

  test("hears that its caller is gone", async () => {
    const gone = AbortSignal.abort();
    expect(await aShelf().call("book.peek", {}, ada, { signal: gone })).toEqual({ aborted: true });
  });
});

describe("three kinds of no", () => {
  test("a refusal comes as it is, and nothing is logged", async () => {
    const { call, logged } = aShelf();
    await expect(call("book.add", { title: "twice" }, ada)).rejects.toMatchObject({
      code: "conflict",
      message: "It is there already.",
    });
    expect(logged).toEqual([]);
  });

  test.each([
    "boom",
    "lies",
  ])("a bug (%s) is an id outside, and the whole error in the log under that id", async (title) => {
    const { call, logged } = aShelf();
    const bug = await call("book.add", { title }, ada).catch((error: unknown) => error as Bug);
    expect(bug).toBeInstanceOf(Bug);
    const { id, message } = bug as Bug;
    expect(message).toContain(id);
    expect(message).not.toContain("function");
    expect(logged).toEqual([
      { message: expect.any(String), facts: { operation: "book.add", bug: id, error: expect.any(Error) } },
    ]);
  });
});
