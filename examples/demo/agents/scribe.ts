/** The scribe fills the role `planner`: writes the plan and commits it to main. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commit } from "../git.ts";
import { perform } from "./assignment.ts";

const PLAN = `# Plan

- \`greet NAME\` prints \`Hello, NAME!\`
- \`lib/greet.js\` makes the greeting, \`bin/greet.js\` prints it
- \`test/greet.test.js\` runs the command as a person would: \`node --test\`
`;

await perform(async ({ key, title, repository }) => {
  writeFileSync(join(repository, "PLAN.md"), PLAN);
  const made = await commit(repository, ["PLAN.md"], `${key}: ${title}`);
  return `PLAN.md (${made})`;
});
