/** `npm run bench`: measures, each thing against its plainest equivalent in the same run, and prints the table. Asserts nothing. */
import { parseArgs } from "node:util";
import { adoption } from "./adoption.ts";
import { agents } from "./agents.ts";
import { createBench, type Measurement } from "./bench.ts";
import { claim } from "./claim.ts";
import { fanOut } from "./fan-out.ts";
import { httpSubmits } from "./http-submits.ts";
import { idle } from "./idle.ts";
import { launch } from "./launch.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { postgres } from "./postgres.ts";
import { ready } from "./ready.ts";
import { roundTrip } from "./round-trip.ts";
import { judge, type Row, table } from "./rows.ts";
import { stages } from "./stages.ts";
import { submits } from "./submits.ts";
import { verbs } from "./verbs.ts";

const MEASUREMENTS: readonly Measurement[] = [
  launch,
  stages,
  agents,
  roundTrip,
  submits,
  httpSubmits,
  fanOut,
  verbs,
  ready,
  idle,
  adoption,
  claim,
  postgres,
];

const USAGE = `usage: node bench/run.ts [--only NAME]... [--quick] [--json]
names: ${MEASUREMENTS.map(({ name }) => name).join(", ")}
`;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const wanted = MEASUREMENTS.filter(({ name }) => options.only?.includes(name) ?? true);
if (options.help || wanted.length === 0) {
  process.stdout.write(USAGE);
  process.exit(options.help ? 0 : 2);
}

const began = performance.now();
const bench = createBench({ quick: options.quick, say: (line) => process.stderr.write(`${line}\n`) });
const machine = describeMachine(bench.directory("machine"));
bench.say(machineLine(machine));
if (!bench.isBuilt) bench.say("There is no dist/: the daemon is measured from its sources, and the verbs not at all.");
if (options.quick) bench.say("--quick: few rounds; good to see that it works, not to judge by.");

const rows: Row[] = [];
const failures: string[] = [];
for (const { name, measure } of wanted) {
  const since = performance.now();
  bench.say(`${name} …`);
  try {
    rows.push(...(await measure(bench)));
  } catch (error) {
    failures.push(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`);
  }
  bench.say(`${name} took ${((performance.now() - since) / 1000).toFixed(0)} s`);
}
const loadAfter = describeMachine(bench.directory("machine")).load;
bench.close();

const seconds = Math.round((performance.now() - began) / 1000);
process.stdout.write(
  options.json
    ? `${JSON.stringify({ machine: { ...machine, loadAfter }, seconds, rows: rows.map(judge), failures }, null, 2)}\n`
    : `\n${machineLine(machine)}; load ${loadAfter.toFixed(1)} at the end, ${seconds} s\n\n${table(rows)}\n`,
);
for (const failure of failures) bench.say(failure);
process.exit(0);
