/** A tool that an agent uses, as one line with its state; what went wrong below it. */

import { shortInput } from "../../agent/tool-input.ts";
import type { Line } from "./lines.ts";

export interface ToolSeen {
  readonly name: string;
  readonly input: unknown;
}

export interface ToolState {
  readonly state: "running" | "completed" | "failed" | "denied";
  readonly output: string | null;
}

const MARKS = { running: "…", completed: "✓", failed: "✗", denied: "⊘" } as const;
const TONES = { running: ["dim"], completed: ["green"], failed: ["red"], denied: ["yellow"] } as const;

/** Lines shown of what a tool said when it failed. */
const FAILURE_LINES = 3;

export function toolLines({ name, input }: ToolSeen, { state, output }: ToolState): [Line, ...Line[]] {
  const what = [name || "a tool", shortInput(input)].filter(Boolean).join("  ");
  const line: Line = {
    text: `  ${MARKS[state]} ${what}${state === "denied" ? "  (denied)" : ""}`,
    tones: TONES[state],
  };
  if (state !== "failed" || output === null) return [line];
  const said = output.split("\n").filter((text) => text.trim() !== "");
  return [line, ...said.slice(0, FAILURE_LINES).map((text): Line => ({ text: `      ${text}`, tones: ["dim"] }))];
}
