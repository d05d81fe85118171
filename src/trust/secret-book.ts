/** The secrets that were ever read here: resolved by reference, remembered so that every sink can mask them. */
import { resolveSecret, type SecretRef, type SecretSource, type Value } from "../config/secret.ts";

/** A shorter value is no secret that masking could hide without hiding everything else, in characters. */
const MIN_MASKED_CHARACTERS = 4;

export interface SecretBook {
  /** Throws `SecretProblem`. */
  read(value: Value): string;
  /** What is known to be secret though no reference names it: a part of one. */
  keep(value: string): void;
  /** Reads references only to know what to mask; what cannot be read now is told when it is used. */
  learn(values: readonly Value[]): void;
  /** All values that must not be shown. */
  values(): readonly string[];
}

export function createSecretBook(source: SecretSource): SecretBook {
  const known = new Set<string>();
  const keep = (value: string) => {
    if (value.length >= MIN_MASKED_CHARACTERS) known.add(value);
  };
  const read = (ref: SecretRef): string => {
    const value = resolveSecret(ref, source);
    keep(value);
    return value;
  };
  return {
    keep,
    read: (value) => (typeof value === "string" ? value : read(value)),
    learn(values) {
      for (const value of values) {
        if (typeof value === "string") continue;
        try {
          read(value);
        } catch {
          // Told by the launch that needs it.
        }
      }
    },
    values: () => [...known],
  };
}
