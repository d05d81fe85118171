/** The program by which an agent finds Steward: an MCP server on its standard streams that only carries lines to the socket of its run. */
import { connect } from "node:net";
import process from "node:process";
import { carry } from "./carry.ts";

const [, , path] = process.argv;
if (path === undefined) {
  process.stderr.write("It is started for an agent, with the socket of its run.\n");
  process.exit(2);
}
// Each start has its own names: an agent may start several, and a later one must not be given the answers of an earlier one.
const start = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
void carry({
  input: process.stdin,
  output: process.stdout,
  connect: () => connect(path),
  nameOf: (n) => `bridge-${start}-${n}`,
}).then(() => process.exit());
