/** What the dialogues of all runtimes do with their state: begin it, note what was asked, spent, and how it ended. */
import { type AgentNews, addUsage, NO_USAGE, type Usage, usageSince } from "../agent-event.ts";
import type { DialogueState, Ended, Question, Step } from "./dialogue.ts";
import { text } from "./json-line.ts";

export function newState<Own>(own: Own, before: { session: string | null; usage: Usage | null }): DialogueState<Own> {
  return {
    session: before.session,
    model: null,
    version: null,
    greeted: false,
    progressed: false,
    asking: [],
    usage: NO_USAGE,
    sessionUsage: before.usage ?? NO_USAGE,
    ended: null,
    own,
  };
}

/** Of an agent that tells no more than these nothing has come: not even of one that says why it could not begin. */
const NO_PROGRESS: ReadonlySet<AgentNews["type"]> = new Set(["started", "error", "limit", "ended"]);

/** A step in the making: what is added to it in order. */
export class Making<Own> {
  state: DialogueState<Own>;
  readonly say: string[] = [];
  readonly news: AgentNews[] = [];
  readonly asks: Question[] = [];
  readonly withdrawn: string[] = [];
  isNoise = false;

  constructor(state: DialogueState<Own>) {
    this.state = state;
  }

  get own(): Own {
    return this.state.own;
  }

  set(change: Partial<DialogueState<Own>>): void {
    this.state = { ...this.state, ...change };
  }

  setOwn(change: Partial<Own>): void {
    this.set({ own: { ...this.state.own, ...change } });
  }

  tell(news: AgentNews): void {
    this.news.push(news);
    if (!NO_PROGRESS.has(news.type)) this.set({ progressed: true });
  }

  /** A line that is none of the protocol. What it prints before it speaks that is why it does not. */
  noise(line: string): void {
    this.isNoise = true;
    const message = text(line.trim(), 500);
    if (message !== null && !this.state.greeted) this.tell({ type: "error", message });
  }

  sayJson(message: unknown): void {
    this.say.push(JSON.stringify(message));
  }

  ask(question: Question): void {
    if (!this.state.asking.includes(question.key)) this.set({ asking: [...this.state.asking, question.key] });
    this.asks.push(question);
    this.set({ progressed: true });
  }

  answered(key: string): void {
    this.set({ asking: this.state.asking.filter((other) => other !== key) });
  }

  withdraw(key: string): void {
    if (!this.state.asking.includes(key)) return;
    this.answered(key);
    this.withdrawn.push(key);
  }

  /** Tells what was spent since the last total, if anything was. */
  spent(sessionTotal: Usage): void {
    const since = usageSince(this.state.sessionUsage, sessionTotal);
    this.set({ sessionUsage: sessionTotal });
    if (since) this.spentMore(since);
  }

  spentMore(since: Usage): void {
    this.set({ usage: addUsage(this.state.usage, since) });
    this.tell({ type: "usage", ...since });
  }

  /** The first end stands. */
  end(ended: Ended): void {
    if (this.state.ended) return;
    for (const key of this.state.asking) this.withdrawn.push(key);
    this.set({ ended, asking: [] });
    this.tell({ type: "ended", ok: ended.ok, failure: ended.failure, reason: ended.reason, text: ended.text });
  }

  step(): Step<Own> {
    const { state, say, news, asks, withdrawn, isNoise } = this;
    return { state, say, news, asks, withdrawn, ...(isNoise && { isNoise }) };
  }
}
