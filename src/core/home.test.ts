import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../test/scratch.ts";
import { homePaths, isShortSocket, resolveHome, socketPath } from "./home.ts";

const directory = scratch("home");

test("the flag wins over the environment, which wins over ~/.steward", () => {
  expect(resolveHome({ flag: "/a", env: { STEWARD_HOME: "/b" } })).toBe("/a");
  expect(resolveHome({ env: { STEWARD_HOME: "/b" } })).toBe("/b");
  expect(resolveHome({ env: { STEWARD_HOME: "" } })).toBe(join(realpathSync(homedir()), ".steward"));
  expect(resolveHome({ env: {} })).toBe(join(realpathSync(homedir()), ".steward"));
});

test("a home is absolute, so that whoever changes directory still finds it", () => {
  expect(resolveHome({ flag: "here", env: {} })).toBe(resolve("here"));
});

test("links are followed as far as there is something, so that a home has one name", () => {
  const root = realpathSync(directory());
  mkdirSync(join(root, "real"));
  symlinkSync(join(root, "real"), join(root, "link"));
  expect(resolveHome({ flag: join(root, "link"), env: {} })).toBe(join(root, "real"));
  expect(resolveHome({ env: { STEWARD_HOME: join(root, "link", "not", "there") } })).toBe(join(root, "real/not/there"));
});

test("everything lies below the home", () => {
  const { home, ...below } = homePaths("/h");
  expect(home).toBe("/h");
  for (const path of Object.values(below)) expect(path).toMatch(/^\/h\/[a-z]/);
});

test("a socket path that would be cut off has a short stand-in, always the same and its own", () => {
  const long = join("/h", "x".repeat(100), "steward.sock");
  const short = socketPath(long);
  expect(Buffer.byteLength(short)).toBeLessThan(90);
  expect(socketPath(long)).toBe(short);
  expect(socketPath(`${long}2`)).not.toBe(short);
  expect(isShortSocket(short)).toBe(true);
  expect(homePaths(dirname(long)).socket).toBe(short);
});

test("a path is counted in bytes: 107 fit, 108 do not", () => {
  expect(socketPath(`/${"x".repeat(106)}`)).toHaveLength(107);
  expect(isShortSocket(socketPath(`/${"x".repeat(107)}`))).toBe(true);
  expect(isShortSocket(socketPath(`/${"ü".repeat(60)}`))).toBe(true);
  expect(isShortSocket("/h/steward.sock")).toBe(false);
});
