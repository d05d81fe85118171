/** "Did you mean": the known word nearest to one that is not known. */
import leven from "leven";

/** Longer words are not compared, in characters. */
const MAX_COMPARED = 64;

export function closest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_COMPARED) return undefined;
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (isNear(distance, word, candidate) && distance < (best?.distance ?? Infinity))
      best = { word: candidate, distance };
  }
  return best?.word;
}

export function didYouMean(word: string): string {
  return `did you mean "${word}"?`;
}

/** Two slips, or one in three characters; never a wholly different word. */
function isNear(distance: number, word: string, candidate: string): boolean {
  const longer = Math.max(word.length, candidate.length);
  return distance < longer && distance <= Math.max(2, Math.floor(longer / 3));
}
