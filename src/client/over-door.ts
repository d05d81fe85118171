/** The object that programs hold: a method for each operation, over whichever door. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Door } from "./door.ts";
import { StewardUnreachable } from "./errors.ts";
import { follow } from "./follow.ts";
import type { CallOptions, StreamOptions } from "./method.ts";
import { OPERATIONS, type OperationFacts, type OperationMethods } from "./operations.generated.ts";
import type { Steward } from "./steward.ts";

/** Before a call is repeated, in ms: the first pause, and how much longer each next one is. */
const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_FACTOR = 4;

interface Defaults {
  readonly timeoutMs: number;
  readonly retries: number;
}

export function stewardOver(door: Door, defaults: Defaults): Steward {
  async function call(operation: string, input: object = {}, options: CallOptions = {}): Promise<unknown> {
    const { signal, retries = defaults.retries } = options;
    const facts = factsOf(operation);
    const requestId = options.requestId ?? (facts?.effect === "read" ? undefined : randomUUID());
    const timeoutMs = (options.timeoutMs ?? defaults.timeoutMs) + waitOf(input, facts);
    for (let tries = 0; ; tries++) {
      try {
        return await door.call({ operation, input, requestId, signal, timeoutMs });
      } catch (error) {
        if (tries >= retries || !isBroken(error)) throw error;
      }
      await pause(RETRY_PAUSE_MS * RETRY_PAUSE_FACTOR ** tries, undefined, { signal });
    }
  }

  function stream(operation: string, resume: string) {
    return (input: object = {}, options: StreamOptions = {}) =>
      follow({ door, operation, input, resume, timeoutMs: options.timeoutMs ?? defaults.timeoutMs, options });
  }

  const close = () => door.close();
  // The table of operations has exactly the methods of the type: both are written from the registry.
  const perOperation = methods(call, stream) as unknown as OperationMethods;
  return { ...perOperation, call, close, [Symbol.asyncDispose]: close };
}

/** `task.submit` becomes `task: { submit }`; what also streams has its stream beside it: `run.output.stream`. */
function methods(
  call: Steward["call"],
  stream: (operation: string, resume: string) => object,
): Record<string, unknown> {
  const nouns: Record<string, Record<string, unknown>> = {};
  const single: Record<string, unknown> = {};
  for (const [name, { kind, resume }] of Object.entries<OperationFacts>(OPERATIONS)) {
    const ask = (input?: object, options?: CallOptions) => call(name, input, options);
    const streaming = resume === undefined ? undefined : stream(name, resume);
    const method = kind === "stream" ? streaming : streaming ? Object.assign(ask, { stream: streaming }) : ask;
    const [noun = "", verb] = name.split(".");
    if (verb === undefined) single[noun] = method;
    else nouns[noun] = { ...nouns[noun], [verb]: method };
  }
  return { ...single, ...nouns };
}

function factsOf(operation: string): OperationFacts | undefined {
  return Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
}

function waitOf(input: { readonly waitMs?: unknown }, facts: OperationFacts | undefined): number {
  return typeof input.waitMs === "number" ? input.waitMs : (facts?.waitMs ?? 0);
}

function isBroken(error: unknown): boolean {
  return error instanceof StewardUnreachable && (error.reason === "no_daemon" || error.reason === "lost");
}
