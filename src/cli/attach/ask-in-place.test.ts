import { expect, test } from "vitest";
import { askInPlace } from "./ask-in-place.ts";

type Answer = "approved" | "denied" | "skipped" | "quit" | "gone";

/** Approvals by their state, and a person who answers so; what was shown is noted. */
function aPerson(states: Record<string, string>, answer: Answer) {
  const shown: string[] = [];
  const left: true[] = [];
  const call = async (operation: string, input: object) => {
    const { approvalId } = input as { approvalId: string };
    if (operation === "approval.get") return { approvalId, state: states[approvalId] };
    const pending = Object.keys(states).filter((id) => states[id] === "pending");
    return { approvals: pending.map((id) => ({ approvalId: id })) };
  };
  const answering = async (_: unknown, approvalId: string) => {
    shown.push(approvalId);
    return answer;
  };
  const asking = askInPlace(call, answering, async () => void left.push(true));
  return { asking, shown, left };
}

test("only what still waits for an answer is asked", async () => {
  const { asking, shown } = aPerson({ "approval-1": "approved", "approval-2": "pending" }, "approved");
  for (const id of ["approval-1", "approval-2"]) await asking.ask(id);
  expect(shown).toEqual(["approval-2"]);
});

test("what was skipped is not asked again, and holds a parked task where it is", async () => {
  const { asking, shown } = aPerson({ "approval-1": "pending" }, "skipped");
  await asking.ask("approval-1");
  expect(await asking.askAll("task-1")).toBe(false);
  expect(shown).toEqual(["approval-1"]);
});

test.each<[Answer]>([
  ["approved"],
  ["denied"],
  ["gone"],
])("a parked task goes on when its question is %s", async (how) => {
  const { asking, left } = aPerson({ "approval-1": "pending" }, how);
  expect(await asking.askAll("task-1")).toBe(true);
  expect(left).toEqual([]);
});

test("a parked task whose questions somebody else has answered goes on", async () => {
  expect(await aPerson({ "approval-1": "approved" }, "quit").asking.askAll("task-1")).toBe(true);
});

test("who quits leaves", async () => {
  const { asking, left } = aPerson({ "approval-1": "pending" }, "quit");
  await asking.ask("approval-1");
  expect(left).toEqual([true]);
});
