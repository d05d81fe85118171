/** Names in roles that lead nowhere: what is told of them, once each, and with the file that says so. */
import { describe, expect, test } from "vitest";
import type { Role } from "../role.ts";
import { looseEnds, type Said } from "./loose-ends.ts";
import { rolesOver } from "./project-settings.ts";

type Roles = Record<string, Role>;

interface Files {
  readonly settings?: Roles;
  readonly files?: Roles;
  /** Of the project web: in the settings, and in its own files, which are trusted. */
  readonly web?: Roles;
  readonly own?: Roles;
}

function told({ settings = {}, files = {}, web, own = {} }: Files, more: Partial<Said> = {}): string[] {
  const general = rolesOver(settings, files);
  const laid = rolesOver(rolesOver(web ?? {}, own), general);
  return looseEnds({
    agents: ["claude", "codex"],
    general,
    ofProjects: web ? { web: laid } : {},
    isTold: () => true,
    settings: { roles: settings, projects: web ? { web: { directory: "/srv/web", roles: web } } : {} },
    roleFiles: "/home/roles",
    ...more,
  });
}

const handsTo = (completed: string): Role => ({ agent: "claude", next: { completed } });
const END: Role = { agent: "codex" };

describe("what is told", () => {
  const cases: readonly [string, Files, string[]][] = [
    ["nothing where all is there", { settings: { a: handsTo("b") }, files: { b: END }, web: { b: {} } }, []],
    [
      "a next of the settings",
      { settings: { a: handsTo("tset") }, files: { test: END } },
      ['roles.a.next.completed: there is no role "tset"; did you mean "test"?'],
    ],
    [
      "a next of a role file",
      { files: { a: { agent: "claude", next: { failed: "x", subtasks: null } } } },
      ['/home/roles/a.md: next.failed: there is no role "x".'],
    ],
    [
      "a next that nobody fills",
      { settings: { a: handsTo("b"), b: { wipLimit: 1 } } },
      ['roles.a.next.completed: no agent fills the role "b": tasks that come to it wait; give it an agent.'],
    ],
    [
      "an agent of a role file",
      { files: { a: { agent: "cluade" } } },
      ['/home/roles/a.md: agent: there is no agent "cluade"; did you mean "claude"?'],
    ],
    [
      "an agent that the settings lay over a role file",
      { settings: { a: { agent: "x" } }, files: { a: END } },
      ['roles.a.agent: there is no agent "x".'],
    ],
    [
      "what a project says in the settings",
      { settings: { a: END }, web: { a: { agent: "x", next: { failed: "y" } } } },
      ['projects.web.roles.a.agent: there is no agent "x".', 'projects.web.roles.a.next.failed: there is no role "y".'],
    ],
    [
      "what its own files say",
      { settings: { a: END }, web: {}, own: { a: { next: { completed: "y" } } } },
      ['/srv/web/.steward: roles.a.next.completed: there is no role "y".'],
    ],
    [
      "what all projects have from all, once",
      { settings: { a: { agent: "x" } }, web: { b: END } },
      ['roles.a.agent: there is no agent "x".'],
    ],
    [
      "nothing of a next that only a project can follow, for that one",
      { settings: { a: END }, web: { a: handsTo("b"), b: END } },
      [],
    ],
    [
      "a circle over files",
      { settings: { a: handsTo("b") }, files: { b: handsTo("a") } },
      [
        "roles.a.next, /home/roles/b.md: next: a task that always goes well would never end: a → b → a; let one of them have no next.completed.",
      ],
    ],
    [
      "a circle that only a project closes",
      { settings: { a: handsTo("b"), b: END }, web: { b: handsTo("a") } },
      [
        "roles.a.next, projects.web.roles.b.next: a task that always goes well would never end: a → b → a; let one of them have no next.completed.",
      ],
    ],
    [
      "a circle that its own files close",
      { settings: { a: handsTo("b"), b: END }, web: {}, own: { b: handsTo("a") } },
      [
        "roles.a.next, /srv/web/.steward: roles.b.next: a task that always goes well would never end: a → b → a; let one of them have no next.completed.",
      ],
    ],
  ];
  test.each(cases)("%s", (_, files, sentences) => {
    expect(told(files)).toEqual(sentences);
  });
});

test("of a role whose file is broken nobody says that it is not there", () => {
  expect(told({ settings: { a: handsTo("b") } }, { isTold: (role) => role !== "b" })).toEqual([]);
});

test("names that every object knows are no roles and no agents", () => {
  expect(told({ settings: { a: { agent: "toString", next: { completed: "constructor" } } } })).toEqual([
    'roles.a.agent: there is no agent "toString".',
    'roles.a.next.completed: there is no role "constructor".',
  ]);
});

test("however many there are, a hundred are told", () => {
  const settings = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`r${at}`, handsTo(`nobody-${at}`)]));
  const all = told({ settings });
  expect(all).toHaveLength(101);
  expect(all.at(-1)).toBe("There are 50 more names of roles that lead nowhere.");
});
