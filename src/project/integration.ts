/** Work that is done becomes part of a branch of the project: merged, proven again where that is wanted, and landed in one step. */
import { complaint, type Git, say } from "./git.ts";
import { GitFailure, NeedsPerson } from "./git-process.ts";
import { commitOf } from "./repository.ts";
import { uncommittedFiles } from "./uncommitted.ts";
import { isWithin } from "./workspace-base.ts";

export interface Work {
  /** Of the worktree in which the work was done. */
  readonly git: Git;
  readonly branch: string;
  /** The branch that it becomes part of, without `refs/heads/`. */
  readonly target: string;
  /** What the merge is called, where one is needed. */
  readonly message: string;
  /** A checkout of the target that has nothing uncommitted in the way may be brought forward with it. */
  readonly mayMoveCheckout: boolean;
  /** Is it still good? To be asked of each merge before it lands; a text says why not. */
  readonly prove: () => Promise<string | undefined>;
  readonly tell: (line: string) => void;
}

/** A no to the work: whoever did it has to see to it. */
export class NotIntegrated extends Error {
  override readonly name = "NotIntegrated";
}

/** How often it is begun anew because somebody else has landed in between. */
const MAX_TRIES = 20;
/** Without what the repository's settings may add (`branch.NAME.mergeOptions`, say): they could leave the branch where it is, stash what is in the way, or start a program. */
const FORWARD = [
  ...["merge", "--ff-only", "--quiet"],
  ...["--no-squash", "--no-autostash", "--no-verify-signatures", "--no-stat"],
];
/** Files that are named. */
const MAX_FILES = 20;

/** Resolves to what became of it, as a sentence. Can be done again after a crash at any moment. Throws `NotIntegrated`, or `GitFailure`. */
export async function integrate(work: Work): Promise<string> {
  const { git, branch, target, tell } = work;
  await assertCommitted(work);
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const tip = await mustBeCommit(git, `refs/heads/${branch}`);
    const at = await commitOf(git, `refs/heads/${target}`);
    if (at !== undefined && (await isWithin(git, tip, at))) return `${target} has it already, at ${short(at)}`;
    const merged = at === undefined || (await isWithin(git, at, tip)) ? tip : await mergeOnto(work, at, tip);
    const why = await work.prove();
    if (why !== undefined) throw new NotIntegrated(`merged with ${target} it is not good any more: ${why}`);
    await assertCommitted(work);
    if (await land(work, at, merged)) return `${target} is at ${short(merged)}`;
    tell(`${target} has moved meanwhile; once more`);
  }
  throw new NotIntegrated(`${target} moved ${MAX_TRIES} times while this was proven; try again when less lands there`);
}

/** Gates judge what lies in the workspace, and only commits land: they must be the same. */
async function assertCommitted({ git, branch }: Work): Promise<void> {
  const head = await git(["symbolic-ref", "--quiet", "HEAD"]);
  if (head.stdout.toString("utf8").trim() !== `refs/heads/${branch}`) {
    throw new NotIntegrated(`its workspace is not on ${branch}: \`git switch ${branch}\` with all that counts`);
  }
  const files = await uncommittedFiles(git);
  if (files.length === 0) return;
  throw new NotIntegrated(`its workspace has what is in no commit: ${named(files)}. Commit it, ignore it or remove it`);
}

/** The target comes first: its history is the line that people read. The workspace goes along. */
async function mergeOnto({ git, branch, target, message, tell }: Work, at: string, tip: string): Promise<string> {
  const args = ["merge-tree", "--write-tree", "--messages", "--name-only", "-z", at, tip];
  const answer = await git(args);
  const [tree = "", ...rest] = answer.stdout.toString("utf8").split("\0");
  if (answer.code === 1) {
    const files = rest.slice(0, rest.indexOf(""));
    for (const line of rest.slice(files.length + 1)) if (line.includes("CONFLICT")) tell(line.trim());
    throw new NotIntegrated(
      `${branch} does not merge with ${target}: ${named(files)}. Merge ${target} into it and settle that`,
    );
  }
  if (answer.code !== 0) throw new GitFailure(`${complaint(args, answer)} (merging takes git 2.38 or newer)`);
  const commit = await say(git, ["commit-tree", tree, "-p", at, "-p", tip, "-m", message], { changes: true });
  await say(git, [...FORWARD, commit], { changes: true });
  tell(`merged ${target} (${short(at)}) with ${branch} (${short(tip)})`);
  return commit;
}

/** False when somebody else has moved the target. Compare-and-set: what is lost of others' work is nothing. */
async function land(work: Work, at: string | undefined, commit: string): Promise<boolean> {
  const { git, target, message } = work;
  const checkout = await checkoutOf(git, target);
  if (checkout !== undefined) return await moveCheckout(work, checkout, at, commit);
  const args = [
    "update-ref",
    "--create-reflog",
    "-m",
    message.split("\n")[0] ?? "",
    `refs/heads/${target}`,
    commit,
    at ?? "",
  ];
  const answer = await git(args, { changes: true });
  if (answer.code === 0) return true;
  if ((await commitOf(git, `refs/heads/${target}`)) !== at) return false;
  throw new GitFailure(complaint(args, answer));
}

/** Git itself refuses where it would overwrite anything. */
async function moveCheckout(
  { git, target, mayMoveCheckout }: Work,
  checkout: string,
  at: string | undefined,
  commit: string,
): Promise<boolean> {
  if (!mayMoveCheckout) {
    throw new NeedsPerson(
      `${target} is checked out in ${checkout}, which Steward does not touch: check out another branch there, or allow it ("checkout": "forward" in the "integration" of the role)`,
    );
  }
  // Who set it back meanwhile meant that: git would bring it forward all the same.
  if ((await commitOf(git, `refs/heads/${target}`)) !== at) return false;
  const args = ["-C", checkout, ...FORWARD, commit];
  const answer = await git(args, { changes: true });
  if (answer.code === 0) {
    const now = await commitOf(git, `refs/heads/${target}`);
    if (now !== undefined && (await isWithin(git, commit, now))) return true;
    throw new NeedsPerson(`${target} did not move although git said so: see to ${checkout}`);
  }
  if (/not possible to fast-forward|diverg/i.test(answer.stderr)) return false;
  throw new NeedsPerson(
    `${checkout} has changes in the way of ${target}: commit or stash them there (${complaint(FORWARD, answer)})`,
  );
}

/** Where the branch is checked out; undefined when nowhere. */
async function checkoutOf(git: Git, branch: string): Promise<string | undefined> {
  const listed = await say(git, ["worktree", "list", "--porcelain", "-z"]);
  for (const entry of listed.split("\0\0")) {
    const lines = entry.split("\0").filter(Boolean);
    if (lines.includes(`branch refs/heads/${branch}`)) return lines[0]?.replace(/^worktree /, "");
  }
  return undefined;
}

async function mustBeCommit(git: Git, name: string): Promise<string> {
  const commit = await commitOf(git, name);
  if (commit === undefined) throw new NotIntegrated(`there is no ${name} any more`);
  return commit;
}

function named(files: readonly string[]): string {
  const more = files.length > MAX_FILES ? ` and ${files.length - MAX_FILES} more` : "";
  return `${files.slice(0, MAX_FILES).join(", ")}${more}`;
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
