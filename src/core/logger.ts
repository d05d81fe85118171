/** The daemon's log: one JSON line per message, bounded, with errors whole and known secrets masked. */
import { pino } from "pino";
import type { Log, LogFacts } from "./log.ts";
import { cutToBytes } from "./log-file.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogSink {
  write(line: string): void;
}

export interface LogOptions {
  readonly sink: LogSink;
  readonly level: LogLevel;
  /** Secret values known by now; asked for each line. */
  readonly mask?: () => readonly string[];
}

/** Longest line, newline included, in bytes. What is longer becomes a shorter line that says so. */
export const MAX_LOG_LINE_BYTES = 64 * 1024;
/** Starts kept of the message and of the line when it is too long, in bytes: quoting makes them 6 and 2 times larger. */
const KEPT_MESSAGE_BYTES = 1024;
const KEPT_LINE_BYTES = 24 * 1024;
/** Shorter secrets are not masked, in characters: they would blot out ordinary words. */
export const MIN_MASKED_CHARACTERS = 4;
export const MASKED = "[masked]";

/** Logging never throws. */
export function createLog({ sink, level, mask = () => [] }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => sink.write(bounded(masked(line, mask()))) },
  );
  const at = (as: LogLevel) => (message: string, facts?: LogFacts) => {
    if (!logger.isLevelEnabled(as)) return;
    try {
      logger[as](factsToWrite(facts), message);
    } catch {
      // A sink or a mask that fails has nowhere to say so, and whoever logs must not fail for it.
    }
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Names that each line uses for itself. */
const OWN_NAMES = new Set(["time", "level", "msg"]);

function factsToWrite(facts: LogFacts = {}): LogFacts {
  try {
    const seen = new WeakMap<object, unknown>();
    return Object.fromEntries(
      Object.entries(facts).map(([key, value]) => [OWN_NAMES.has(key) ? `${key}_` : key, errorsWhole(value, seen)]),
    );
  } catch (error) {
    return { factsLost: error instanceof Error ? error.message : "unreadable" };
  }
}

/** JSON knows no errors and no circles: each error, however deep and often it stands there, becomes an object. */
function errorsWhole(value: unknown, seen: WeakMap<object, unknown>): unknown {
  if (value === null || typeof value !== "object") return value;
  if (!seen.has(value)) {
    seen.set(value, "[circular]");
    seen.set(value, inner(value, seen));
  }
  return seen.get(value);
}

function inner(value: object, seen: WeakMap<object, unknown>): unknown {
  if (value instanceof Error) return errorWhole(value, seen);
  if (Array.isArray(value)) return value.map((item) => errorsWhole(item, seen));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, errorsWhole(below, seen)]));
}

function errorWhole(error: Error, seen: WeakMap<object, unknown>): object {
  const { name, message, stack, cause } = error;
  const facts = Object.entries(error).filter(([, value]) => Object(value) !== value);
  return {
    ...Object.fromEntries(facts),
    type: name,
    message,
    stack,
    ...(cause === undefined ? {} : { cause: errorsWhole(cause, seen) }),
    ...(error instanceof AggregateError ? { errors: errorsWhole(error.errors, seen) } : {}),
  };
}

/** Masks on the finished line, where nothing can be forgotten; each secret also as JSON writes it, in a text or in a text within one. */
function masked(line: string, secrets: readonly string[]): string {
  const forms = secrets
    .flatMap((secret) => [secret, secret.trim()])
    .filter((form) => form.length >= MIN_MASKED_CHARACTERS);
  if (forms.length === 0) return line;
  const written = new Set(forms.flatMap((form) => [quoted(form), quoted(quoted(form))]));
  const longestFirst = [...written].sort((a, b) => b.length - a.length);
  const result = longestFirst.reduce((text, form) => text.replaceAll(form, MASKED), line);
  return result === line || isLine(result)
    ? result
    : shortLine(line, { msg: "a log line that was made of a secret was left out" });
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A secret such as `":{"` or `true` would leave a line that no program can read. */
function isLine(text: string): boolean {
  try {
    JSON.parse(text);
    return text.endsWith("\n");
  } catch {
    return false;
  }
}

function bounded(line: string): string {
  const bytes = Buffer.byteLength(line);
  if (bytes <= MAX_LOG_LINE_BYTES) return line;
  const { msg } = JSON.parse(line) as { msg: string };
  const start = cutToBytes(line, KEPT_LINE_BYTES);
  return shortLine(line, { msg: cutToBytes(msg, KEPT_MESSAGE_BYTES), cutFromBytes: bytes, start });
}

function shortLine(line: string, facts: { readonly msg: string } & LogFacts): string {
  const { level, time } = JSON.parse(line) as { level: string; time: string };
  return `${JSON.stringify({ level, time, ...facts })}\n`;
}
