/** Makes dist/: the daemon as a split bundle, the command line as one small file with its rare parts beside it, the bridge, the client, the catalogue. */
import { copyFileSync, existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { writeClientTypes } from "./client-declarations.ts";

const root = dirname(import.meta.dirname);
const source = join(root, "src");
const finished = join(root, "dist");
/** Where it is made: whoever uses dist/ meanwhile keeps a whole one, and a build that fails changes nothing. */
const dist = join(root, "node_modules", `.dist-${process.pid}`);

/** What an older Node must still be able to parse, for it is told by this code that it is too old. */
const CLI_SYNTAX = "node16.9";

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  // jsonc-parser's CommonJS form asks for its parts in a way that cannot be bundled.
  mainFields: ["module", "main"],
  legalComments: "none",
  logLevel: "warning",
};

mkdirSync(dist);
try {
  await buildDaemon();
  await buildCommandLine();
  await buildBridge();
  await buildClient();
  await writeCatalogue();
  copyShellFiles();
  takeThePlace();
} finally {
  rmSync(dist, { recursive: true, force: true });
}

function takeThePlace(): void {
  const old = `${dist}-old`;
  if (existsSync(finished)) renameSync(finished, old);
  renameSync(dist, finished);
  rmSync(old, { recursive: true, force: true });
}

/** Chunks lie beside the entry, where files that code finds by its own place are copied to. */
async function buildDaemon(): Promise<void> {
  const options: BuildOptions = {
    ...common,
    entryPoints: {
      daemon: join(source, "main.ts"),
      // Found by their names beside the daemon: they are the programs of threads.
      "apart-worker": join(source, "store", "apart-worker.ts"),
      "loop-watch-worker": join(source, "daemon", "loop-watch-worker.ts"),
      // Started in the custody of a run.
      integrator: join(source, "project", "integrator.ts"),
    },
    format: "esm",
    splitting: true,
    target: "node24",
    outdir: dist,
    outExtension: { ".js": ".mjs" },
    chunkNames: "daemon-[hash]",
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [builtinsAsTheyAre()],
  };
  const trial = await build({ ...options, write: false });
  const needsRequire = trial.outputFiles?.some(({ text }) => text.includes("Dynamic require of")) ?? false;
  // CommonJS packages inside the bundle ask for builtins by `require`, which a module does not have.
  const js = 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);';
  await build({ ...options, ...(needsRequire && { banner: { js } }) });
}

/**
 * An `import` of one of Node's own modules looks at everything it exports, and some of that is made when it is looked at:
 * with `node:http` comes all of `fetch`, which took 25 ms of each start. Only what is used is looked at here.
 */
function builtinsAsTheyAre(): Plugin {
  return {
    name: "builtins-as-they-are",
    setup({ onResolve, onLoad }) {
      const filter = /^(node:)?[a-z_]+(\/[a-z_]+)*$/;
      onResolve({ filter }, ({ path, kind }) =>
        kind === "import-statement" && isBuiltin(path)
          ? { path: path.replace(/^node:/, ""), namespace: "builtin", sideEffects: false }
          : undefined,
      );
      onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
        const name = `node:${path}`;
        const names = Object.keys(process.getBuiltinModule(name) ?? {});
        const exported = names
          .filter((key) => key !== "default" && /^[A-Za-z_]\w*$/.test(key))
          .map((key, at) => ({ key, local: `x${at}` }));
        const contents = [
          `const all = process.getBuiltinModule("${name}");`,
          "const part = (name) => all[name];",
          "export default all;",
          ...exported.map(({ key, local }) => `const ${local} = /* @__PURE__ */ part("${key}");`),
          `export { ${exported.map(({ key, local }) => `${local} as ${key}`).join(", ")} };`,
        ];
        return { contents: contents.join("\n"), loader: "js" };
      });
    },
  };
}

/** CommonJS, because it starts faster. What `import()` asks for becomes a file of its own, loaded when it is asked for. */
async function buildCommandLine(): Promise<void> {
  const lazy = new Set<string>();
  const options: BuildOptions = {
    ...common,
    format: "cjs",
    minify: true,
    target: CLI_SYNTAX,
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    // `require` in place of `import()`: the module loader costs milliseconds.
    supported: { "dynamic-import": false },
    plugins: [besides(lazy)],
  };
  const define = { STEWARD_BUNDLED: "true", "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" };
  await build({ ...options, define, entryPoints: { cli: join(source, "cli", "main.ts") } });
  const done = new Set<string>();
  for (const entries = new Set(lazy); entries.size > 0; ) {
    const entryPoints = Object.fromEntries([...entries].map((path) => [lazyName(path), path]));
    await build({
      ...options,
      entryPoints,
      define: { ...define, "import.meta.url": "__importMetaUrl" },
      banner: { js: 'const __importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    });
    for (const path of entries) done.add(path);
    entries.clear();
    for (const path of lazy) if (!done.has(path)) entries.add(path);
  }
}

/** One for each agent that runs: nothing is in it but what carries lines. */
async function buildBridge(): Promise<void> {
  await build({
    ...common,
    entryPoints: { bridge: join(source, "transports", "mcp", "bridge.ts") },
    format: "cjs",
    minify: true,
    target: "node24",
    outdir: dist,
    outExtension: { ".js": ".cjs" },
  });
}

/** Readable, for it is in other people's programs and stack traces. */
async function buildClient(): Promise<void> {
  await build({
    ...common,
    entryPoints: { client: join(source, "client", "client.ts") },
    format: "esm",
    target: "node20",
    outdir: dist,
    outExtension: { ".js": ".mjs" },
  });
  writeClientTypes(source, join(dist, "client"));
}

/** Takes what is imported by `import()` out of the file that asks for it, and notes it. */
function besides(lazy: Set<string>): Plugin {
  return {
    name: "besides",
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
        const asked = resolve(resolveDir, path);
        // Renderers are small and loaded while the daemon thinks: one file with all of them.
        if (asked.includes("/cli/render/")) return undefined;
        // The live catalogue is only for sources; a bundle never asks for it.
        if (kind !== "dynamic-import" || basename(asked) === "live-catalogue.ts") {
          return kind === "dynamic-import" ? { path: "./never", external: true } : undefined;
        }
        lazy.add(asked);
        return { path: `./${lazyName(asked)}.cjs`, external: true };
      });
    },
  };
}

function lazyName(path: string): string {
  return `cli-${relative(source, path)
    .replace(/^cli\//, "")
    .replace(/\.ts$/, "")
    .replaceAll("/", "-")}`;
}

async function writeCatalogue(): Promise<void> {
  const { describeOperations } = await import("../src/cli/catalogue-of-operations.ts");
  const { TOOLS_FILE } = await import("../src/cli/catalogue.ts");
  const { operations } = await import("../src/operations.ts");
  const { toolsOf } = await import("../src/transports/mcp/tools.ts");
  const directory = join(dist, "catalogue");
  mkdirSync(directory, { recursive: true });
  for (const [noun, verbs] of Object.entries(describeOperations(operations))) {
    writeFileSync(join(directory, `${noun}.json`), JSON.stringify(verbs));
  }
  writeFileSync(join(directory, TOOLS_FILE), JSON.stringify(toolsOf(operations)));
}

function copyShellFiles(): void {
  for (const file of globSync("**/*.sh", { cwd: source })) {
    const copy = join(dist, basename(file));
    if (existsSync(copy)) throw new Error(`two files called ${basename(file)}: dist/ has room for one`);
    copyFileSync(join(source, file), copy);
  }
}
