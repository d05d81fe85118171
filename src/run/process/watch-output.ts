/** Follows the growing output of a run and keeps it bounded: the middle goes back to the disk, head and tail stay. */
import { spawn } from "node:child_process";
import { closeSync, constants, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock, Timer } from "../../core/clock.ts";
import { openPlainSync, plainStat } from "./plain-file.ts";

/** Sizes are looked at this often even if nobody tells of a change, in ms. */
const CHECK_MS = 1_000;
/** `fallocate` that takes longer than this is given up, in ms. */
const PUNCH_LIMIT_MS = 10_000;
/** Holes are made of whole pages, in bytes: the disk gives back nothing smaller. */
const PAGE_BYTES = 4_096;

export interface WatchedFile {
  readonly path: string;
  /** The hole that it already has (or was announced before a crash). */
  readonly punchedFrom?: number;
  readonly punchedTo?: number;
}

export interface WatchOutputOptions {
  /** All in one directory, which exists; they themselves may come later. */
  readonly files: readonly WatchedFile[];
  /** What is kept of each file, in bytes: a quarter of it head, the rest tail. */
  readonly keepBytes: number;
  /** What a run may write in all, in bytes. */
  readonly capBytes: number;
  readonly onGrowth: (path: string, size: number) => void;
  /** Comes before the hole is made, and is waited for: the hole must be known durably, or readers would see NULs. */
  readonly onPunched: (path: string, from: number, to: number) => Promise<void> | void;
  /** Once: `cap` is reached, or `unpunchable`: `keepBytes` is reached and this file system makes no holes. */
  readonly onCap: (why: "cap" | "unpunchable") => void;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
}

/** `stop` looks a last time, so that what was written in the end is bounded too. */
export function watchOutput(options: WatchOutputOptions): { stop(): Promise<void> } {
  const { clock, onError } = options;
  const followed = options.files.map((file) => follow(file));
  let isCapped = false;
  let stopped = false;
  let work: Promise<void> | undefined;
  let again = false;
  let timer: Timer | undefined;

  const cap = (why: "cap" | "unpunchable") => {
    if (!isCapped) options.onCap(why);
    isCapped = true;
  };

  async function check(): Promise<void> {
    let total = 0;
    for (const file of followed) {
      grow(file, options.onGrowth);
      total += file.size;
    }
    if (total > options.capBytes) cap("cap");
    for (const file of followed) await bound(file, options, () => cap("unpunchable"));
  }

  /** One check at a time; what changes meanwhile is looked at after it. */
  function look(): Promise<void> {
    again = true;
    work ??= (async () => {
      while (again) {
        again = false;
        await check().catch(onError);
      }
      work = undefined;
    })();
    return work;
  }

  function tick(): void {
    timer = clock.after(CHECK_MS, () => void look().then(() => stopped || tick()));
  }

  const watcher = watchDirectories(options, () => void look());
  tick();
  void look();
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      watcher.stop();
      await look();
    },
  };
}

/** False where the file system makes no holes, or `fallocate` is missing. Offsets and size stay as they were. */
export async function punch(path: string, from: number, to: number): Promise<boolean> {
  // Opened here and handed over: by its name the agent could put a link to another file in between.
  const file = openPlainSync(path, constants.O_RDWR);
  if (file === undefined) return false;
  const range = ["--offset", `${from}`, "--length", `${to - from}`];
  try {
    return await new Promise((resolve) => {
      const child = spawn("fallocate", ["--punch-hole", "--keep-size", ...range, "/proc/self/fd/3"], {
        stdio: ["ignore", "ignore", "ignore", file],
        timeout: PUNCH_LIMIT_MS,
      });
      child.once("error", () => resolve(false));
      child.once("exit", (status) => resolve(status === 0));
    });
  } finally {
    closeSync(file);
  }
}

interface Followed {
  readonly path: string;
  size: number;
  punchedFrom: number;
  punchedTo: number;
  /** Where the hole really ends: it may be announced and not made. */
  doneTo: number;
  isPunchable: boolean;
}

function follow({ path, punchedFrom = 0, punchedTo = 0 }: WatchedFile): Followed {
  return { path, size: 0, punchedFrom, punchedTo, doneTo: punchedFrom, isPunchable: true };
}

function grow(file: Followed, onGrowth: WatchOutputOptions["onGrowth"]): void {
  const size = plainStat(file.path)?.size ?? 0;
  if (size <= file.size) return;
  file.size = size;
  onGrowth(file.path, size);
}

async function bound(file: Followed, { keepBytes, onPunched }: WatchOutputOptions, refuse: () => void): Promise<void> {
  const kept = file.size - (file.doneTo - file.punchedFrom);
  if (kept <= keepBytes || !file.isPunchable) return;
  const from = file.punchedTo > 0 ? file.punchedFrom : pages(Math.ceil(keepBytes / 4 / PAGE_BYTES));
  // An eighth more than needed is given back, so that a slow, endless writer does not cost a hole per line.
  const to = pages(Math.floor((file.size - (keepBytes * 5) / 8) / PAGE_BYTES));
  if (to <= Math.max(from, file.doneTo)) return;
  await onPunched(file.path, from, to);
  const begin = Math.max(from, file.doneTo);
  Object.assign(file, { punchedFrom: from, punchedTo: to });
  file.isPunchable = await punch(file.path, begin, to);
  if (file.isPunchable) file.doneTo = to;
  else refuse();
}

function pages(count: number): number {
  return count * PAGE_BYTES;
}

function watchDirectories({ files }: WatchOutputOptions, onChange: () => void): { stop(): void } {
  const directory = dirname(files[0]?.path ?? "");
  try {
    const watcher = watch(directory, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return { stop: () => watcher.close() };
  } catch {
    // Watches are limited (inotify(7), max_user_watches); the check every second needs none.
    return { stop() {} };
  }
}
