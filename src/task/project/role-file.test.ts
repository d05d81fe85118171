import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { formatProblem } from "../../config/problem.ts";
import { parseRoleFile } from "./role-file.ts";
import { findRoleFiles, MAX_ROLE_FILE_BYTES, parseRoleFiles, readRoleFiles } from "./role-files.ts";

const parse = (...lines: string[]) => {
  const read = parseRoleFile(lines.join("\n"), "builder.md");
  return "role" in read ? read.role : read.problems.map(formatProblem);
};

describe("a role file", () => {
  test("has the fields of a role in front, and what its agent is told below", () => {
    const role = parse(
      "---",
      "agent: claude # the good one",
      "wipLimit: 2",
      "gates:",
      "  - npm test",
      "  - name: lint",
      "    command: [npx, biome, check]",
      "next: { completed: tester }",
      "---",
      "",
      "# You build.",
      "",
      "Small steps.",
      "",
    );
    expect(role).toEqual({
      agent: "claude",
      wipLimit: 2,
      gates: [
        { name: "npm-test", command: "npm test" },
        { name: "lint", command: ["npx", "biome", "check"] },
      ],
      next: { completed: "tester" },
      instructions: "# You build.\n\nSmall steps.",
    });
  });

  test("may be all front matter, all text, or nothing, on lines of any kind", () => {
    expect(parse("---", "wipLimit: 2", "---")).toEqual({ wipLimit: 2 });
    expect(parse("You build.", "---", "Slowly.")).toEqual({ instructions: "You build.\n---\nSlowly." });
    expect(parse("---", "---", "")).toEqual({});
    expect(parse("")).toEqual({});
    expect(parse("---\r\nwipLimit: 2\r\n---\r\nBuild.\r\n")).toEqual({ wipLimit: 2, instructions: "Build." });
  });

  test.each<[string, string[], string]>([
    [
      "an unknown name",
      ["---", "agent: a", "wipLimt: 2", "---"],
      'builder.md:3:1 wipLimt: unknown key; did you mean "wipLimit"?',
    ],
    ["a wrong value", ["---", "wipLimit: two", "---"], "builder.md:2:11 wipLimit: expected a number, found a string"],
    ["a wrong value deep inside", ["---", "next:", "  completed: 'a b'", "---"], "builder.md:3:14 next.completed:"],
    ["a name twice", ["---", "agent: a", "agent: b", "---"], "builder.md:3:1 agent: this name is written twice"],
    ["a tag", ["---", "agent: !!js/function 'x'", "---"], "builder.md:2:8 this is not YAML that is understood here"],
    ["a list", ["---", "- a", "---"], "builder.md:2:1 expected an object"],
    ["no end", ["---", "agent: a"], "builder.md:1:1 the front matter is never closed"],
    ["broken YAML", ["---", "agent: [a", "---"], "builder.md:2:"],
    ["instructions in front", ["---", "instructions: x", "---"], "builder.md:2:1 instructions: unknown key"],
    ["a NUL byte", ["a\0b"], "builder.md: has a NUL byte"],
    [
      "what an agent has",
      ["---", "permissions: yolo", "env: { A: b }", "---"],
      "builder.md:2:1 permissions: unknown key",
    ],
    ["a circle of aliases", ["---", "a: &a [*a]", "---"], "builder.md:2:7 nested deeper"],
    [
      "a time without an end",
      ["---", "timeoutSeconds: .inf", "---"],
      "builder.md:2:17 timeoutSeconds: expected a number",
    ],
    ["no number", ["---", "maxLoops: .nan", "---"], "builder.md:2:11 maxLoops:"],
    ["less than nothing", ["---", "maxLoops: -1", "---"], "builder.md:2:11 maxLoops:"],
    ["a number of a thousand digits", ["---", `wipLimit: ${"9".repeat(1_000)}`, "---"], "builder.md:2:11 wipLimit:"],
    [
      "a gate without an end",
      ["---", "gates:", "  - { name: t, command: x, timeoutSeconds: 1e300 }", "---"],
      "builder.md:3:44 gates[0].timeoutSeconds:",
    ],
    ["a name that leads out", ["---", "next: { completed: ../../tester }", "---"], "builder.md:2:20 next.completed:"],
    ["a NUL byte in front", ["---", "agent: a\0b", "---"], "builder.md: has a NUL byte"],
    ["a NUL byte that is written out", ["---", 'gates: ["a\\0b"]', "---"], "builder.md:2:9 gates[0]"],
    ["half a character", ["---", 'gates: ["a\\ud800b"]', "---"], "builder.md:2:"],
    ["a merge of an alias", ["---", "x: &x { agent: a }", "<<: *x", "---"], "builder.md:2:1 x: unknown key"],
    ["a prototype", ["---", "__proto__: { agent: x }", "---"], "builder.md:2:1 __proto__: this name is reserved"],
    ["deep brackets", ["---", `a: ${"[".repeat(5_000)}`, "---"], "builder.md:2:69 nested deeper"],
    ["deep lists", ["---", `${"- ".repeat(5_000)}a`, "---"], "builder.md:2:132 nested deeper"],
  ])("with %s is told with its line", (_, lines, told) => {
    const problems = parse(...lines);
    expect(Array.isArray(problems) ? problems[0] : "no problem").toContain(told);
  });

  test("of which aliases would make a bomb is refused at once", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefghi".split("").map((n, at) => `${n}: &${n} [${`*${"abcdefgh"[at]},`.repeat(9)}]`),
    ];
    expect(parse("---", ...bomb, "---")).toEqual([expect.stringContaining("stands for more than")]);
  });
});

