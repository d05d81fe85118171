/**
 * Talks with the agent of one run: hears what it printed since, says what its runtime would have it told, and writes down
 * where they stand. It only reads and appends to files, so a daemon that was killed in the middle goes on here.
 */

import type { AgentNews } from "../../agent/agent-event.ts";
import { lastErrorOf, newsLine } from "../../agent/news-line.ts";
import type { Dialogue, DialogueState, Step } from "../../agent/runtimes/dialogue.ts";
import type { Told } from "../../agent/runtimes/judge.ts";
import { runtimeOf } from "../../agent/runtimes/runtimes.ts";
import type { Clock } from "../../core/clock.ts";
import { Refusal } from "../../core/refusal.ts";
import { isPastLimit } from "../agent-limit.ts";
import type { RunFiles } from "../run-files.ts";
import { type AskedTime, createAskedTime } from "./asked-time.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { type EventLog, openEventLog } from "./event-log.ts";
import { type Judge, TOO_MUCH } from "./judge.ts";
import { readLines } from "./lines.ts";
import { openTranscript, type Transcript } from "./transcript.ts";

/** How much is heard before it is written down where they stand, in bytes. */
const PIECE_BYTES = 256 * 1024;
/** Heard at once; then whoever waits for a turn has it: to interrupt it, say. */
const PIECES_A_LOOK = 16;
/** Pieces that are heard of what is left when it is gone: what comes after 256 MiB nobody will read. */
const PIECES_LEFT = 1024;
/** So long it is heard before others have their turn, in ms: an agent may print without end. */
const TURN_MS = 20;
/** Most questions of one agent that are open at once; what it asks beyond is denied. */
const MAX_OPEN = 64;
/** Errors that are told of one agent while one daemon hears it. */
const MAX_ERRORS = 200;

export interface DialogueRunOptions {
  readonly files: RunFiles;
  readonly clock: Clock;
  /** Of a run that works in this directory. */
  readonly judgeIn: (workspace: string) => Judge;
  /** What the agent said of its session: to be durable before more is heard. */
  readonly onSession: (state: DialogueState) => Promise<void>;
  /** Something came of the work: it is at no limit. To be durable before more is heard; once while one daemon hears it. */
  readonly onPastLimit: () => Promise<void>;
  /** It has said its last word, and nothing more will be said to it. */
  readonly onOver: () => void;
  readonly prompt: () => string;
  /** Longest file of events, in bytes; beyond it only what counts is written. */
  readonly eventBytes: number;
}

export interface Activity {
  /** The last that it did that says something to a person. */
  readonly last: AgentNews | null;
  readonly state: DialogueState;
  readonly isAsking: boolean;
  /** What a person is asked for now. */
  readonly approvalId: string | null;
}

export interface DialogueRun {
  /** Something may have been printed, or answered. Resolves when that was dealt with; true when there is more to hear. */
  look(): Promise<boolean>;
  activity(): Activity;
  /** Ms for which a person was asked, up to now. */
  askedMs(): number;
  /** When something of the work was heard last, monotonic ms; now, while a person is asked. */
  lastProgress(): number;
  interrupt(): Promise<void>;
  /** Leaves what it asks to a later run, where the agent can. False where it can't. */
  defer(): Promise<boolean>;
  /** Hears all that is left. */
  told(): Promise<Omit<Told, "wasEndedByUs"> & { readonly state: DialogueState }>;
}

/** Undefined where the run is none that is talked with. */
export function resumeDialogue(options: DialogueRunOptions): DialogueRun | undefined {
  const from = readCheckpoint(options.files.dialogue);
  const dialogue = from && runtimeOf(from.runtime).dialogue;
  return from && dialogue && new Talk(options, dialogue, from);
}

