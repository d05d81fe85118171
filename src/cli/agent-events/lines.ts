/** What is told of an agent beside what it says and uses: each as a line. */
import type { AgentEvent } from "../../agent/agent-event.ts";
import type { Failure } from "../../agent/failure.ts";
import { shortInput } from "../../agent/tool-input.ts";
import type { Tone } from "../view.ts";
import { duration } from "./duration.ts";

/** Of an event, not yet safe to show and of any length; made so by whoever writes it. */
export interface Line {
  readonly text: string;
  readonly tones: readonly Tone[];
  /** A person wrote it: not cut where the terminal ends. */
  readonly isWhole?: boolean;
}

type Told<T extends AgentEvent["type"]> = Extract<AgentEvent, { type: T }>;

/** A limit that is less spent is not worth a line, in percent; above it each further step is. */
const WORTH_TELLING = 80;
const STEP = 10;

/** The class of an end that is none: its question stays open, and no process waits for the answer. */
const DEFERRED = "deferred" satisfies Failure;

export function startedLine({ model, version }: Told<"started">): Line[] {
  const facts = [model !== null && `model ${model}`, version !== null && `version ${version}`].filter(Boolean);
  return facts.length === 0 ? [] : [{ text: `  · ${facts.join(", ")}`, tones: ["dim"] }];
}

export function permissionLines(permission: Told<"permission">): Line[] {
  const said = permission.note?.trim() ?? "";
  const note: Line = { text: `    said: ${said}`, tones: ["yellow"], isWhole: true };
  return [permissionLine(permission), ...(said === "" ? [] : [note])];
}

function permissionLine({ tool, input, approvalId, state }: Told<"permission">): Line {
  const what = [tool, shortInput(input)].filter(Boolean).join("  ");
  const which = approvalId === null ? "" : `${approvalId}: `;
  switch (state) {
    case "asked":
      return { text: `  ? ${which}may it? ${what}`, tones: ["bold", "yellow"] };
    case "approved":
      return { text: `  ✓ ${which}approved  ${what}`, tones: ["green"] };
    case "denied":
      return { text: `  ⊘ ${which}denied  ${what}`, tones: ["yellow"] };
    case "expired":
      return { text: `  ⊘ ${which}nobody answered in time  ${what}`, tones: ["yellow"] };
    case "withdrawn":
      return { text: `  · ${which}no longer asked  ${what}`, tones: ["dim"] };
  }
}

/** `told` is what is said to have been told from now on. */
export function limitLine(
  { at, scope, blocked, resetsAt, usedPercent }: Told<"limit">,
  toldBefore: string,
): { readonly line: Line | undefined; readonly told: string } {
  const step = usedPercent === null ? -1 : Math.floor(usedPercent / STEP);
  const told = JSON.stringify([scope, blocked, blocked ? resetsAt : step]);
  const isWorth = blocked || (usedPercent !== null && usedPercent >= WORTH_TELLING);
  if (!isWorth || told === toldBefore) return { line: undefined, told: isWorth ? told : toldBefore };
  const which = scope === null ? "a limit" : `the limit ${scope}`;
  const ms = resetsAt === null ? Number.NaN : Date.parse(resetsAt) - Date.parse(at);
  const until = ms > 0 ? `; it resets in ${duration(ms)}` : "";
  return blocked
    ? { line: { text: `  ‖ ${which} is reached${until}`, tones: ["yellow"] }, told }
    : { line: { text: `  · ${Math.floor(usedPercent ?? 0)} % of ${which} are used${until}`, tones: ["dim"] }, told };
}

export function retryingLine({ attempt, afterMs, reason }: Told<"retrying">): Line {
  const when = afterMs === null ? "" : ` in ${duration(afterMs)}`;
  const which = attempt === null ? "" : ` (try ${attempt + 1})`;
  return { text: `  ↻ tries again${when}${which}: ${reason}`, tones: ["dim"] };
}

/** Of one that did not go well, or that only waits for an answer. */
export function endedLine({ failure, reason }: Told<"ended">): Line {
  if (failure === DEFERRED) return { text: "  · it left, and comes back with the answer", tones: ["dim"] };
  const why = [failure, reason].filter((part) => part !== null && part !== "").join(": ");
  return { text: `✗ ${why || "it ended without saying why"}`, tones: ["red"] };
}
