/** Whoever asks, however: the same answers and the same refusals, on every store. */
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { operations } from "../../src/operations.ts";
import { aHome } from "../lifecycle/daemon.ts";
import { STORE_KINDS } from "../stores/places.ts";
import { conversation, LAST_WORDS, settings, workflow } from "./conversation.ts";
import { lasting } from "./transcript.ts";
import { TRANSPORTS, type Transport } from "./ways-in.ts";

/** Everything that was said in one conversation, in a home of its own. */
async function transcript(transport: Transport, storeSettings: object): Promise<unknown[]> {
  await using home = aHome({ ...settings, ...storeSettings });
  mkdirSync(`${home.path}/workflows`);
  writeFileSync(`${home.path}/workflows/${workflow.name}`, workflow.text);
  await home.start({ args: ["--standby"] });
  const wayIn = await transport.open(home);
  const others = await (TRANSPORTS[0] as Transport).open(home);
  const said: unknown[] = [];
  for (const { ask, with: input = {} } of conversation) {
    const cannot = transport.cannotAsk(ask) !== undefined;
    // What it cannot ask is asked for it, so that what follows finds the same things.
    const answer = await (cannot ? others : wayIn).ask(ask, input);
    said.push({ ask, input, ...(lasting(answer, home.path) as object) });
  }
  await wayIn.close();
  await others.close();
  return said;
}

describe.each(STORE_KINDS.map((kind) => [kind.name, kind] as const))("on %s", (_, kind) => {
  const storeFor = async () => {
    const { settings: store, remove } = await kind.daemonSettings();
    onTestFinished(remove);
    return store;
  };

  test.each(TRANSPORTS.slice(1).map((transport) => [transport.name, transport] as const))(
    "%s says what JSON-RPC says",
    async (__, transport) => {
      const expected = await transcript(TRANSPORTS[0] as Transport, await storeFor());
      const said = await transcript(transport, await storeFor());
      for (const [at, answer] of said.entries()) expect(answer).toEqual(expected[at]);
    },
    120_000,
  );
});

test("the conversation asks everything that can be asked", () => {
  const asked = new Set([...conversation.map(({ ask }) => ask), ...LAST_WORDS]);
  const calls = operations.filter(({ kind }) => kind === "call").map(({ name }) => name);
  expect(calls.filter((name) => !asked.has(name))).toEqual([]);
});
