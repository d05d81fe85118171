/** What a way of talking with an agent has to be able to, so that scenarios can be played with every agent. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../lifecycle/eventually.ts";
import type { AgentName } from "./install.ts";
import type { Turn } from "./scenarios.ts";
import type { Message, Wire } from "./wire.ts";

export interface Place {
  readonly agent: AgentName;
  readonly cwd: string;
  /** The session to go on with; null for a new one. */
  readonly session: string | null;
}

export interface Dialogue {
  /** What stands behind the program's name. */
  argv(place: Place): readonly string[];
  /** One turn, from the greeting to the agent's last word. Gives the session. */
  play(wire: Wire, turn: Turn, place: Place): Promise<string>;
}

/** How long a turn may take: agents try again for minutes without a word, which is then what is to be seen of them. */
export const TURN_MS = 70_000;

interface Course {
  isQuestion(message: Message): boolean;
  isLast(message: Message): boolean;
  answer(question: Message): void;
  interrupt(open: Message | null): void;
}

/** Answers every question until the last message has come; interrupts once, when it is time, or when it takes too long. */
export async function course(wire: Wire, turn: Turn, { cwd }: Place, does: Course): Promise<void> {
  const from = wire.spoken.length;
  const answered = new Set<Message>();
  let interrupted = false;
  const interrupt = (open: Message | null) => {
    if (!interrupted) does.interrupt(open);
    interrupted = true;
  };
  const timer = setTimeout(() => interrupt(null), TURN_MS);
  try {
    for (;;) {
      const isNew = (message: Message) => does.isQuestion(message) && !answered.has(message);
      const message = await wire.hear("the next question or the end", (m) => does.isLast(m) || isNew(m), from);
      if (does.isLast(message)) return;
      answered.add(message);
      if (turn.interruptWhen === "asked") {
        interrupt(message);
        continue;
      }
      does.answer(message);
      if (turn.interruptWhen !== "running") continue;
      await eventually("the command to run", () => existsSync(join(cwd, "started")));
      interrupt(null);
    }
  } finally {
    clearTimeout(timer);
  }
}
