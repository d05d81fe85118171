/** The beginning of a talk: it is made before the agent starts, so that it finds the first words when it does. */
import type { RuntimeName } from "../../agent/agent.ts";
import type { Step } from "../../agent/runtimes/dialogue.ts";
import type { RunFiles } from "../run-files.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { NO_EVENTS, openEventLog } from "./event-log.ts";
import { openTranscript } from "./transcript.ts";

/** Before the agent starts: what is said first, and where they stand. */
export function beginDialogue(files: RunFiles, runtime: RuntimeName, workspace: string, step: Step): void {
  const transcript = openTranscript(files.stdin, 0);
  transcript.say(step.say ?? []);
  const events = openEventLog(files.events, NO_EVENTS, 0).place();
  const said = transcript.size();
  const { state } = step;
  writeCheckpoint(files.dialogue, {
    runtime,
    workspace,
    state,
    heard: 0,
    said,
    events,
    askedMs: 0,
    askingSince: null,
    asked: {},
    lastError: null,
  });
}
