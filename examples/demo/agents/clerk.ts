/** The clerk fills the role `integrator`: merges branches into main, tests main, and tags it where that is asked for. */
import { git } from "../git.ts";
import { perform } from "./assignment.ts";
import { runTests } from "./node-test.ts";

await perform(async ({ prompt, key, repository, branches }) => {
  for (const branch of branches) {
    await git(repository, "merge", "--quiet", "--no-ff", "--message", `${key}: merge ${branch}`, branch);
  }
  runTests(repository);
  const tag = /\btagged ([\w.-]+)/.exec(prompt)?.[1];
  if (tag !== undefined) await git(repository, "tag", "--force", tag, "main");
  const made = await git(repository, "rev-parse", "--short=7", "main");
  return tag === undefined ? `${branches.length} branches merged (${made})` : `${tag} tagged (${made})`;
});
