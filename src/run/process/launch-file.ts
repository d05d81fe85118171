/** The file that tells a waiting wrapper what to run: shell text, exact for every byte, gone as soon as it was read. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

export interface LaunchSpec {
  /** Exists already. Gets `stdout.log` and `stderr.log`, and for a moment `launch`. */
  readonly runDirectory: string;
  /** The name of the run, and of its file among the exits. */
  readonly name: string;
  /** The first is an absolute path: see `resolveProgram`. */
  readonly argv: readonly string[];
  /** All that the agent's environment holds. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The file that the agent reads as its standard input. */
  readonly stdin: string;
  /** It goes on reading that file as it grows, up to an empty line: how one talks with it. Default: up to its end. */
  readonly followsStdin?: boolean;
  /** `NAME=value` by which whatever is started beside the agent is known as this run's. */
  readonly marker?: string;
  /** What has to succeed before the agent starts. */
  readonly setup?: Setup;
}

/** A command that runs before the agent, in its custody and with its environment. */
export interface Setup {
  /** The first is looked for on the agent's PATH. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What it prints is added to this file. */
  readonly log: string;
  /** Gets its exit status when it fails: then the agent never starts. */
  readonly failed: string;
  /** Is there from the moment on in which the agent may start. */
  readonly ended: string;
  /** Is made when it succeeded. */
  readonly done: string;
}

/** What cannot be launched at all, whatever the machine: known before any process is made. */
export class UnfitForLaunch extends Error {
  override readonly name: string = "UnfitForLaunch";
}

export class ArgumentTooLong extends UnfitForLaunch {
  override readonly name = "ArgumentTooLong";
}

/** execve(2), MAX_ARG_STRLEN: one argument, or one `NAME=value`, in bytes without the NUL that ends it. */
export const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;
/** execve(2): all of them together, with a pointer each, fit a quarter of the usual 8 MiB stack; some is left for the kernel. */
const MAX_ARGUMENTS_BYTES = 2 * 1024 * 1024 - 64 * 1024;
const POINTER_BYTES = 8;

/** How often a wrapper tries, once a second, to write down an exit status that a full disk does not take. */
const EXIT_WRITE_TRIES = 3_600;
/** How often while the directory is missing: a daemon that lives makes it again. */
const MISSING_DIRECTORY_TRIES = 30;

/** Names that a shell does not let anybody set (bash), or takes apart itself (OPTIND). */
const KEPT_BY_SHELLS = new Set(["BASHOPTS", "BASH_VERSINFO", "EUID", "OPTIND", "PPID", "SHELLOPTS", "UID"]);

/** What a wrapper does while it does not know yet which run it is for. `trap :` and not `trap ''`: ignoring is inherited. */
export const WAIT_AT_THE_GATE = `trap : PIPE
echo up >&3
IFS= read -r directory <&3 || exit 75
. "$directory/launch"`;

/** The word a wrapper says when it has left the gate. */
export const PASSED = "passed";

/** Throws `UnfitForLaunch` or `ArgumentTooLong` before anything is written. */
export function writeLaunchFile(spec: LaunchSpec, exitsDirectory: string, umask: string): void {
  const text = launchText(spec, exitsDirectory, umask);
  writeFileSync(pathOf(spec.runDirectory), text, { mode: 0o600 });
}

/** It holds resolved secrets: to be called as soon as it was read, and at adoption. */
export function removeLaunchFile(runDirectory: string): void {
  try {
    // The agent may have put a directory there, or taken our right to look.
    rmSync(pathOf(runDirectory), { force: true, recursive: true });
  } catch {
    // What cannot be removed cannot be read by others either: it is as private as the directory.
  }
}

/** Did the wrapper leave the gate? Only then can the agent have started. */
export function hasPassedGate(runDirectory: string): boolean {
  return existsSync(join(runDirectory, "stdout.log"));
}

