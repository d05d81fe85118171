/** The mason fills the role `builder`: writes one piece on a branch and in a worktree of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commit, inWorktree } from "../git.ts";
import { perform } from "./assignment.ts";
import { PIECES } from "./pieces.ts";

await perform(({ key, title, repository, worktree, branch, branches, deliverables }) =>
  inWorktree({ repository, directory: worktree, branch, merge: branches }, async (directory) => {
    for (const file of deliverables) {
      const text = PIECES[file];
      if (text === undefined) throw new Error(`a mason does not know how ${file} is made`);
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
    const made = await commit(directory, deliverables, `${key}: ${title}`);
    return `${deliverables.join(", ")} (${made})`;
  }),
);
