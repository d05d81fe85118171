/** A real agent as a child that speaks JSON lines on its standard input and output, with all that was said kept. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Surroundings } from "./surroundings.ts";

export type Message = Record<string, unknown>;

export interface Spoken {
  readonly atMs: number;
  readonly from: "us" | "agent";
  /** A line of the agent's that is no JSON stands as { text }. */
  readonly message: Message;
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Wire {
  readonly pid: number;
  readonly spoken: readonly Spoken[];
  readonly ended: Promise<End>;
  stderr(): string;
  send(message: Message): void;
  /** The first message of the agent's from `since` on that is such a one, come already or still to come. */
  hear(what: string, isIt: (message: Message) => boolean, since?: number): Promise<Message>;
  /** Closes its standard input. */
  hangUp(): void;
  kill(signal: NodeJS.Signals): void;
}

/** Longer than any agent is given for one turn. */
const PATIENCE_MS = 120_000;

export function openWire(argv: readonly string[], { env, cwd }: Surroundings): Wire {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const start = performance.now();
  const spoken: Spoken[] = [];
  const waiting = new Set<() => void>();
  const note = (from: Spoken["from"], message: Message) => {
    spoken.push({ atMs: Math.round(performance.now() - start), from, message });
    for (const look of [...waiting]) look();
  };
  let errors = "";
  child.stderr.on("data", (data: Buffer) => {
    errors = (errors + data).slice(-64 * 1024);
  });
  createInterface({ input: child.stdout }).on("line", (line) => note("agent", parsed(line)));
  // Whoever writes to an agent that is gone learns so from its end.
  child.stdin.on("error", () => undefined);
  let isOver = false;
  const ended = endOf(child);
  ended.then(() => {
    isOver = true;
    for (const look of [...waiting]) look();
  });

  const hear: Wire["hear"] = (what, isIt, since = 0) =>
    new Promise((resolve, reject) => {
      const stop = (then: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        then();
      };
      const look = () => {
        const found = spoken.slice(since).find(({ from, message }) => from === "agent" && isIt(message));
        if (found !== undefined) stop(() => resolve(found.message));
        else if (isOver) stop(() => reject(new Error(`it ended without ${what}; it said last: ${errors.slice(-500)}`)));
      };
      const timer = setTimeout(() => stop(() => reject(new Error(`never heard: ${what}`))), PATIENCE_MS);
      waiting.add(look);
      look();
    });

  return {
    pid: child.pid ?? 0,
    spoken,
    ended,
    stderr: () => errors,
    hear,
    send: (message) => {
      note("us", message);
      child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    hangUp: () => child.stdin.end(),
    kill: (signal) => child.kill(signal),
  };
}

/** What is inside of a message, of which nothing is known. */
export function part(value: unknown): Message {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function parsed(line: string): Message {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : { text: line };
  } catch {
    return { text: line };
  }
}

const endOf = (child: ChildProcess) =>
  new Promise<End>((resolve) => {
    // Not "exit": what it said last may still be in the pipe.
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
