/** The polisher fills the role `refiner`: sees what testing found with its own eyes, mends it, and adds the test that was missing. */
import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commit, inWorktree } from "../git.ts";
import { perform } from "./assignment.ts";
import { runTests } from "./node-test.ts";

const MISSING_TEST = `
test("greet without a name says hello to the world", () => {
  assert.equal(greet(), "Hello, world!\\n");
});
`;

await perform(({ key, title, repository, worktree, branch, deliverables }) =>
  inWorktree({ repository, directory: worktree, branch, merge: [] }, async (directory) => {
    const library = join(directory, "lib", "greet.js");
    if (greetNobody(directory) !== "Hello, undefined!") throw new Error("what testing found is not there any more");
    writeFileSync(library, readFileSync(library, "utf8").replace("greet(name)", 'greet(name = "world")'));
    appendFileSync(join(directory, "test", "greet.test.js"), MISSING_TEST);
    runTests(directory);
    const made = await commit(directory, deliverables, `${key}: ${title}`);
    return `mended and tested (${made})`;
  }),
);

function greetNobody(directory: string): string {
  return execFileSync(process.execPath, [join(directory, "bin", "greet.js")], { encoding: "utf8" }).trim();
}
