/** The catalogue of events and the code that appends them say the same. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { undeclared } from "../src/event/event.ts";
import { events } from "../src/events.ts";

const SOURCE = join(import.meta.dirname, "../src");

/** Topics that code takes from a table; the table is typed by the declarations. */
const FROM_A_TABLE = ["EVENT_OF_STATE[move.to]"];

interface Named {
  readonly topic: string;
  readonly file: string;
}

function namedTopics(): Named[] {
  const files = globSync("**/*.ts", { cwd: SOURCE }).filter((file) => !file.endsWith(".test.ts"));
  return files.flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), "utf8");
    return [...text.matchAll(/\bappendEvent\(\w+, [^;]*?\btopic: ([^,\n}]+)/g)].map(([, topic = ""]) => ({
      topic: topic.trim(),
      file,
    }));
  });
}

/** `export const EVENT_OF_STATE = {…}`: its values, where it is declared. */
function topicsOfTables(): string[] {
  const tables = globSync("**/*.events.ts", { cwd: SOURCE }).map((file) => readFileSync(join(SOURCE, file), "utf8"));
  const text = tables.flatMap((table) => table.split(/^export const /m).filter((part) => /^EVENT_OF_/.test(part)));
  return text.flatMap((table) => [...table.matchAll(/: "([a-z_.]+)"/g)].map(([, topic = ""]) => topic));
}

test("no code appends an event that is declared nowhere", () => {
  const strange = namedTopics().filter(({ topic }) => {
    if (FROM_A_TABLE.includes(topic)) return false;
    return !/^"[a-z_.]+"$/.test(topic) || !Object.hasOwn(events, topic.slice(1, -1));
  });
  expect(strange).toEqual([]);
});

test("whatever is appended names its topic where it is appended", () => {
  const files = globSync("**/*.ts", { cwd: SOURCE }).filter((file) => !file.endsWith(".test.ts"));
  const calls = files.flatMap(
    (file) => readFileSync(join(SOURCE, file), "utf8").match(/(?<!function )\bappendEvent\(/g) ?? [],
  );
  expect(namedTopics()).toHaveLength(calls.length);
  expect(calls.length).toBeGreaterThan(10);
});

test("no event is declared that no code appends", () => {
  const named = new Set([...namedTopics().map(({ topic }) => topic.replaceAll('"', "")), ...topicsOfTables()]);
  expect(Object.keys(events).filter((topic) => !named.has(topic))).toEqual([]);
});

test("every room's events are in the catalogue", async () => {
  const files = globSync("**/*.events.ts", { cwd: SOURCE });
  const modules = await Promise.all(files.map((file) => import(join(SOURCE, file))));
  const declared = modules.flatMap((module: Record<string, object>) =>
    Object.entries(module).flatMap(([name, value]) => (name.endsWith("Events") ? Object.keys(value) : [])),
  );
  expect(Object.keys(events).sort()).toEqual(declared.sort());
});

test.each(Object.entries(events))("%s is a noun and a past tense, and says in a sentence what happened", (topic, {
  summary,
}) => {
  expect(topic).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
  expect(summary).toMatch(/^[A-Z].*\.$/);
});

test("an event that says more, less or something else than it declares is noticed", () => {
  const declared = { "door.opened": { summary: "A door was opened.", data: z.strictObject({ by: z.string() }) } };
  const said = (topic: string, data: object) => undeclared(declared, { topic, data });
  expect(said("door.opened", { by: "ada" })).toBeUndefined();
  expect(said("door.opened", {})).toContain("door.opened {}: by");
  expect(said("door.opened", { by: "ada", at: 1 })).toContain("at");
  expect(said("door.shut", {})).toBe("door.shut is declared nowhere");
});
