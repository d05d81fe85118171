/** What is remembered of a dialogue with Claude Code between two lines. */

/** How the CLI is to be answered for each open question. */
export interface Open {
  readonly requestId: string;
  readonly via: "hook" | "tool";
  readonly tool: string;
  readonly input: unknown;
}

export interface ClaudeOwn {
  readonly phase: "greeting" | "working";
  /** The session goes on by itself where it was left: the prompt is not said again. */
  readonly goesOn: boolean;
  readonly open: Readonly<Record<string, Open>>;
  /** Calls that were decided by the hook, with a digest of what exactly was: the program's own rules may ask for the same again. */
  readonly decided: Readonly<Record<string, { readonly verdict: "allow" | "deny"; readonly what: string }>>;
  /** Calls that were denied here: the agent tells of them as failed. */
  readonly denied: readonly string[];
  /** Numbers of control requests of ours that were said. */
  readonly interrupts: number;
  /** When the limit that was met ends, epoch ms. */
  readonly limitUntil: number | null;
  /** What the last failed answer of the model was called. */
  readonly apiError: string | null;
  /** The answer of the model that is being worked off, and how many calls it asked for. */
  readonly message: { readonly id: string | null; readonly calls: number };
}

export const FRESH: ClaudeOwn = {
  phase: "greeting",
  goesOn: false,
  open: {},
  decided: {},
  denied: [],
  interrupts: 0,
  limitUntil: null,
  apiError: null,
  message: { id: null, calls: 0 },
};