class Talk implements DialogueRun {
  readonly #options: DialogueRunOptions;
  readonly #dialogue: Dialogue;
  readonly #transcript: Transcript;
  readonly #events: EventLog;
  readonly #judge: Judge;
  #at: Checkpoint;
  #last: AgentNews | null = null;
  readonly #askedTime: AskedTime;
  /** Told, and not yet in the file. */
  readonly #unwritten: { readonly news: AgentNews; readonly at: number }[] = [];
  #errors = 0;
  #isPastLimit = false;
  #isDirty = false;
  /** What was asked since the answers were looked at may have been answered before: in an earlier run. */
  #hasAsked = false;
  #work: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(options: DialogueRunOptions, dialogue: Dialogue, from: Checkpoint) {
    this.#options = options;
    this.#dialogue = dialogue;
    this.#at = from;
    this.#judge = options.judgeIn(from.workspace);
    this.#transcript = openTranscript(options.files.stdin, from.said);
    this.#events = openEventLog(options.files.events, from.events, options.eventBytes);
    const askingSince = from.state.asking.length > 0 ? from.askingSince : null;
    this.#askedTime = createAskedTime(options.clock, { askedMs: from.askedMs, askingSince });
    this.#askedTime.set(this.#at.state.asking.length > 0);
  }

  look(): Promise<boolean> {
    return this.#look(PIECES_A_LOOK);
  }

  #look(pieces: number): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#takeAnswers();
      const hasMore = await this.#hear(pieces);
      if (this.#hasAsked) await this.#takeAnswers();
      if (this.#isDirty) this.#writeDown();
      this.#closeWhenOver();
      return hasMore;
    });
  }

  async interrupt(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#take(this.#dialogue.interrupt(this.#at.state), this.#at.heard);
    });
  }

  async defer(): Promise<boolean> {
    let deferred = false;
    await this.#inTurn(async () => {
      const [key, ...others] = this.#at.state.asking;
      if (key === undefined || others.length > 0) return;
      const step = this.#dialogue.defer?.(this.#at.state, key);
      if (!step) return;
      await this.#take(step, this.#at.heard);
      deferred = true;
    });
    return deferred;
  }

  async told() {
    let unheard: string | null = null;
    // What it made of its files it has made of its end: that is judged by what was heard by then.
    await this.#look(PIECES_LEFT).catch((error: unknown) => {
      // A store that is away comes back.
      if (error instanceof Refusal) throw error;
      unheard = `not all that it said could be read (${error instanceof Error ? error.message : error})`;
    });
    const { state } = this.#at;
    const lastError = unheard ?? this.#at.lastError;
    return { ended: state.ended, lastError, state };
  }

  activity(): Activity {
    const { state } = this.#at;
    const approvalId = state.asking.map((key) => this.#at.asked[key]).find((id) => id != null) ?? null;
    return { last: this.#last, state, isAsking: state.asking.length > 0, approvalId };
  }

  askedMs(): number {
    return this.#askedTime.askedMs();
  }

  lastProgress(): number {
    return this.#askedTime.lastProgress();
  }

  /** One after the other; one that fails does not keep the next from being tried. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#work.then(step);
    this.#work = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  async #takeAnswers(): Promise<void> {
    this.#hasAsked = false;
    const { asking } = this.#at.state;
    if (asking.length === 0) return;
    for (const [key, { answer, approvalId, state, note }] of await this.#judge.answers(asking)) {
      const told = { type: "permission", callId: key, tool: "", input: null, approvalId, state, note } as const;
      const step = this.#dialogue.answer(this.#at.state, key, answer);
      await this.#take({ ...step, news: [told, ...(step.news ?? [])] }, this.#at.heard);
    }
  }

  async #hear(pieces: number): Promise<boolean> {
    const { files, clock, prompt } = this.#options;
    for (let piece = 0; piece < pieces; piece++) {
      const lines = readLines(files.stdout, this.#at.heard, PIECE_BYTES);
      if (lines.length === 0) return false;
      let since = clock.monotonic();
      for (const { text, next } of lines) {
        if (clock.monotonic() - since > TURN_MS) {
          await new Promise((resolve) => setImmediate(resolve));
          since = clock.monotonic();
        }
        if (text === undefined) await this.#take({ state: this.#at.state, news: [TOO_LONG], isNoise: true }, next);
        else await this.#take(this.#dialogue.hear(this.#at.state, text, { prompt, now: clock.now() }), next, false);
      }
      this.#writeDown();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  }

  /**
   * All that a step wants done, so that it can be done again: what is asked is durable first, then said, then written down
   * where they stand. `writeDown` false: more follows at once.
   */
  async #take(step: Step, heard: number, writeDown = true): Promise<void> {
    const before = this.#at.state;
    const news = [...(step.news ?? [])];
    let { state } = step;
    const say = [...(step.say ?? [])];
    if (state.session !== null && state.session !== before.session) await this.#options.onSession(state);
    for (const question of step.asks ?? []) {
      const isTooMuch = state.asking.length > MAX_OPEN;
      const { answer, approvalId } = isTooMuch ? TOO_MUCH : await this.#judge.ask(question);
      if (!answer) {
        const { key: callId, tool, input } = question;
        news.push({ type: "permission", callId, tool, input, approvalId, state: "asked", note: null });
        this.#hasAsked = true;
        this.#at = { ...this.#at, asked: { ...open(this.#at.asked, state.asking), [callId]: approvalId } };
        continue;
      }
      const answered = this.#dialogue.answer(state, question.key, answer);
      state = answered.state;
      say.push(...(answered.say ?? []));
      news.push(...(answered.news ?? []));
    }
    const withdrawn = step.withdrawn ?? [];
    if (withdrawn.length > 0) await this.#judge.withdraw(withdrawn);
    for (const callId of withdrawn)
      news.push({
        type: "permission",
        callId,
        tool: "",
        input: null,
        approvalId: null,
        state: "withdrawn",
        note: null,
      });
    if (!this.#isPastLimit && isPastLimit(news)) {
      await this.#options.onPastLimit();
      this.#isPastLimit = true;
    }
    this.#transcript.say(say);
    this.#note(news, step.isNoise);
    this.#isDirty = true;
    this.#at = { ...this.#at, state, heard, lastError: lastErrorOf(news) ?? this.#at.lastError };
    this.#askedTime.set(this.#at.state.asking.length > 0);
    if (writeDown || say.length > 0 || (step.asks?.length ?? 0) > 0) this.#writeDown();
  }

  #note(news: readonly AgentNews[], isNoise = false): void {
    if (news.length === 0) return;
    const at = this.#options.clock.now();
    for (const item of news) {
      if (item.type === "error" && ++this.#errors > MAX_ERRORS) continue;
      this.#unwritten.push({ news: item, at });
    }
    if (!isNoise) this.#askedTime.moved();
    this.#last = news.findLast((item) => newsLine(item) !== null) ?? this.#last;
  }

  #writeDown(): void {
    this.#events.write(this.#unwritten);
    this.#unwritten.length = 0;
    const places = { said: this.#transcript.size(), events: this.#events.place() };
    this.#at = { ...this.#at, ...places, ...this.#askedTime.toKeep() };
    writeCheckpoint(this.#options.files.dialogue, this.#at);
    this.#isDirty = false;
  }

  #closeWhenOver(): void {
    if (this.#isOver || !this.#at.state.ended) return;
    this.#isOver = true;
    this.#transcript.close();
    this.#options.onOver();
  }
}

/** Of those that are still asked. */
function open(asked: Checkpoint["asked"], asking: readonly string[]): Checkpoint["asked"] {
  return Object.fromEntries(Object.entries(asked).filter(([key]) => asking.includes(key)));
}

const TOO_LONG: AgentNews = { type: "error", message: "It printed a line that is too long to be read." };
