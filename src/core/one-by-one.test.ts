import { expect, test } from "vitest";
import { oneByOne } from "./one-by-one.ts";

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

test("work of one key goes one after the other, in its order, and other work beside it", async () => {
  const inTurn = oneByOne();
  const first = gate();
  const said: string[] = [];
  const a = inTurn("a", async () => {
    await first.opened;
    said.push("a1");
  });
  const b = inTurn("a", async () => said.push("a2"));
  await inTurn("b", async () => said.push("b"));
  expect(said).toEqual(["b"]);
  first.open();
  await Promise.all([a, b]);
  expect(said).toEqual(["b", "a1", "a2"]);
});

test("work that fails is its own caller's trouble, and the next goes on", async () => {
  const inTurn = oneByOne();
  const failing = inTurn("a", () => Promise.reject(new Error("no")));
  const next = inTurn("a", async () => "yes");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("yes");
});
