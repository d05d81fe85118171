/** One process of git: bounded in time and output, never asking anybody, ended with everything it started. */
import { spawn } from "node:child_process";

export interface GitAnswer {
  readonly code: number;
  readonly stdout: Buffer;
  /** Its beginning. */
  readonly stderr: string;
  /** There was more than it may give; it was ended there. */
  readonly isCut: boolean;
}

export interface GitOptions {
  /** Ends it with everything it started. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** It changes something: it must not outlive the daemon, whose next one looks at what it left. */
  readonly changes?: boolean;
}

/** Git could not do it. The message is a sentence without its full stop. */
export class GitFailure extends Error {
  override readonly name: string = "GitFailure";
}

/** And cannot until somebody does something about it. */
export class NeedsPerson extends GitFailure {
  override readonly name: string = "NeedsPerson";
}

/** How long a question may take, in ms. */
const QUESTION_MS = 30_000;
/** How long git may take to write a whole checkout, in ms. */
export const CHECKOUT_MS = 10 * 60_000;
export const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_STDERR_CHARACTERS = 4_000;
const PASSED = ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME"];

const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "true",
  SSH_ASKPASS: "true",
  GIT_EDITOR: "true",
  GIT_PAGER: "cat",
  // A path is a path, whatever characters it has.
  GIT_LITERAL_PATHSPECS: "1",
  // An agent may be at work in the same worktree: its git must not find the index locked by a question of ours.
  GIT_OPTIONAL_LOCKS: "0",
  // Nothing is fetched, so that no `ext::` address and no ssh command of a repository is ever tried.
  GIT_ALLOW_PROTOCOL: "none",
  GIT_NO_LAZY_FETCH: "1",
  // What a repository says to read in place of a commit could make others' work look as if it were in a branch.
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "/dev/null",
  GIT_AUTHOR_NAME: "Steward",
  GIT_AUTHOR_EMAIL: "steward@localhost",
  GIT_COMMITTER_NAME: "Steward",
  GIT_COMMITTER_EMAIL: "steward@localhost",
};

/** A setting that wins over those of files. */
export type Setting = readonly [name: string, value: string];

/**
 * Ends git, and what it started, at the moment when the daemon is gone: its end of the line closes. Without it a git that writes
 * a checkout for minutes would still be at it when the next daemon begins anew.
 */
const WITH_US = `(read -r _ <&3; kill -s KILL 0) >/dev/null 2>&1 & watch=$!
"$@" 3<&-
status=$?
kill "$watch" 2>/dev/null
exit "$status"`;

export function runGit(
  directory: string,
  settings: readonly Setting[],
  args: readonly string[],
  { signal, timeoutMs = QUESTION_MS, maxBytes = MAX_ANSWER_BYTES, env = {}, changes = false }: GitOptions = {},
): Promise<GitAnswer> {
  if (signal?.aborted) return Promise.reject(new GitFailure(`git ${args[0]} was not begun: it is not wanted any more`));
  const command = ["git", "--no-pager", "-C", directory, ...args];
  const [program = "", ...rest] = changes ? ["sh", "-c", WITH_US, "sh", ...command] : command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: "/",
      // A group of its own: it is ended with all that it started.
      detached: true,
      stdio: ["ignore", "pipe", "pipe", changes ? "pipe" : "ignore"],
      env: environment(settings, env),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isCut = false;
    let stderr = "";
    let ended: string | undefined;
    const end = (why?: string) => {
      ended ??= why;
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const late = setTimeout(() => end(`took longer than ${timeoutMs / 1000} s`), timeoutMs);
    const unwanted = () => end("was ended: it is not wanted any more");
    signal?.addEventListener("abort", unwanted, { once: true });
    child.stdout?.on("data", (chunk: Buffer) => {
      if (isCut) return;
      const room = maxBytes - bytes;
      isCut = chunk.length > room;
      chunks.push(isCut ? chunk.subarray(0, room) : chunk);
      bytes += chunk.length;
      if (isCut) end();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < MAX_STDERR_CHARACTERS) stderr += text.slice(0, MAX_STDERR_CHARACTERS);
    });
    const settle = () => {
      clearTimeout(late);
      signal?.removeEventListener("abort", unwanted);
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      settle();
      const { code, message } = error;
      reject(
        code === "ENOENT" ? new NeedsPerson("git is not installed") : new GitFailure(`git cannot be run: ${message}`),
      );
    });
    child.once("close", (code, killedBy) => {
      settle();
      const stdout = Buffer.concat(chunks);
      if (ended !== undefined) return reject(new GitFailure(`git ${args[0]} ${ended}`));
      if (isCut) return resolve({ code: 0, stdout, stderr, isCut });
      if (code === null) return reject(new GitFailure(`git ${args[0]} was ended by ${killedBy}`));
      if (changes && code === 127 && stderr.includes("git: not found")) {
        return reject(new NeedsPerson("git is not installed"));
      }
      resolve({ code, stdout, stderr, isCut });
    });
  });
}

function environment(settings: readonly Setting[], more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const passed = PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const configured = settings.flatMap(([name, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, name],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return {
    ...Object.fromEntries(passed),
    ...ENVIRONMENT,
    ...Object.fromEntries(configured),
    GIT_CONFIG_COUNT: String(settings.length),
    ...more,
  };
}
