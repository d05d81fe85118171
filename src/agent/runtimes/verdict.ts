/** What a run came to, before anything is known of its task. */
export type Verdict =
  | { readonly outcome: "completed" }
  | {
      readonly outcome: "failed";
      readonly reason: string;
      readonly permanent?: boolean;
      /** Its agent ended well, and says itself that it did not succeed. */
      readonly isSaid?: boolean;
      readonly spendsNothing?: boolean;
    }
  | { readonly outcome: "limited"; readonly untilMs: number | null; readonly reason?: string }
  | { readonly outcome: "yielded"; readonly to: "approval" | "question" | "subtasks"; readonly question: string | null }
  | { readonly outcome: "budget"; readonly reason: string }
  | { readonly outcome: "configuration"; readonly reason: string }
  | { readonly outcome: "lost" };
