/** What Steward can be asked to do: one definition per operation, and `call`, the only way in. The one file with `any`. */
import { randomBytes } from "node:crypto";
import type * as z from "zod";
import { type Actor, mayUse, type Scope } from "./actor.ts";
import type { Call } from "./call.ts";
import type { Compat } from "./compat.ts";
import type { Log } from "./log.ts";
import { faultsOf } from "./plain-words.ts";
import { Refusal, type RefusalCode } from "./refusal.ts";
import { isMark, type OpenStream, type Streaming, type StreamPart } from "./stream.ts";

export type { Call } from "./call.ts";

export type Effect = "read" | "write" | "destroy";

interface Described<Input extends z.ZodType> {
  /** `noun.verb`. The name is not the room: `task.cancel` lives in `run/`. */
  readonly name: string;
  readonly summary: string;
  /** What a person is asked before it destroys; `{field}` is what was given for one that it requires. */
  readonly confirm?: string;
  readonly effect: Effect;
  readonly scope: Scope;
  /** Method and path below `/api/v1`. */
  readonly rest: string;
  /** Input fields that text transports take by position. */
  readonly args?: readonly string[];
  readonly input: Input;
  /** The refusals it may give beside those that any operation may give. */
  readonly refuses: readonly RefusalCode[];
  readonly example: z.input<Input>;
  /** May agents use it as an MCP tool? */
  readonly tool?: boolean;
  /** Only an agent that speaks for its run can ask for it: it is about that run. */
  readonly forRun?: boolean;
  /** Under which names, codes and shapes a seed's clients know it. */
  readonly compat?: readonly Compat[];
}

export interface CallDefinition<Context, Input extends z.ZodType, Output extends z.ZodType, Item extends z.ZodType>
  extends Described<Input> {
  readonly output: Output;
  readonly handle: (context: Context & Call, input: z.output<Input>) => Promise<z.input<Output>> | z.input<Output>;
  /** The same question, answered on and on as more comes. */
  readonly stream?: Streaming<Context, Input, Item>;
}

