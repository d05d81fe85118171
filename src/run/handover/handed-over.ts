/** What a run leaves to the stages after it: small enough to be told to each of them, and without a secret. */
import * as z from "zod";
import { fields, isFields } from "../../agent/runtimes/json-line.ts";
import type { RunRow } from "../run.store.ts";
import type { Result } from "../run-files.ts";

export const HandedOver = z.object({
  summary: z
    .string()
    .nullable()
    .describe("What it did, in its agent's own words; of a gate the sentence that it left."),
  value: z.unknown().describe("What it left for programs; null when it left nothing, or too much."),
  output: z
    .string()
    .nullable()
    .describe("The end of what it printed; of a gate, or of an agent that left nothing else."),
  cut: z.boolean().describe("There was more: see the run's own result and output."),
});

export type HandedOver = z.output<typeof HandedOver>;

export interface Left {
  readonly result: Result;
  /** The masked end of its output. */
  readonly printed: string;
}

/** As JSON of at most `maxBytes`: of texts the end of outputs and the beginning of summaries is kept. */
export function handedOver({ gate }: Pick<RunRow, "gate">, { result, printed }: Left, maxBytes: number): string {
  const whole = gate === null ? ofAgent(result, printed) : ofGate(result, printed);
  for (let texts = maxBytes; ; texts = Math.floor(texts / 2)) {
    const json = JSON.stringify(cutTo(whole, texts));
    if (Buffer.byteLength(json) <= maxBytes || texts < 1) return json;
  }
}

function ofGate({ from, value }: Result, printed: string): Omit<HandedOver, "cut"> {
  const { summary } = from === "file" ? fields(value) : {};
  return { summary: typeof summary === "string" ? summary : null, value: null, output: printed };
}

function ofAgent({ from, value }: Result, printed: string): Omit<HandedOver, "cut"> {
  if (from === "stdout") return { summary: null, value: null, output: printed };
  if (typeof value === "string") return { summary: value, value: null, output: null };
  const { summary, reason, outcome: _, ...rest } = fields(value);
  const said = [summary, reason].find((text) => typeof text === "string");
  if (said === undefined) return { summary: null, value, output: null };
  const left = isFields(value) && "value" in value ? value.value : rest;
  return { summary: String(said), value: isEmpty(left) ? null : left, output: null };
}

function isEmpty(value: unknown): boolean {
  return value == null || (isFields(value) && Object.keys(value).length === 0);
}

function cutTo({ summary, value, output }: Omit<HandedOver, "cut">, characters: number): HandedOver {
  const half = Math.floor(characters / 2);
  const kept = {
    summary: summary === null ? null : summary.slice(0, half).toWellFormed(),
    // As it will be shown, with its indentation: deeply nested it is many times longer.
    value: JSON.stringify(value, null, 2).length <= half ? value : null,
    output: output === null ? null : output.slice(Math.max(0, output.length - half)).toWellFormed(),
  };
  const isCut = kept.summary !== summary || kept.output !== output || (kept.value === null && value !== null);
  return { ...kept, cut: isCut };
}

/** Null where it left nothing that can be read. */
export function readHandedOver({ handover }: Pick<RunRow, "handover">): HandedOver | null {
  return handover === null ? null : HandedOver.parse(JSON.parse(handover));
}
