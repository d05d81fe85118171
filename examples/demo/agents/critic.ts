/** The critic fills the role `tester`: puts branches together where nobody else looks, and runs the tests. */
import { inWorktree } from "../git.ts";
import { perform } from "./assignment.ts";
import { runTests } from "./node-test.ts";

await perform(({ repository, worktree, branches }) =>
  inWorktree({ repository, directory: worktree, merge: branches }, async (directory) => {
    const passed = runTests(directory);
    return `${passed} ${passed === 1 ? "test passes" : "tests pass"}, ${branches.length} branches`;
  }),
);
