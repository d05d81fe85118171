/** The settings file of the real rooms, damaged in every way: told with places, or settings that everything else can live with. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readSettings } from "../../src/config/load.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { showSettings } from "../../src/config/show.ts";
import { fragments } from "../../src/settings.ts";
import { looseEnds } from "../../src/task/project/loose-ends.ts";
import { rolesOver } from "../../src/task/project/project-settings.ts";
import { scratch } from "../scratch.ts";

const path = join(scratch("settings")(), "steward.json");

const WHOLE = JSON.stringify(
  {
    host: { name: "here", maxRuns: 2 },
    agents: { shell: { runtime: "command", command: ["sh", "-c", "{prompt}"], env: { A: "b", C: { env: "D" } } } },
    roles: { default: { agent: "shell", wipLimit: 3, attempts: 2 } },
    webhooks: { hook: { url: "https://example.com/x", secret: { env: "S" }, topics: ["task.*"] } },
    compat: { aiwgSocket: "aiwg.sock" },
    limits: { promptBytes: 4096, backoffFirstSeconds: 1 },
  },
  null,
  1,
);

const WITH_COMMENTS = `// Ours.\n${WHOLE.replaceAll("\n", " /* é */\n").replace(/\}$/, ",}")}\n`;

const INSERTS = [
  ..."{}[],:\"'\\/*\n\r 0-.e",
  "\ufeff",
  "\0",
  "\ud800",
  '"__proto__": {"polluted": true},',
  '"constructor": {"prototype": {"polluted": true}},',
  '"toString": 1,',
  '"roles": {},',
  '"agents": {"__proto__": {"runtime": "command", "command": ["x"]}},',
  "1e999",
  "-0",
  `${"9".repeat(400)}`,
  "123456789012345678901234567890",
  "[".repeat(100),
  '{"a":'.repeat(100),
  "// ",
  "/*",
  '"\\u0000"',
  '"\\ud800"',
  "null",
  '{ "env": "__proto__" }',
  '{ "file": "/dev/zero" }',
];

const mutation = fc.tuple(fc.nat(), fc.nat(12), fc.oneof(fc.constantFrom(...INSERTS), fc.string({ maxLength: 3 })));
const damaged = fc
  .tuple(fc.constantFrom(WHOLE, WITH_COMMENTS), fc.array(mutation, { maxLength: 4 }))
  .map(([text, mutations]) => mutations.reduce(damage, text));

function damage(text: string, [at, length, instead]: readonly [number, number, string]): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + instead + text.slice(place + length);
}

/** Every name in the tree may be any name, every value any value. */
const swapped = fc
  .tuple(
    fc.nat(),
    fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "", "x", "a.b"),
    fc.jsonValue({ maxDepth: 3 }),
  )
  .map(([at, name, value]) => {
    const tree = JSON.parse(WHOLE) as Record<string, Record<string, unknown>>;
    const sections = Object.values(tree);
    const section = sections[at % sections.length] as Record<string, unknown>;
    Object.defineProperty(section, name, { value, enumerable: true });
    return JSON.stringify(tree);
  });

test("a damaged file of settings is told of with places inside it, or means settings that can be shown and used", () => {
  fc.assert(
    fc.property(fc.oneof(damaged, swapped), (text) => {
      writeFileSync(path, text);
      const read = readSettings(path, fragments);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      if (read.ok) {
        expect(() => JSON.stringify(showSettings(read.settings))).not.toThrow();
        const { agents, roles, projects } = read.settings;
        const laid = Object.entries(projects).map(([name, { roles: own = {} }]) => [name, rolesOver(own, roles)]);
        const said = { agents: Object.keys(agents), general: roles, ofProjects: Object.fromEntries(laid) };
        const settings = { roles, projects };
        for (const sentence of looseEnds({ ...said, settings, isTold: () => true, roleFiles: "/roles" }))
          expect(sentence).not.toContain("\n");
        expect(Object.values(read.settings.limits).every(Number.isSafeInteger)).toBe(true);
        return;
      }
      expect(read.problems.length).toBeGreaterThan(0);
      const lines = text.split(/\r\n|\r|\n/).length;
      for (const problem of read.problems) {
        expect(problem.line).toBeLessThanOrEqual(lines);
        expect(problem.message).not.toBe("");
        expect(formatProblem(problem).length).toBeLessThan(2_000);
      }
    }),
    { numRuns: 600 },
  );
});

test("what is read without a problem reads the same again", () => {
  fc.assert(
    fc.property(fc.oneof(damaged, swapped), (text) => {
      writeFileSync(path, text);
      const first = readSettings(path, fragments);
      const second = readSettings(path, fragments);
      expect(second).toEqual(first);
    }),
    { numRuns: 60 },
  );
});
