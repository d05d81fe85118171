import { describe, expect, test } from "vitest";
import { Gates, gateCommand, stepsOf } from "./gate.ts";
import { endlessStages, Role } from "./role.ts";

describe("gates", () => {
  test("that are only commands are called after their first words, each differently", () => {
    const names = Gates.parse(["npm run lint", "npm run lint --fix", "make", "'", "npm test", "integrate"]).map(
      ({ name }) => name,
    );
    expect(names).toEqual(["npm-run-lint", "npm-run-lint-2", "make", "gate", "npm-test", "integrate-2"]);
  });

  test("keep the names that they are given, which others then go around", () => {
    const names = Gates.parse(["make", { name: "make", command: ["make", "all"] }]).map(({ name }) => name);
    expect(names).toEqual(["make-2", "make"]);
  });

  test.each([
    [
      "two of one name",
      [
        { name: "a", command: "x" },
        { name: "a", command: "y" },
      ],
      /two gates are called a/,
    ],
    ["the name of a step of Steward's", [{ name: "integrate", command: "x" }], /integrate.* is taken/],
    ["a name with a path in it", [{ name: "../a", command: "x" }], /letters/],
    ["nothing to run", [{ name: "a", command: [] }], /./],
    ["a NUL", ["a\0b"], /NUL/],
    ["more than twenty", Array.from({ length: 21 }, (_, n) => `a${n}`), /20/],
  ])("refuse %s", (_, gates, why) => {
    const { success, error } = Gates.safeParse(gates);
    expect(success).toBe(false);
    expect(JSON.stringify(error?.issues)).toMatch(why);
  });

  test("are read by sh where they are a text, and by nobody where they are a list", () => {
    expect(gateCommand({ command: "a && b" })).toEqual(["/bin/sh", "-c", "a && b"]);
    expect(gateCommand({ command: ["a", "&&", "b"] })).toEqual(["a", "&&", "b"]);
  });

  test("are what a stage ends by, and after them what becomes of its branch", () => {
    const role = (integration?: object) => Role.parse({ gates: ["make"], ...(integration && { integration }) });
    const names = (integration?: object) => stepsOf(role(integration)).map(({ name }) => name);
    expect(names()).toEqual(["make"]);
    expect(names({ into: "next" })).toEqual(["make", "integrate"]);
    expect(names({ into: "next", policy: "leave" })).toEqual(["make"]);
    expect(stepsOf(undefined)).toEqual([]);
  });

  test.each(["-x", "a b", "a..b~", "a:b", "a\\b"])("no branch is called %j", (into) => {
    expect(Role.safeParse({ integration: { into } }).success).toBe(false);
  });
});

describe("roles that hand a task on when all goes well", () => {
  const roles = (next: Readonly<Record<string, string | undefined>>) =>
    Object.fromEntries(Object.entries(next).map(([name, completed]) => [name, Role.parse({ next: { completed } })]));

  test.each([
    ["in a line", { a: "b", b: "c", c: undefined }, undefined],
    ["to one that is not there", { a: "z" }, undefined],
    ["to themselves", { a: "a" }, ["a", "a"]],
    ["in a circle behind the first", { a: "b", b: "c", c: "b" }, ["b", "c", "b"]],
  ])("%s", (_, next, circle) => {
    expect(endlessStages(roles(next))).toEqual(circle);
  });
});
