/** What a repository says of itself loses nobody's work and starts no program while a branch is integrated. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gitIn } from "../../src/project/git.ts";
import { integrate, type Work } from "../../src/project/integration.ts";
import { aRepository, repositoryAt, type TestRepository } from "./repository.ts";

/** A branch `work` with a commit of its own, checked out beside the repository, and `next`, which the repository has checked out. */
function aHouse() {
  const repository = aRepository();
  const path = `${repository.path}-work`;
  repository.git("worktree", "add", "--quiet", "-b", "work", path);
  repository.git("switch", "--quiet", "--create", "next");
  const work = repositoryAt(path);
  work.write("readme", "of the work\n");
  return { repository, work, tip: work.commit("Work") };
}

const land = async (work: TestRepository, more: Partial<Work> = {}) =>
  await integrate({
    git: await gitIn(work.path),
    ...{ branch: "work", target: "next", message: "Merge work", mayMoveCheckout: true },
    prove: async () => undefined,
    tell: () => {},
    ...more,
  });

test("a replaced commit does not make others' work look as if it were in the branch", async () => {
  const { repository, work } = aHouse();
  repository.write("other", "others' work\n");
  const others = repository.commit("Others");
  repository.git("switch", "--quiet", "main");
  work.git("replace", "--graft", "work", others);
  await land(work);
  expect(repository.git("--no-replace-objects", "rev-list", "next").split("\n")).toContain(others);
});

test("options that the repository gives to merges do not leave the branch where it is", async () => {
  const { repository, work, tip } = aHouse();
  repository.git("config", "branch.next.mergeOptions", "--squash");
  await land(work);
  expect(repository.git("rev-parse", "next")).toBe(tip);
});

test("what a user has not committed is not stashed out of the way", async () => {
  const { repository, work } = aHouse();
  repository.git("config", "merge.autoStash", "true");
  repository.write("readme", "the user's own\n");
  await expect(land(work)).rejects.toThrow(/changes in the way of next/);
  expect(readFileSync(join(repository.path, "readme"), "utf8")).toBe("the user's own\n");
});

test("a checkout that is set back while a merge is proven stays without what was taken out of it", async () => {
  const { repository, work } = aHouse();
  const good = repository.git("rev-parse", "next");
  repository.write("bad", "a mistake\n");
  const mistake = repository.commit("A mistake");
  let proofs = 0;
  const prove = async () => {
    if (++proofs === 1) repository.git("reset", "--quiet", "--hard", good);
    return undefined;
  };
  work.git("merge", "--quiet", mistake);
  await expect(land(work, { prove })).resolves.toMatch(/^next is at/);
  expect(proofs).toBe(2);
});

test("files of a submodule that are in no commit are found, and no filter of it is run", async () => {
  const { work } = aHouse();
  const part = aRepository("part");
  work.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", part.path, "part");
  work.commit("With a part");
  const own = repositoryAt(join(work.path, "part"));
  const directory = own.git("rev-parse", "--absolute-git-dir");
  own.git("config", "filter.evil.clean", `touch ${part.path}/ran; cat`);
  mkdirSync(join(directory, "info"), { recursive: true });
  writeFileSync(join(directory, "info/attributes"), "* filter=evil\n");
  appendFileSync(join(own.path, "readme"), "more\n");
  await expect(land(work)).rejects.toThrow("in no commit: part/readme");
  expect(existsSync(join(part.path, "ran"))).toBe(false);
});

test.each([
  "--assume-unchanged",
  "--skip-worktree",
])("a file that git was told not to look at (%s) is told", async (how) => {
  const { work } = aHouse();
  work.git("update-index", how, "readme");
  work.write("readme", "not what was proven\n");
  await expect(land(work)).rejects.toThrow("in no commit: readme");
});
