import { expect, test } from "vitest";
import { Making, newState } from "./conversation.ts";

const fresh = () => new Making(newState({}, { session: "s", usage: null }));

test("an agent that only says why it could not begin has made no progress", () => {
  const making = fresh();
  making.tell({ type: "started", session: "s", model: null, version: null });
  making.tell({ type: "error", message: "no" });
  making.end({ ok: false, failure: "protocol", reason: "no such session", text: null, until: null });
  expect(making.state).toMatchObject({ progressed: false, ended: { failure: "protocol" } });
});

test("an agent that said something has made progress", () => {
  const making = fresh();
  making.tell({ type: "text", text: "I look." });
  expect(making.state.progressed).toBe(true);
});
