/** Runs every check at once, each within a limit of its own: one that fails or hangs hides nothing of the others. */
import type { Check, Finding, Surroundings } from "./finding.ts";
import { warning } from "./finding.ts";

/** How long one check may take, in ms. */
const CHECK_LIMIT_MS = 10_000;

export interface Diagnosis {
  /** No problem was found; there may be warnings. */
  readonly healthy: boolean;
  readonly findings: readonly (Finding & { readonly subject: string })[];
}

export async function diagnose(
  checks: readonly Check[],
  around: Surroundings,
  limitMs: number = CHECK_LIMIT_MS,
): Promise<Diagnosis> {
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await within(limitMs, check, around);
      return findings.map((finding) => ({ subject: check.subject, ...finding }));
    }),
  );
  const findings = found.flat();
  return { healthy: !findings.some(({ level }) => level === "problem"), findings };
}

async function within(limitMs: number, { subject, run }: Check, around: Surroundings): Promise<readonly Finding[]> {
  const giveUp = new AbortController();
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    late.resolve([
      warning(`This could not be looked at within ${limitMs / 1000} s.`, "Look again when the machine has less to do."),
    ]);
    giveUp.abort(new Error(`the check of ${subject} took too long`));
  }, limitMs);
  try {
    return await Promise.race([run(around, giveUp.signal), late.promise]);
  } catch (error) {
    return [warning(`This could not be looked at: ${error instanceof Error ? error.message : error}.`)];
  } finally {
    clearTimeout(timer);
  }
}
