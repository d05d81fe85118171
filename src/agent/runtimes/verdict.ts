/** What a run came to, before anything is known of its task. */
export type Verdict =
  | { readonly outcome: "completed" }
  | {
      readonly outcome: "failed";
      readonly reason: string;
      readonly permanent?: boolean;
      readonly spendsNothing?: boolean;
    }
  | { readonly outcome: "limited"; readonly untilMs: number | null; readonly reason?: string }
  | { readonly outcome: "yielded"; readonly to: "approval" | "question"; readonly question: string | null }
  | { readonly outcome: "budget"; readonly reason: string }
  | { readonly outcome: "configuration"; readonly reason: string }
  | { readonly outcome: "lost" };
