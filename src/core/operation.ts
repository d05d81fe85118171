/** What Steward can be asked to do: one definition per operation, and `call`, the only way in. The one file with `any`. */
import { randomBytes } from "node:crypto";
import type * as z from "zod";
import { type Actor, mayUse, type Scope } from "./actor.ts";
import type { Log } from "./log.ts";
import { Refusal, type RefusalCode } from "./refusal.ts";

export type Effect = "read" | "write" | "destroy";

/** What every handler is given beside what its room asks for. */
export interface Call {
  readonly actor: Actor;
  /** Aborted when the caller is gone: a handler that waits gives up. */
  readonly signal: AbortSignal;
}

export interface OperationDefinition<Context, Input extends z.ZodType, Output extends z.ZodType> {
  /** `noun.verb`. The name is not the room: `task.cancel` lives in `run/`. */
  readonly name: string;
  readonly summary: string;
  readonly effect: Effect;
  readonly scope: Scope;
  /** Method and path below `/api/v1`. */
  readonly rest: string;
  /** Input fields that text transports take by position. */
  readonly args?: readonly string[];
  readonly input: Input;
  readonly output: Output;
  /** The refusals it may give beside those that any operation may give. */
  readonly refuses: readonly RefusalCode[];
  readonly example: z.input<Input>;
  /** May agents use it as an MCP tool? */
  readonly tool?: boolean;
  readonly handle: (context: Context & Call, input: z.output<Input>) => Promise<z.input<Output>> | z.input<Output>;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every shape; `call` parses what goes in and out
export type Operation = OperationDefinition<any, any, any>;

export function operation<Context, Input extends z.ZodType, Output extends z.ZodType>(
  definition: OperationDefinition<Context, Input, Output>,
): OperationDefinition<Context, Input, Output> {
  return definition;
}

type Intersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** Everything that the handlers of a list of operations need, as one type. */
export type ContextOf<List extends readonly Operation[]> = Intersection<
  {
    [K in keyof List]: List[K] extends { handle: (context: infer C, ...rest: never[]) => unknown }
      ? Omit<C, keyof Call>
      : never;
  }[number]
>;

/** Refusals that `call` itself or the store beneath any handler may give. */
export const ALWAYS_POSSIBLE: readonly RefusalCode[] = ["invalid_input", "denied", "too_large", "unavailable"];

export class UnknownOperation extends Error {
  readonly operation: string;
  constructor(name: string) {
    super(`There is no operation "${name}".`);
    this.name = "UnknownOperation";
    this.operation = name;
  }
}

/** Everything unexpected. Outside it is an id; the whole error is in the log under that id. */
export class Bug extends Error {
  readonly id: string;
  constructor(id: string, cause: unknown) {
    super(`Something unexpected went wrong (${id}). The log has the details.`, { cause });
    this.name = "Bug";
    this.id = id;
  }
}

/** Throws `Refusal`, `UnknownOperation` or `Bug`, and nothing else. */
export type CallPort = (name: string, input: unknown, actor: Actor, signal?: AbortSignal) => Promise<unknown>;

const NEVER_ABORTED = new AbortController().signal;

export function createCall<List extends readonly Operation[]>(
  operations: List,
  context: ContextOf<List>,
  log: Log,
): CallPort {
  const byName = new Map<string, Operation>(operations.map((operation) => [operation.name, operation]));
  return async (name, input, actor, signal = NEVER_ABORTED) => {
    const operation = byName.get(name);
    if (!operation) throw new UnknownOperation(name);
    try {
      const parsed = parseInput(operation, input);
      if (!mayUse(actor, operation.scope)) {
        throw new Refusal("denied", `${name} needs the scope "${operation.scope}"; you have "${actor.scope}".`);
      }
      return operation.output.parse(await operation.handle({ ...(context as object), actor, signal }, parsed));
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const bug = new Bug(`bug-${randomBytes(6).toString("hex")}`, error);
      log.error("operation failed unexpectedly", { operation: name, bug: bug.id, error });
      throw bug;
    }
  };
}

function parseInput(operation: Operation, input: unknown): unknown {
  const parsed = operation.input.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const issues: readonly z.core.$ZodIssue[] = parsed.error.issues;
  const fields = issues.map((issue) => ({ field: issue.path.join(".") || "(input)", problem: issue.message }));
  throw new Refusal("invalid_input", fields.map(({ field, problem }) => `${field}: ${problem}`).join("; "), {
    hint: `See what ${operation.name} takes with \`steward help ${operation.name.replace(".", " ")}\`.`,
    data: { fields },
  });
}
