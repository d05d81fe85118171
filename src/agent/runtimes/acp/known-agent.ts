/** What there is to be known of an agent that speaks the protocol: how it is started, and what it does in a way of its own. */
import type { Agent } from "../../agent.ts";
import type { Failure } from "../../failure.ts";
import type { Fields } from "../json-line.ts";
import type { RunInput } from "../run-input.ts";

export interface KnownAgent {
  /** Variables that hold a login: with one of them nothing of the user's is needed. */
  readonly keys: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** What it is told besides where a repository's own settings are not heeded. */
  readonly withoutRepository?: readonly string[];
  /** Absent: it is told its model by the protocol. */
  readonly modelArguments?: (model: string) => readonly string[];
  /** Absent: it is told of Steward's tools by the protocol. */
  readonly bridgeArguments?: (bridge: NonNullable<RunInput["bridge"]>) => readonly string[];
  /** What keeps its configuration and sessions in a directory of the task. */
  readonly inScratch: (place: Place) => Surroundings;
  /** What it needs beside its user's configuration. */
  readonly inOwn?: (place: Place) => Surroundings;
  /** It tells what a turn has spent, or what its process has so far, or beside what it says what each answer of the model has. */
  readonly usage: "turn" | "process" | "answer";
  /** Its calls are told once when they begin, as "pending", and again when they are over. */
  readonly startsPending?: boolean;
  /** A session that is loaded is told anew even after the answer, up to this update. */
  readonly replayEndsWith?: string;
  /** How a piece begins that it says in its own name, and not in the model's. */
  readonly notice?: RegExp;
  /** How a piece begins that it says in the place of an error. */
  readonly errorText?: RegExp;
  /** An answer of the model that it cannot use ends its turn like any other, without a word. */
  readonly endsSilently?: boolean;
  /** Errors in its own words, before all that holds for everybody. */
  readonly failures?: readonly (readonly [RegExp, Failure])[];
  /** What it asks is told to it in another way: its modes are about how it works. */
  readonly asksInAnyMode?: boolean;
  /** What it calls the tool of a call, where it tells that in a way of its own. */
  readonly toolName?: (call: Fields) => string | null;
  /** Its name for a tool of Steward's. */
  readonly ours?: RegExp;
}

export interface Place {
  readonly directory: string;
  /** A repository's own settings are to be heeded. */
  readonly usesRepository: boolean;
  readonly env: NonNullable<Agent["env"]>;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}
