/** An approval: a question to a person about exactly one thing that an agent wants to do. Pure rules: what is asked, and who may answer. */
import { digestOf } from "../config/digest.ts";
import type { Limits } from "../config/limits.ts";
import type { Actor } from "../core/actor.ts";
import { CUT_MARK } from "../core/cut.ts";
import { isShallow, MAX_JSON_DEPTH } from "../core/json.ts";

export const APPROVAL_STATES = ["pending", "approved", "denied", "expired"] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** Why nobody was waited for any longer: its time was up, its run ended, its agent took it back, its task went on without it. */
export const EXPIRED_BECAUSE = ["time", "run_ended", "withdrawn", "task_went_on"] as const;
export type ExpiredBecause = (typeof EXPIRED_BECAUSE)[number];

/** Longest words of an agent about its question that are kept, and longest names, in characters. */
export const MAX_TITLE = 500;
export const MAX_WHY = 10_000;
export const MAX_TOOL = 200;
/** Longest note of whoever answers, in characters. */
export const MAX_NOTE = 2_000;

export interface Question {
  readonly runId: number;
  /** The runtime's own name for this question, unique within the run: asked twice under one key, it is one question. */
  readonly key: string;
  /** The tool as the agent calls it: what is approved is this tool with this input. */
  readonly tool: string;
  /** As it came through `JSON.parse`. */
  readonly input: unknown;
  readonly title?: string | null;
  readonly why?: string | null;
}

export type Asked =
  | { readonly input: string; readonly digest: string }
  /** It cannot be shown whole, so nobody can approve it. */
  | { readonly input: null; readonly digest: null; readonly because: string };

/** The input as text, whole, with its digest; or why it is denied unseen. */
export function readQuestion(
  { tool, input }: Pick<Question, "tool" | "input">,
  limits: Pick<Limits, "approvalInputBytes">,
): Asked {
  const unseen = (because: string): Asked => ({ input: null, digest: null, because });
  if (tool.length > MAX_TOOL) return unseen(`The name of the tool is longer than ${MAX_TOOL} characters.`);
  if (!isShallow(input)) return unseen(`Its input is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  const text = JSON.stringify(input ?? null);
  const bytes = Buffer.byteLength(text);
  if (bytes <= limits.approvalInputBytes) return { input: text, digest: inputDigest(input) };
  return unseen(`Its input has ${bytes} bytes; the limit is ${limits.approvalInputBytes} (limits.approvalInputBytes).`);
}

/** SHA-256, hexadecimal, of the input as JSON with sorted names: the same for the same input, however it was written. */
export function inputDigest(input: unknown): string {
  return digestOf(input ?? null);
}

/** An agent never answers, not even for another one; nor does what only starts things. */
export function mayAnswer({ kind }: Pick<Actor, "kind">): boolean {
  return kind === "person" || kind === "token";
}

/** What an agent says of its question, cut visibly; what is asked itself is never cut. */
export function cutWords(text: string | null | undefined, most: number): string | null {
  if (text === null || text === undefined || text === "") return null;
  const characters = [...text.toWellFormed()];
  if (characters.length <= most) return characters.join("");
  return `${characters.slice(0, most).join("")}${CUT_MARK} (${characters.length - most} more characters)`;
}
