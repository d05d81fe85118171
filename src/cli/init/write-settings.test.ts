import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../../test/scratch.ts";
import { replaceSettings, writeNewSettings } from "./write-settings.ts";

const directory = scratch("settings");

test("a new file is its owner's alone, and one that is there is never overwritten", () => {
  const path = join(directory(), "steward.json");
  writeNewSettings(path, "{}");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(() => writeNewSettings(path, '{"limits":{}}')).toThrow("written");
  expect(readFileSync(path, "utf8")).toBe("{}");
  expect(readdirSync(join(path, ".."))).toEqual(["steward.json"]);
});

test("a file keeps its rights, and a link stays one", () => {
  const path = join(directory(), "steward.json");
  const real = join(directory(), "mine.json");
  writeFileSync(real, "{}");
  chmodSync(real, 0o640);
  symlinkSync(real, path);
  replaceSettings(path, "{}", '{"limits":{}}');
  expect(readFileSync(real, "utf8")).toBe('{"limits":{}}');
  expect(statSync(real).mode & 0o777).toBe(0o640);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
});

test("what somebody else wrote meanwhile stays, and so does what was there when the new text cannot be read", () => {
  const path = join(directory(), "steward.json");
  writeFileSync(path, '{"limits":{}}');
  expect(() => replaceSettings(path, "{}", "{ }")).toThrow("Somebody else has written");
  expect(() => replaceSettings(path, '{"limits":{}}', '{"nonsense":1}')).toThrow("cannot be read");
  expect(readFileSync(path, "utf8")).toBe('{"limits":{}}');
  expect(readdirSync(join(path, ".."))).toEqual(["steward.json"]);
});

test("a directory that is not there is told in a sentence", () => {
  const gone = join(directory(), "gone", "steward.json");
  expect(() => writeNewSettings(gone, "{}")).toThrow("cannot be written (ENOENT)");
  mkdirSync(join(gone, ".."));
  writeNewSettings(gone, "{}");
});
