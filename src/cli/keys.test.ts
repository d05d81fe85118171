import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { openKeys, type Terminal } from "./keys.ts";

function aTerminal() {
  const modes: boolean[] = [];
  const events = new EventEmitter();
  const terminal = Object.assign(events, {
    setRawMode: (raw: boolean) => void modes.push(raw),
    setEncoding: () => {},
    resume: () => {},
    pause: () => {},
  }) as unknown as Terminal;
  return { keys: openKeys(terminal), modes, press: (text: string) => void events.emit("data", text), events };
}

test("keys are given one by one, however many come at once", async () => {
  const { keys, press } = aTerminal();
  const first = keys.key();
  press("xa");
  expect([await first, await keys.key()]).toEqual(["x", "a"]);
});

test("what was typed before is forgotten when it is dropped, also what only then is read", async () => {
  const { keys, press } = aTerminal();
  press("aaa");
  setImmediate(() => press("a"));
  await keys.drop();
  press("d");
  expect(await keys.key()).toBe("d");
});

test("an arrow is no key", async () => {
  const { keys, press } = aTerminal();
  press("\u001b[A");
  press("s");
  expect(await keys.key()).toBe("s");
});

test.each(["\u0003", "\u0004"])("%j means that nobody answers", async (typed) => {
  const { keys, press } = aTerminal();
  press(typed);
  expect(await keys.key()).toBeUndefined();
});

test.each(["end", "close", "error"])("nor does anybody after the terminal's %s", async (event) => {
  const { keys, events } = aTerminal();
  const key = keys.key();
  events.emit(event);
  expect(await key).toBeUndefined();
  expect(await keys.line()).toBeUndefined();
});

test("a line is edited by the terminal itself; afterwards keys are single again", async () => {
  const { keys, press, modes } = aTerminal();
  const line = keys.line();
  expect(modes).toEqual([true, false]);
  press("not ");
  press("now\r\n");
  expect(await line).toBe("not now");
  keys.close();
  expect(modes).toEqual([true, false, true, false]);
});
