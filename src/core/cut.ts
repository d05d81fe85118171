/** Text that is longer than what is kept of it: cut with a mark, so that who hides secrets looks there for the beginning of one. */

export const CUT_MARK = "…";

/** Its first characters (UTF-16 units, no half one), and the mark where something is missing. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isHalf = /[\uD800-\uDBFF]/.test(text.charAt(most - 1));
  return text.slice(0, isHalf ? most - 1 : most) + CUT_MARK;
}
