import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scratch } from "../../../test/scratch.ts";
import { parseRoleFile } from "../../task/project/role-file.ts";
import { endlessStages, type Role } from "../../task/role.ts";
import { gatesHere } from "./gates-here.ts";
import { PRESETS, type PresetName, presetNamed, presetRoles } from "./preset.ts";
import { writeRoles } from "./write-roles.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const aDirectory = scratch("preset");
const VALUES = { agent: "claude", other: "codex", gates: ["npm test"], into: "steward/next" };

function rolesOf(name: PresetName, values = VALUES): Record<string, Role> {
  const read = presetRoles(ROOT, name, values).map(({ role, text }) => [role, parseRoleFile(text, role)] as const);
  return Object.fromEntries(read.map(([role, file]) => [role, "role" in file ? file.role : ({} as Role)]));
}

describe.each(PRESETS)("the preset %s", (name) => {
  test("has roles that know each other, end, and tell their agents what to do", () => {
    const roles = rolesOf(name);
    for (const { agent, instructions, next = {} } of Object.values(roles)) {
      expect(["claude", "codex"]).toContain(agent);
      expect(instructions?.length).toBeGreaterThan(100);
      for (const to of Object.values(next)) if (to !== null) expect(Object.keys(roles)).toContain(to);
    }
    expect(endlessStages(roles)).toBeUndefined();
  });

  test("is written as it is meant, whatever its commands look like", () => {
    const gates = ['echo "a: b" # c', "- x", "make\ttest", "&a *b !c", "---"];
    const told = Object.values(rolesOf(name, { ...VALUES, gates })).flatMap((role) => role.gates ?? []);
    for (const gate of gates) expect(told.map(({ command }) => command)).toContain(gate);
  });

  test("has no gates where there are none", () => {
    for (const { gates } of Object.values(rolesOf(name, { ...VALUES, gates: [] }))) expect(gates).toBeUndefined();
  });
});

test("oodatcaa has the limits of the queues that it is for, and only its last role integrates", () => {
  const roles = rolesOf("oodatcaa");
  const limits = Object.fromEntries(Object.entries(roles).map(([role, { wipLimit }]) => [role, wipLimit]));
  expect(limits).toEqual({ planner: 1, builder: 3, tester: 2, refiner: 1, integrator: 1 });
  const integrating = Object.entries(roles).filter(([, { integration }]) => integration);
  expect(integrating.map(([role, { integration }]) => [role, integration?.into])).toEqual([
    ["integrator", "steward/next"],
  ]);
});

test("what there is is named where something else is asked for", () => {
  expect(presetNamed("review")).toBe("review");
  expect(() => presetNamed("../plain")).toThrow(/no preset/);
});

describe("roles are written", () => {
  const roles = [
    { role: "a", text: "one" },
    { role: "b", text: "two" },
  ];

  test("once; what is there as it would be stays", () => {
    const directory = join(aDirectory(), "roles");
    expect(writeRoles(directory, roles).written).toEqual([join(directory, "a.md"), join(directory, "b.md")]);
    expect(writeRoles(directory, roles)).toEqual({ written: [], kept: [], aside: [] });
    expect(readdirSync(directory).sort()).toEqual(["a.md", "b.md"]);
  });

  test("all or none, and never over what somebody else has written", () => {
    const directory = aDirectory();
    writeFileSync(join(directory, "b.md"), "mine");
    expect(() => writeRoles(directory, roles)).toThrow(/is there already/);
    expect(readdirSync(directory)).toEqual(["b.md"]);
    expect(readFileSync(join(directory, "b.md"), "utf8")).toBe("mine");
  });

  test("beside what somebody has written, or in its place, when they say so; the old ones stay", () => {
    const directory = aDirectory();
    const at = (name: string) => join(directory, name);
    writeFileSync(at("b.md"), "mine");
    expect(writeRoles(directory, roles, "keep")).toEqual({ written: [at("a.md")], kept: [at("b.md")], aside: [] });
    expect(readFileSync(at("b.md"), "utf8")).toBe("mine");
    for (const number of [1, 2]) {
      writeFileSync(at("b.md"), `mine ${number}`);
      expect(writeRoles(directory, roles, "replace")).toEqual({
        written: [at("b.md")],
        kept: [],
        aside: [at(`b.md.~${number}~`)],
      });
      expect(readFileSync(at("b.md"), "utf8")).toBe("two");
      expect(readFileSync(at(`b.md.~${number}~`), "utf8")).toBe(`mine ${number}`);
    }
  });

  test("in the place of none, when one of them cannot be written", () => {
    const directory = aDirectory();
    writeFileSync(join(directory, "a.md"), "mine");
    mkdirSync(join(directory, `b.md.${process.pid}.new`));
    expect(() => writeRoles(directory, roles, "replace")).toThrow(/EEXIST|EISDIR/);
    expect(readFileSync(join(directory, "a.md"), "utf8")).toBe("mine");
    expect(readdirSync(directory).sort()).toEqual(["a.md", `b.md.${process.pid}.new`]);
  });

  test("not through a link into somewhere else", () => {
    const [directory, elsewhere] = [aDirectory(), aDirectory()];
    symlinkSync(join(elsewhere, "new"), join(directory, "b.md"));
    expect(() => writeRoles(directory, roles)).toThrow(/is there already/);
    expect([readdirSync(directory), readdirSync(elsewhere)]).toEqual([["b.md"], []]);
  });
});

describe("a directory's own check is", () => {
  test.each<[string, Record<string, string>, readonly string[]]>([
    ["its scripts", { "package.json": '{"scripts":{"test":"vitest","lint":"biome"}}' }, ["npm run lint", "npm test"]],
    ["not what npm puts there", { "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\""}}' }, []],
    ["a target", { Makefile: "all:\n\ttrue\ncheck: all\n" }, ["make check"]],
    ["the next that tells", { "package.json": "{", Makefile: "test:\n" }, ["make test"]],
    ["what its language has", { "Cargo.toml": "" }, ["cargo test"]],
    ["pytest where it is named", { "pyproject.toml": "[tool.pytest]" }, ["pytest -q"]],
    ["nothing", {}, []],
  ])("%s", (_, files, gates) => {
    const directory = aDirectory();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    expect(gatesHere(directory).gates).toEqual(gates);
  });

  test("nothing where something odd has its name", () => {
    const directory = aDirectory();
    mkdirSync(join(directory, "package.json"));
    expect(gatesHere(directory).gates).toEqual([]);
  });
});
