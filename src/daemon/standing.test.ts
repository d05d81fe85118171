import { expect, test } from "vitest";
import { createStanding } from "./standing.ts";

test("a beat that stands is told of with the time since it was last seen to move", () => {
  const look = createStanding(500, 1, 0);
  expect(look(2, 500)).toEqual({ standsMs: 500, moved: true });
  expect(look(2, 1_000)).toEqual({ standsMs: 500, moved: false });
  expect(look(2, 1_500)).toEqual({ standsMs: 1_000, moved: false });
  expect(look(3, 2_000)).toEqual({ standsMs: 1_500, moved: true });
});

test("time in which nobody could look does not count, and the time around it does", () => {
  const look = createStanding(500, 1, 0);
  expect(look(1, 500)).toEqual({ standsMs: 500, moved: false });
  expect(look(1, 3_600_500)).toEqual({ standsMs: 500, moved: false });
  expect(look(1, 3_601_000)).toEqual({ standsMs: 1_000, moved: false });
});
