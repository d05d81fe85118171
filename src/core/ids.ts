/** Ids: a number inside, `noun-number` outside; and random tokens, injected so that tests can know them. */
import { randomBytes } from "node:crypto";

export type Noun = "task" | "run" | "event" | "host" | "project" | "import" | "token" | "message" | "approval";

export function publicId(noun: Noun, id: number): string {
  return `${noun}-${id}`;
}

/** The number in `task-17`, or undefined when the text is not that noun's id. Plain digits are not taken: they may be a key. */
export function parseId(noun: Noun, text: string): number | undefined {
  const match = /^([a-z]+)-([1-9]\d{0,14})$/.exec(text);
  return match && match[1] === noun ? Number(match[2]) : undefined;
}

export interface Ids {
  /** 128 random bits, hexadecimal: fences every write of a run. */
  token(): string;
  /** A number in [0, 1): the jitter of a backoff. */
  random(): number;
}

export const systemIds: Ids = {
  token: () => randomBytes(16).toString("hex"),
  random: () => Math.random(),
};
