/** A disk of a fixed size that a test can fill to the last byte and empty again. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface SmallDisk {
  readonly path: string;
  /** Not one byte more can be written after this, until `free` or the end of the test. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
}

const MIB = 2 ** 20;

/** Gone when the test is over. Undefined where none can be mounted: that takes root. */
export function smallDisk(bytes = 32 * MIB): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "steward-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "tmpfs", path]);
  if (status !== 0) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    // Lazily: a test that failed half-way still has its files open.
    spawnSync("umount", ["--lazy", path]);
    rmSync(path, { recursive: true, force: true });
  });
  const filler = join(path, "filler");
  const free = () => rmSync(filler, { force: true });
  return {
    path,
    fill() {
      // Whoever clears up behind a test that failed needs room to do so.
      onTestFinished(free);
      // First in large pieces, then in ever smaller ones, until a single byte finds no room.
      for (let piece = MIB; piece >= 1; piece = Math.floor(piece / 16)) append(filler, Buffer.alloc(piece));
    },
    free,
  };
}

/** As often as there is room. */
function append(path: string, piece: Buffer): void {
  const file = openSync(path, "a");
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}