export interface StreamDefinition<Context, Input extends z.ZodType, Item extends z.ZodType> extends Described<Input> {
  readonly stream: Streaming<Context, Input, Item>;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every shape; `call` parses what goes in and out
type Any = any;
export type CallOperation = { readonly kind: "call" } & CallDefinition<Any, Any, Any, Any>;
/** One that has no single answer, only what comes next. */
export type StreamOperation = { readonly kind: "stream" } & StreamDefinition<Any, Any, Any>;
export type Operation = CallOperation | StreamOperation;

export function operation<
  Context,
  Input extends z.ZodType,
  Output extends z.ZodType,
  Item extends z.ZodType = z.ZodNever,
>(definition: CallDefinition<Context, Input, Output, Item>) {
  return { ...definition, kind: "call" as const };
}

export function streamOperation<Context, Input extends z.ZodType, Item extends z.ZodType>(
  definition: StreamDefinition<Context, Input, Item>,
) {
  return { ...definition, kind: "stream" as const };
}

type Intersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** Everything that the handlers of a list of operations need, as one type. */
export type ContextOf<List extends readonly Operation[]> = Intersection<
  {
    [K in keyof List]: List[K] extends { handle: (context: infer C, ...rest: never[]) => unknown }
      ? Omit<C, keyof Call>
      : List[K] extends { stream: { open: (context: infer C, ...rest: never[]) => unknown } }
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

  static of(cause: unknown): Bug {
    return new Bug(`bug-${randomBytes(6).toString("hex")}`, cause);
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly requestId?: string | undefined;
}

/** Throws `Refusal`, `UnknownOperation` or `Bug`, and nothing else. */
export type CallPort = (name: string, input: unknown, actor: Actor, options?: CallOptions) => Promise<unknown>;

/**
 * Refuses as a call does before anything flows; what goes wrong later is thrown by the parts, as a `Refusal` or a `Bug`.
 * After `signal` was aborted nothing is given any more; one that was aborted with a `Refusal` has it as its last word.
 */
export type StreamPort = (name: string, input: unknown, actor: Actor, signal: AbortSignal) => Promise<OpenStream>;

export interface Ports {
  readonly call: CallPort;
  readonly stream: StreamPort;
  /** Has the operation no answer but a stream? */
  readonly isStream: (name: string) => boolean;
}

/** Gives the context under which a request that has a name of its own is done at most once. */
export type Once = (
  context: object,
  request: { readonly requestId: string; readonly actor: Actor; readonly operation: string; readonly input: unknown },
) => object;

export interface PortOptions<List extends readonly Operation[]> {
  readonly operations: List;
  readonly context: ContextOf<List>;
  readonly log: Log;
  /** Absent: a request's own name means nothing. */
  readonly once?: Once;
}

const NEVER_ABORTED = new AbortController().signal;

/** Longest name that a caller may give a request, in characters. */
const MAX_REQUEST_ID = 200;

export function createPorts<List extends readonly Operation[]>(options: PortOptions<List>): Ports {
  const { operations, log, once } = options;
  const context = options.context as object;
  const byName = new Map<string, Operation>(operations.map((operation) => [operation.name, operation]));
  /** Of what several readers are given, as one object: each is looked at once. */
  const known = new WeakMap<object, StreamPart>();

  const admitted = (name: string, input: unknown, actor: Actor) => {
    const operation = byName.get(name);
    if (!operation) throw new UnknownOperation(name);
    const parsed = parseInput(operation, input);
    if (mayUse(actor, operation)) return { operation, parsed };
    throw new Refusal("denied", whyNot(actor, operation));
  };
  const expected = (name: string, error: unknown): Error => {
    if (error instanceof Refusal || error instanceof UnknownOperation || error instanceof Bug) return error;
    const bug = Bug.of(error);
    log.error("operation failed unexpectedly", { operation: name, bug: bug.id, error });
    return bug;
  };

  async function call(name: string, input: unknown, actor: Actor, { signal, requestId }: CallOptions = {}) {
    try {
      const { operation, parsed } = admitted(name, input, actor);
      if (operation.kind === "stream") throw onlyStreams(operation);
      const own = { actor, signal: signal ?? NEVER_ABORTED, requestId: checkedRequestId(requestId) };
      const within =
        own.requestId !== undefined && once && operation.effect !== "read"
          ? once(context, { requestId: own.requestId, actor, operation: name, input: parsed })
          : context;
      return operation.output.parse(await operation.handle({ ...within, ...own }, parsed));
    } catch (error) {
      throw expected(name, error);
    }
  }

  async function stream(name: string, input: unknown, actor: Actor, signal: AbortSignal): Promise<OpenStream> {
    try {
      const { operation, parsed } = admitted(name, input, actor);
      const streaming: Streaming<object, z.ZodType, z.ZodType> | undefined = operation.stream;
      if (!streaming) throw notAStream(operation);
      const parts = await streaming.open({ ...context, actor, signal }, parsed);
      return { resumeField: streaming.resume.field, parts: checked(name, streaming, parts, signal) };
    } catch (error) {
      throw expected(name, error);
    }
  }

  async function* checked(
    name: string,
    { item, resume }: Streaming<object, z.ZodType, z.ZodType>,
    parts: AsyncIterable<unknown>,
    signal: AbortSignal,
  ): AsyncGenerator<StreamPart> {
    const checkedPart = (part: object): StreamPart => {
      const value = item.parse(part);
      const checked = { item: value, next: resume.next(value) };
      known.set(part, checked);
      return checked;
    };
    try {
      for await (const part of parts) {
        if (signal.aborted) break;
        if (isMark(part)) yield part;
        else yield known.get(part as object) ?? checkedPart(part as object);
      }
      if (signal.reason instanceof Refusal) throw signal.reason;
    } catch (error) {
      throw expected(name, error);
    }
  }

  return { call, stream, isStream: (name) => byName.get(name)?.kind === "stream" };
}

/** Of one who may not use it. */
export function whyNot(actor: Actor, { name, scope, forRun }: Pick<Operation, "name" | "scope" | "forRun">): string {
  if (forRun && actor.kind !== "run") return `${name} is for agents that speak for their run.`;
  return `${name} needs the scope "${scope}"; you have "${actor.scope}".`;
}

/** Only the calls of them, for whoever streams nothing. */
export function createCall<List extends readonly Operation[]>(
  operations: List,
  context: ContextOf<List>,
  log: Log,
): CallPort {
  return createPorts({ operations, context, log }).call;
}

function onlyStreams({ name }: Operation): Refusal {
  return new Refusal("invalid_input", `${name} has no single answer: it is a stream.`, {
    hint: "Open it as a stream: server-sent events over HTTP, notifications over JSON-RPC.",
  });
}

function notAStream({ name }: Operation): Refusal {
  return new Refusal("invalid_input", `${name} is no stream: it has one answer.`, { hint: "Call it." });
}

function checkedRequestId(requestId: string | undefined): string | undefined {
  if (requestId === undefined || (requestId.length > 0 && requestId.length <= MAX_REQUEST_ID)) return requestId;
  throw new Refusal("invalid_input", `A request id has 1 to ${MAX_REQUEST_ID} characters.`);
}

function parseInput(operation: Operation, input: unknown): unknown {
  const parsed = faultsOf(operation.input, input ?? {});
  if ("value" in parsed) return parsed.value;
  const fields = parsed.faults;
  throw new Refusal("invalid_input", fields.map(({ field, problem }) => `${field}: ${problem}`).join("; "), {
    hint: `See what ${operation.name} takes with \`steward help ${operation.name.replace(".", " ")}\`.`,
    data: { fields },
  });
}
