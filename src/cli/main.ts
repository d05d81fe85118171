/** The command line's root: which Node, which catalogue, which daemon; then `commandLine`. */
import { builtCatalogue, type Catalogue } from "./catalogue.ts";
import { commandLine } from "./command-line.ts";
import { outputTo } from "./output.ts";

/** Set by the build; sources know nothing of it. */
declare const STEWARD_BUNDLED: boolean | undefined;

/** The first major version of Node with what the daemon stands on. */
const NODE_MAJOR = 24;

/** "Configuration" of the exit codes: nothing was tried. */
const WRONG_NODE_EXIT = 78;

const bundled = typeof STEWARD_BUNDLED !== "undefined";
const here = import.meta.dirname;
const packageRoot = here.slice(0, -(bundled ? "/dist" : "/src/cli").length);

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
  process.stderr.write(
    `error: Steward needs Node ${NODE_MAJOR} or newer; this is ${process.versions.node}.\n` +
      `hint: Install it from https://nodejs.org, or run \`npm install -g node@${NODE_MAJOR}\`.\n`,
  );
  process.exit(WRONG_NODE_EXIT);
} else {
  void run();
}

async function run(): Promise<void> {
  const code = await commandLine({
    argv: process.argv.slice(2),
    env: process.env,
    catalogue: bundled ? builtCatalogue(`${here}/catalogue`) : await sourceCatalogue(),
    daemonProgram: bundled ? `${here}/daemon.mjs` : `${packageRoot}/src/main.ts`,
    packageRoot,
    out: outputTo(1),
    err: outputTo(2),
  });
  // Not by running dry: a connection or a timer that is left must not hold the answer back.
  process.exit(code);
}

/** From sources there is no built catalogue: it is made of the operations themselves. */
async function sourceCatalogue(): Promise<Catalogue> {
  const { liveCatalogue } = await import("./live-catalogue.ts");
  return liveCatalogue();
}
