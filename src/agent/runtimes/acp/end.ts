/** What the answer to a prompt means: an end of a turn is good only where it was the agent's own, and something came of it. */
import type { Failure } from "../../failure.ts";
import type { Given } from "../dialogue.ts";
import { type Fields, fields, isFields, text } from "../json-line.ts";
import { failureOfError, failureOfWords, reasonOfError, untilOf, untilOfWords } from "./errors.ts";
import { sayPrompt } from "./handshake.ts";
import { knownAgent } from "./known-agents.ts";
import { type AcpMaking, at } from "./state.ts";
import { spentTold } from "./usage.ts";
import { tellWords } from "./words.ts";

/** `stopReason`, beside "end_turn". */
const BY_STOP_REASON: Readonly<Record<string, readonly [Failure, string]>> = {
  max_tokens: ["context_full", "It has no room left for tokens."],
  max_turn_requests: ["turns", "It may ask its model no more often in one turn."],
  refusal: ["refused", "Its model refuses to go on."],
  cancelled: ["interrupted", "It was told to stop."],
};

const UNSAID: readonly [Failure, string] = ["unknown", "It does not say why it stopped."];

/** How often it is told to go on when it stopped where something was denied. */
const MAX_NUDGES = 3;

export function endOfTurn(making: AcpMaking, said: Fields, { now }: Given): void {
  tellWords(making);
  const result = fields(said.result);
  spentTold(making, result);
  if (isFields(said.error)) failed(making, said.error, now);
  else if (result.stopReason === "end_turn") ended(making, now);
  else fail(making, ...(at(BY_STOP_REASON, String(result.stopReason)) ?? UNSAID));
}

function failed(making: AcpMaking, error: Fields, now: number): void {
  const failure = making.own.wasInterrupted ? "interrupted" : failureOfError(error, making.own.program);
  fail(making, failure, reasonOfError(error), untilOf(error, now));
}

function ended(making: AcpMaking, now: number): void {
  const { denial, hasActed, words, program, errorSaid } = making.own;
  const last = words.last.trim();
  if (errorSaid !== null) {
    fail(making, failureOfWords(errorSaid, program), errorSaid, untilOfWords(errorSaid, now));
  } else if (denial && last === "") {
    goOn(making, denial);
  } else if (last === "" && (knownAgent(program).endsSilently || !hasActed)) {
    fail(making, "server", "It ended its turn without a word.");
  } else {
    making.end({ ok: true, failure: null, reason: null, text: text(last), until: null });
  }
}

/** Some stop at once when something is denied: they are told why, and that there is more to do. */
function goOn(making: AcpMaking, { title, note }: { title: string; note: string | null }): void {
  const what = text(title, 200) ?? "what you wanted to do";
  const why = note === null ? "" : ` (${note})`;
  const { nudges, wasInterrupted } = making.own;
  if (wasInterrupted || nudges >= MAX_NUDGES) {
    fail(making, "refused", `It stopped because this was denied: ${what}${why}`);
  } else {
    making.setOwn({ nudges: nudges + 1, denial: null });
    sayPrompt(
      making,
      `This was denied: ${what}${why}. Go on with your task without it, or say why that is not possible.`,
    );
  }
}

function fail(making: AcpMaking, failure: Failure, reason: string, until: number | null = null): void {
  making.end({ ok: false, failure, reason, text: text(making.own.words.last.trim()), until });
}
