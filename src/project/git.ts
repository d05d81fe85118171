/** Git as Steward uses it: it never starts a program that a repository names. */
import { cutText } from "../core/cut.ts";
import {
  type GitAnswer,
  GitFailure,
  type GitOptions,
  MAX_ANSWER_BYTES,
  NeedsPerson,
  runGit,
  type Setting,
} from "./git-process.ts";

/** Git in one directory. Throws `GitFailure` when git cannot be run or takes too long; what it answers is the caller's to judge. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<GitAnswer>;

/** Settings from the environment (`GIT_CONFIG_COUNT`) are heeded from this version on. */
const OLDEST = [2, 31] as const;

const SETTINGS: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.pager", "cat"],
  ["core.sshCommand", "false"],
  ["core.quotePath", "false"],
  ["credential.helper", ""],
  ["commit.gpgSign", "false"],
  ["log.showSignature", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["submodule.recurse", "false"],
  ["color.ui", "false"],
  // A packed or held ref is waited for, in ms.
  ["core.filesRefLockTimeout", "10000"],
  ["core.packedRefsTimeout", "10000"],
  ["safe.bareRepository", "explicit"],
];

let checking: Promise<void> | undefined;

/**
 * Agents may write to the configuration that all worktrees of a repository share, and a clone may bring attributes that name a
 * filter: programs that the repository's own configuration names are switched off. Those of the user's and the machine's
 * configuration (git-lfs, say) are the user's word and stay.
 */
export async function gitIn(directory: string, unwanted?: AbortSignal): Promise<Git> {
  checking ??= assertNewEnough(directory).catch((error: unknown) => {
    checking = undefined;
    throw error;
  });
  await checking;
  const named = await runGit(
    directory,
    SETTINGS,
    [
      "config",
      ...["--get-regexp", "--show-scope", "-z", "--name-only"],
      "^(filter|merge)\\..*\\.(clean|smudge|process|driver)$",
    ],
    { signal: unwanted },
  );
  if (named.isCut)
    throw new GitFailure(`the git configuration of ${directory} is larger than ${MAX_ANSWER_BYTES} bytes`);
  const settings = [...SETTINGS, ...switchedOff(named.stdout.toString("utf8").split("\0"))];
  return (args, options) => runGit(directory, settings, args, { signal: unwanted, ...options });
}

/** What git has to say, without its last line break. Throws `GitFailure` when it failed. */
export async function say(git: Git, args: readonly string[], options?: GitOptions): Promise<string> {
  const answer = await git(args, options);
  if (answer.code !== 0) throw new GitFailure(complaint(args, answer));
  if (answer.isCut)
    throw new GitFailure(`git ${args[0]} said more than ${options?.maxBytes ?? MAX_ANSWER_BYTES} bytes`);
  return answer.stdout.toString("utf8").replace(/\n$/, "");
}

/** Longest complaint of git's that becomes part of a sentence, in characters. */
const MAX_COMPLAINT = 400;

export function complaint(args: readonly string[], { stderr, code }: Pick<GitAnswer, "stderr" | "code">): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  const said = lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.findLast((line) => line !== "");
  const what = said === undefined ? `exit ${code}` : cutText(said.replace(/^(fatal|error): /, ""), MAX_COMPLAINT);
  return `git ${args[0]}: ${what.replaceAll("\0", "\uFFFD").toWellFormed()}`;
}

async function assertNewEnough(directory: string): Promise<void> {
  const said = (await runGit(directory, [], ["version"])).stdout.toString("utf8").trim();
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(said) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST;
  if (Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor)) return;
  throw new NeedsPerson(`worktrees need git ${OLDEST.join(".")} or newer; this is "${said}"`);
}

/** `scope, key, scope, key …`. An emptied filter is none; a merge driver that fails is a conflict and not a wrong merge. */
function switchedOff(said: readonly string[]): Setting[] {
  return said.flatMap((key, at): Setting[] => {
    const scope = said[at - 1];
    if (at % 2 === 0 || (scope !== "local" && scope !== "worktree")) return [];
    const name = key.slice(0, key.lastIndexOf("."));
    if (key.endsWith(".driver")) return [[key, "false"]];
    return [
      [key, ""],
      [`${name}.required`, "false"],
    ];
  });
}
