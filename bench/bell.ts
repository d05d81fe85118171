/** A bell that programs ring by writing a line to a FIFO: read by the measuring process for both arms, so that both pay the same for being heard. */
import { spawnSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

export interface Bell {
  readonly path: string;
  /** Resolves when it has been rung this often from now on, with when it was, in ms of `performance.now`. */
  rung(times: number): Promise<readonly number[]>;
  close(): void;
}

export function openBell(path: string): Bell {
  const { status } = spawnSync("mkfifo", [path]);
  if (status !== 0) throw new Error("mkfifo does not work here");
  // Also open for writing, so that it never comes to its end.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  let wanted = 0;
  let rings: number[] = [];
  let tell = (_rings: readonly number[]) => {};
  pipe.on("data", (bytes) => {
    const now = performance.now();
    for (const _ of bytes) rings.push(now);
    if (rings.length >= wanted) tell(rings);
  });
  return {
    path,
    rung(times) {
      wanted = times;
      rings = [];
      return new Promise((resolve) => {
        tell = resolve;
      });
    },
    close: () => pipe.destroy(),
  };
}
