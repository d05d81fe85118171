import { expect, test } from "vitest";
import { interleave, median, percentile } from "./figures.ts";

test("a percentile is a value that was measured, and the order of measuring does not matter", () => {
  const values = [9, 1, 8, 2, 7, 3, 6, 4, 5, 10];
  expect(median(values)).toBe(5);
  expect(percentile(values, 0.99)).toBe(10);
  expect(percentile(values, 0)).toBe(1);
});

test("one value is its own median, and of nothing there is none", () => {
  expect(median([3])).toBe(3);
  expect(median([])).toBeNaN();
});

test("arms take turns, so that none has the quiet half of a run to itself", async () => {
  const order: string[] = [];
  const arm = (name: string) => async (round: number) => {
    order.push(`${name}${round}`);
    return round;
  };
  const values = await interleave(2, { a: arm("a"), b: arm("b") });
  expect(order).toEqual(["a0", "b0", "a1", "b1"]);
  expect(values).toEqual({ a: [0, 1], b: [0, 1] });
});
