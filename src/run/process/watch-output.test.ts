import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { agent, aRoom, eventually, workingCustodies } from "./launched-run.testing.ts";
import { readOutput } from "./output.ts";
import { punch, type WatchOutputOptions, watchOutput } from "./watch-output.ts";

const MIB = 1024 * 1024;
const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

interface Watched {
  readonly path: string;
  readonly sizes: number[];
  readonly holes: { from: number; to: number }[];
  readonly caps: string[];
  stop(): Promise<void>;
}

function aWatch(path: string, change: Partial<WatchOutputOptions> = {}): Watched {
  const sizes: number[] = [];
  const holes: { from: number; to: number }[] = [];
  const caps: string[] = [];
  const watched = watchOutput({
    files: [{ path }],
    keepBytes: MIB,
    capBytes: 1024 * MIB,
    onGrowth: (_, size) => sizes.push(size),
    onPunched: (_, from, to) => void holes.push({ from, to }),
    onCap: (why) => caps.push(why),
    onError: (error) => caps.push(String(error)),
    clock: systemClock,
    ...change,
  });
  return { path, sizes, holes, caps, stop: watched.stop };
}

function anOutput(): string {
  const directory = mkdtempSync(join(tmpdir(), "steward-watch-"));
  directories.push(directory);
  return join(directory, "stdout.log");
}

const onDisk = (path: string) => statSync(path).blocks * 512;

test("growth is told as it happens, from the first byte of a file that was not there", async () => {
  const watched = aWatch(anOutput());
  writeFileSync(watched.path, "one");
  await eventually(() => watched.sizes.at(-1) === 3);
  appendFileSync(watched.path, "two");
  await eventually(() => watched.sizes.at(-1) === 6);
  await watched.stop();
  expect(watched.holes).toEqual([]);
});

test("a hole is announced, and the announcement waited for, before anything is given back", async () => {
  const path = anOutput();
  const { promise: announced, resolve: announce } = Promise.withResolvers<void>();
  const { promise: recorded, resolve: record } = Promise.withResolvers<void>();
  const onPunched = () => {
    announce();
    return recorded;
  };
  const watched = aWatch(path, { onPunched });
  writeFileSync(path, Buffer.alloc(3 * MIB, "x"));
  await announced;
  expect(onDisk(path)).toBeGreaterThanOrEqual(3 * MIB);
  record();
  await eventually(() => onDisk(path) <= MIB);
  await watched.stop();
});

test("what is kept is the head and the tail, byte for byte", async () => {
  const path = anOutput();
  const content = Buffer.from(Array.from({ length: 400_000 }, (_, line) => `line ${line}\n`).join(""));
  const watched = aWatch(path);
  writeFileSync(path, content);
  await watched.stop();
  const hole = watched.holes.at(-1) ?? { from: 0, to: 0 };
  expect(hole.from).toBe(MIB / 4);
  const options = { limit: content.length, punchedFrom: hole.from, punchedTo: hole.to };
  const head = await readOutput(path, { from: 0, ...options });
  const tail = await readOutput(path, { from: head.next, ...options });
  expect(head.bytes.equals(content.subarray(0, hole.from))).toBe(true);
  expect(tail.bytes.equals(content.subarray(hole.to))).toBe(true);
  expect(tail.bytes.length).toBeGreaterThanOrEqual(MIB / 2);
  expect(onDisk(path)).toBeLessThanOrEqual(MIB);
});

test("a hole that was announced before a crash, and not made, is made when the run is watched again", async () => {
  const path = anOutput();
  writeFileSync(path, Buffer.alloc(4 * MIB, "x"));
  const watched = aWatch(path, { files: [{ path, punchedFrom: MIB / 4, punchedTo: 3 * MIB }] });
  await watched.stop();
  expect(watched.holes.every(({ from, to }) => from === MIB / 4 && to >= 3 * MIB)).toBe(true);
  expect(onDisk(path)).toBeLessThanOrEqual(MIB);
});

test("a run that writes more than it may is told once, over all its files", async () => {
  const [out, err] = [anOutput(), join(directories[0] ?? "", "stderr.log")];
  const watched = aWatch(out, { files: [{ path: out }, { path: err }], capBytes: 100 });
  writeFileSync(out, "x".repeat(60));
  await eventually(() => watched.sizes.length === 1);
  expect(watched.caps).toEqual([]);
  writeFileSync(err, "x".repeat(60));
  await eventually(() => watched.caps.length === 1);
  appendFileSync(out, "more");
  await watched.stop();
  expect(watched.caps).toEqual(["cap"]);
});

test("where no holes can be made, what may be kept is all that may be written", async () => {
  const tools = process.env.PATH;
  const path = anOutput();
  process.env.PATH = "/nowhere";
  try {
    expect(await punch(path, 0, 4_096)).toBe(false);
    const watched = aWatch(path);
    writeFileSync(path, Buffer.alloc(2 * MIB, "x"));
    await watched.stop();
    expect(watched.caps).toEqual(["unpunchable"]);
  } finally {
    process.env.PATH = tools;
  }
});

test("a flood of 300 MiB stays small on disk, and costs no memory", async () => {
  const [custody] = await workingCustodies();
  if (!custody) throw new Error("custody by looking works everywhere");
  await using room = aRoom(custody);
  const before = process.memoryUsage.rss();
  const path = join(room.directory("run-1"), "stdout.log");
  let most = 0;
  const watched = aWatch(path, { keepBytes: 8 * MIB, onGrowth: () => (most = Math.max(most, onDisk(path))) });
  const run = await room.launch([agent("floods"), `${300 * MIB}`]);
  expect(await run.exit()).toBe(0);
  await watched.stop();
  expect(statSync(path).size).toBe(300 * MIB);
  expect(onDisk(path)).toBeLessThanOrEqual(8 * MIB);
  // How much of it is there at its worst is the machine's speed; that it was given back meanwhile is ours.
  expect(most).toBeLessThan(300 * MIB);
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MIB);
  expect(watched.caps).toEqual([]);
});
