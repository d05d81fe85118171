import { expect, test } from "vitest";
import { cutText } from "./cut.ts";

test.each([
  ["short", 5, "short"],
  ["longer", 5, "longe…"],
  ["half \u{1f600}", 6, "half …"],
])("%j cut to %i is %j", (text, most, cut) => {
  expect(cutText(text, most)).toBe(cut);
});