describe("a directory of role files", () => {
  const aDirectory = () => {
    const path = mkdtempSync(join(tmpdir(), "steward-roles-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };

  test("that is not there has none", async () => {
    expect(await readRoleFiles(join(aDirectory(), "roles"))).toMatchObject({
      roles: {},
      problems: [],
      isComplete: true,
    });
  });

  test("gives every good role, whatever else lies there, and tells of each that is none", async () => {
    const at = aDirectory();
    writeFileSync(join(at, "builder.md"), "Build.");
    for (const other of ["notes.txt", ".hidden.md", "builder.md~", "a b.md"]) writeFileSync(join(at, other), "\xff");
    writeFileSync(join(at, "binary.md"), Buffer.from([0x66, 0xff, 0xfe, 0x00]));
    writeFileSync(join(at, "huge.md"), "x".repeat(MAX_ROLE_FILE_BYTES + 1));
    mkdirSync(join(at, "directory.md"));
    symlinkSync("/etc/passwd", join(at, "link.md"));
    execFileSync("mkfifo", [join(at, "pipe.md")]);
    const read = await readRoleFiles(at);
    expect(read.roles).toEqual({ builder: { instructions: "Build." } });
    expect([...read.broken]).toEqual(["binary", "directory", "huge", "link", "pipe"]);
    expect(read.problems.map((problem) => formatProblem(problem).replace(at, ""))).toEqual([
      expect.stringContaining("/binary.md:1:2 this byte is not UTF-8"),
      "/directory.md: is a directory",
      `/huge.md: is larger than ${MAX_ROLE_FILE_BYTES} bytes`,
      "/link.md: is a symbolic link",
      "/pipe.md: is not a regular file",
    ]);
  });

  test("is read up to a mebibyte, and what lies beyond is named", async () => {
    const at = aDirectory();
    const names = Array.from({ length: 17 }, (_, n) => String.fromCharCode(97 + n));
    for (const name of names) writeFileSync(join(at, `${name}.md`), "x".repeat(MAX_ROLE_FILE_BYTES));
    writeFileSync(join(at, "z.md"), "Small.");
    const read = await readRoleFiles(at);
    expect(read.problems.map((problem) => formatProblem(problem).replace(at, ""))).toEqual([
      "/q.md: is not read: with the files before it, it is more than 1048576 bytes",
      "/z.md: is not read: with the files before it, it is more than 1048576 bytes",
    ]);
    expect(Object.keys(read.roles)).toEqual(names.slice(0, 16));
  });

  test("lets everything else go on between one file and the next", async () => {
    const at = aDirectory();
    for (let n = 0; n < 20; n++) writeFileSync(join(at, `r${n}.md`), "Build.");
    const found = await findRoleFiles(at);
    let [turns, isOver] = [0, false];
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await parseRoleFiles(found);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(19);
  });

  test("that cannot be listed says so, and nothing is taken for gone", async () => {
    const at = join(aDirectory(), "file");
    writeFileSync(at, "");
    expect(await readRoleFiles(at)).toMatchObject({
      roles: {},
      isComplete: false,
      problems: [{ message: "cannot be read (ENOTDIR)" }],
    });
  });

  test("of too many says so", async () => {
    const at = aDirectory();
    for (let n = 0; n < 201; n++) writeFileSync(join(at, `r${n}.md`), "");
    expect(await readRoleFiles(at)).toMatchObject({
      isComplete: false,
      problems: [{ message: "has more than 200 role files" }],
    });
  });
});
