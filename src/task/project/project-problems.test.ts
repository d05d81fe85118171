/** The look at the projects' own files when one of them does not answer: the status waits for a while, and only one look for ever. */
import { expect, test } from "vitest";
import { testClock } from "../../../test/clock.ts";
import { eventually } from "../../../test/lifecycle/eventually.ts";
import type { ProjectRow } from "../../project/project.store.ts";
import type { Reader } from "../../store/store.ts";
import type { ProjectContent } from "./project-file.ts";
import { createProjectProblems } from "./project-problems.ts";

const NEW: ProjectContent = { digest: "d", roles: {}, setup: undefined, problems: [] };

function aHost() {
  const clock = testClock();
  const asked: string[] = [];
  const waiting = new Map<string, (content: ProjectContent) => void>();
  const slow = new Set<string>();
  const rows = ["api", "web", "zoo"].map((key, at) => ({ id: at + 2, key, trusted_digest: null }) as ProjectRow);
  const problems = createProjectProblems({
    read: { all: async () => rows } as unknown as Reader,
    projects: () => Object.fromEntries(rows.map(({ key }) => [key, { directory: `/srv/${key}` }])),
    clock,
    contentOf: async (directory) => {
      asked.push(directory);
      if (!slow.has(directory)) return NEW;
      return await new Promise((resolve) => waiting.set(directory, resolve));
    },
  });
  return { clock, asked, waiting, slow, problems };
}

test("a directory that does not answer is named in time, holds one look only, and is looked at again when it answers", async () => {
  const { clock, asked, waiting, slow, problems } = aHost();
  slow.add("/srv/web");
  const first = problems();
  await eventually("it waits", () => waiting.has("/srv/web"));
  const second = problems();
  clock.advance(2_000);
  const late = [
    expect.stringMatching(/^The project "api" .*nobody trusted/),
    'The project "web" was not looked at within 2 s, nor were those after it: does /srv/web answer?',
  ];
  expect([await first, await second, await problems()]).toEqual([late, late, late]);
  expect(asked).toEqual(["/srv/api", "/srv/web"]);
  slow.clear();
  waiting.get("/srv/web")?.(NEW);
  await eventually("all answer", async () => (await problems()).length === 3);
  expect((await problems()).join()).not.toContain("not looked at");
});

test("who asks while somebody looks is told what is there after they asked", async () => {
  const { asked, waiting, slow, problems } = aHost();
  slow.add("/srv/api");
  const first = problems();
  await eventually("it waits", () => waiting.has("/srv/api"));
  slow.clear();
  const others = [problems(), problems()];
  waiting.get("/srv/api")?.({ ...NEW, digest: null });
  expect(await first).toHaveLength(2);
  for (const other of others) expect(await other).toHaveLength(3);
  expect(asked.filter((directory) => directory === "/srv/api")).toHaveLength(2);
});
