/** Durable submits per second of many clients over REST, against a bare Node server that commits each alone. */
import type { Measurement } from "./bench.ts";
import { median } from "./figures.ts";
import { doorFlags } from "./http.ts";
import { startPlain } from "./plain.ts";
import { httpDoors, pausedDaemon } from "./round-trip.ts";
import { type Slice, submitOnAndOn } from "./submits.ts";

const CLIENTS = 32;
const ROUNDS = { full: 5, quick: 2 };
const SLICE_MS = { full: 1000, quick: 400 };
/** As long as that of a submit. */
const ANSWER_LENGTH = 51;

export const httpSubmits: Measurement = {
  name: "http-submits",
  async measure(bench) {
    const daemon = await pausedDaemon(bench, "http-submits");
    const server = await startPlain(bench, "http-submits", { written: ANSWER_LENGTH });
    try {
      const doors = { plain: { at: server.at }, ours: (await httpDoors(daemon)).port };
      const slices = { plain: [] as Slice[], ours: [] as Slice[] };
      const ms = bench.quick ? SLICE_MS.quick : SLICE_MS.full;
      for (let round = 0; round < (bench.quick ? ROUNDS.quick : ROUNDS.full); round++) {
        for (const name of ["plain", "ours"] as const)
          slices[name].push(await submitOnAndOn({ ...doorFlags(doors[name]), clients: CLIENTS, ms }));
      }
      const middle = (name: keyof typeof slices, figure: keyof Slice) =>
        median(slices[name].map((slice) => slice[figure]));
      const waits = (name: keyof typeof slices) =>
        `${middle(name, "p50").toFixed(2)}/${middle(name, "p99").toFixed(1)}`;
      return [
        {
          what: `durable submits over REST, ${CLIENTS} clients, against a Node server with one commit each`,
          unit: "/s",
          baseline: middle("plain", "perSecond"),
          ours: middle("ours", "perSecond"),
          note: `p50/p99 ms ${waits("plain")} → ${waits("ours")}`,
        },
      ];
    } finally {
      server.stop();
      await daemon.stop();
    }
  },
};
