/** What a local verb (one that is more than a single call) is given, and what it gives back: its exit code. */
import type { HomePaths } from "../core/home.ts";
import type { Catalogue, LocalTyped } from "./catalogue.ts";
import type { Output } from "./output.ts";
import type { Part } from "./stream.ts";

export interface Invocation {
  /** The words that chose the verb: `["config", "check"]`. */
  readonly words: readonly string[];
  /** Arguments and flags by field name, already turned from text into values. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  /** `--yes`: whoever typed it agrees to what would be asked. */
  readonly yes: boolean;
  readonly paths: HomePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program that is the daemon: `src/main.ts` in a checkout, `dist/daemon.mjs` in a package. */
  readonly daemonProgram: string;
  /** Of the package: where package.json and examples lie. */
  readonly packageRoot: string;
  readonly catalogue: Catalogue;
  /** Local verbs by their words, for help and completion. */
  readonly localVerbs: Readonly<Record<string, LocalTyped>>;
  /** One-word names of operations: `status` is `daemon.status`. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly out: Output;
  readonly err: Output;
  /** Asks the daemon; throws a `Failure`. An input with `waitMs` is waited for that much longer. Connects anew after a failure. */
  readonly call: (operation: string, input: object) => Promise<unknown>;
  /** Follows a stream of the daemon, also over a restart of it. Throws a `Failure`. */
  readonly follow: (operation: string, input: object) => AsyncIterable<Part>;
}

export type LocalVerb = (invocation: Invocation) => Promise<number>;