function launchText(spec: LaunchSpec, exitsDirectory: string, umask: string): string {
  assertFit(spec);
  const exit = quote(join(exitsDirectory, spec.name));
  const inRun = (name: string) => quote(join(spec.runDirectory, name));
  const exported = Object.entries(spec.env).map(([name, value]) => `export ${name}=${quote(value)}`);
  // A variable of ours could be one of the agent's, so up to its end nothing is kept in variables.
  // The brackets keep what the shell says of a killed agent ("Killed") out of the agent's stderr.
  // The agent may have put a directory or a pipe where its exit is to stand: that is cleared away once, and never waited for.
  // stdout.log is made last, after all that can fail: that it exists proves that the gate was passed.
  return `cd -- ${quote(spec.cwd)} || exit 70
${spec.followsStdin ? followed(spec) : `exec <${quote(spec.stdin)} || exit 70`}
unset PATH PWD OLDPWD SHLVL _
${exported.join("\n")}
set -- ${spec.argv.map(quote).join(" ")}
trap : TERM INT HUP QUIT
umask 077
exec 4>>${inRun("stderr.log")} >>${inRun("stdout.log")} || exit 70
umask ${umask}
echo ${PASSED} >&3
exec 3>&- 2>/dev/null
${spec.setup ? setUp(spec.setup) : ""}(exec "$@" 2>&4 4>&-)
set -- "$?"
umask 077
PATH=/usr/bin:/bin
tries=0
{ [ ! -e ${exit} ] && [ ! -h ${exit} ]; } || rm -rf -- ${exit}
until [ ! -d ${exit} ] && [ ! -p ${exit} ] && echo "$1" >${exit}; do
  { [ ! -d ${exit} ] && [ ! -p ${exit} ]; } || break
  tries=$((tries + 1))
  [ "$tries" -lt ${MISSING_DIRECTORY_TRIES} ] || [ -d ${quote(exitsDirectory)} ] || break
  [ "$tries" -lt ${EXIT_WRITE_TRIES} ] || break
  sleep 1
done
exit "$1"
`;
}

/**
 * A file that grows, as standard input: no daemon need live for the agent to read it, and one that was killed writes on.
 * `tail` ends with the wrapper, whatever becomes of the agent; it looks by itself where it gets no inotify(7) instance.
 */
function followed({ runDirectory, stdin, marker }: LaunchSpec): string {
  const pipe = quote(join(runDirectory, "stdin.fifo"));
  const only = `env -i ${marker === undefined ? "" : quote(marker)} PATH=/usr/bin:/bin`;
  return `rm -f -- ${pipe} && mkfifo -m 600 -- ${pipe} || exit 70
${only} /bin/sh -c 'tail -c +1 -s 0.1 --pid="$1" -f -- "$2" | sed -u "/^$/Q" >"$3"' feed $$ ${quote(stdin)} ${pipe} 3>&- &
exec <${pipe} || exit 70`;
}

/** A variable could be one of the agent's: what is started instead of the agent is told by the arguments. */
function setUp({ argv, cwd, log, failed, ended, done }: Setup): string {
  const work = `(cd -- ${quote(cwd)} && exec ${argv.map(quote).join(" ")}) </dev/null >>${quote(log)} 2>&1 4>&-`;
  const instead = `{ echo "$?" >${quote(failed)}; set -- /bin/sh -c 'exit 1'; false; }`;
  return `{ ${work} || ${instead}; } && : >${quote(done)} && : >${quote(ended)}\n`;
}

/** POSIX.1-2024, Shell Command Language, 2.2.2: between single quotes every character stands for itself, but the quote. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function pathOf(runDirectory: string): string {
  return join(runDirectory, "launch");
}

function assertFit({ runDirectory, name, argv, env, cwd, stdin, setup }: LaunchSpec): void {
  const [program] = argv;
  if (program === undefined || !isAbsolute(program)) throw new UnfitForLaunch("the program is not an absolute path");
  if (!isAbsolute(cwd)) throw new UnfitForLaunch(`the working directory ${cwd} is not an absolute path`);
  if (runDirectory.includes("\n")) throw new UnfitForLaunch("the path of the run directory holds a line break");
  if (!/^[\w.-]+$/.test(name)) throw new UnfitForLaunch(`"${name}" cannot be the name of a file among the exits`);
  for (const variable of Object.keys(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || KEPT_BY_SHELLS.has(variable)) {
      throw new UnfitForLaunch(`an environment variable cannot be called "${variable}"`);
    }
  }
  const strings = [...argv, ...Object.entries(env).map(([variable, value]) => `${variable}=${value}`)];
  if ([...strings, cwd, stdin, ...(setup?.argv ?? [])].some((text) => text.includes("\0"))) {
    throw new UnfitForLaunch("arguments, environment and paths cannot hold NUL characters");
  }
  assertLengths(strings);
}

function assertLengths(strings: readonly string[]): void {
  const lengths = strings.map((text) => Buffer.byteLength(text));
  const longest = Math.max(...lengths);
  if (longest > MAX_ARGUMENT_BYTES) {
    throw new ArgumentTooLong(
      `an argument or environment variable has ${longest} bytes; the kernel takes ${MAX_ARGUMENT_BYTES}. Hand it over in a file ({promptFile}) or on stdin`,
    );
  }
  const total = lengths.reduce((sum, length) => sum + length + 1 + POINTER_BYTES, 0);
  if (total > MAX_ARGUMENTS_BYTES) {
    throw new ArgumentTooLong(`arguments and environment have ${total} bytes; ${MAX_ARGUMENTS_BYTES} are taken`);
  }
}
