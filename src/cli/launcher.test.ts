import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const LAUNCHER = join(import.meta.dirname, "..", "..", "bin", "steward");

/** A directory with the launcher and whatever else; a file under `bin` or called `node` is a program. */
function aPlace(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "steward place "));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ ...files, "bin/steward": "" })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (path.endsWith("node")) chmodSync(join(root, path), 0o755);
  }
  copyFileSync(LAUNCHER, join(root, "bin", "steward"));
  chmodSync(join(root, "bin", "steward"), 0o755);
  return root;
}

/** A program that says who it is and what it was given, in place of Node. */
const aNode = (name: string, version = "v24.0.0") =>
  `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit; }\necho ${name}; for a; do echo "$a"; done\n`;

const SYSTEM_PATH = "/usr/bin:/bin";

interface Given {
  readonly path?: string;
  readonly launcher?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function launch(root: string, args: readonly string[], given: Given = {}) {
  const { path = "", launcher = join(root, "bin", "steward"), env } = given;
  const PATH = path ? `${path}:${SYSTEM_PATH}` : SYSTEM_PATH;
  const { status, stdout, stderr } = spawnSync(launcher, args, { env: { PATH, ...env }, encoding: "utf8" });
  return { status, said: stdout.split("\n").slice(0, -1), err: stderr };
}

test("a checkout runs its sources with the Node that npm ci brought, arguments untouched", () => {
  const root = aPlace({ "src/cli/main.ts": "", "node_modules/node/bin/node": aNode("brought") });
  const { status, said } = launch(root, ["run", "two words", "", "*", "-"]);
  expect({ status, said: said.filter((line) => !line.endsWith("main.ts")) }).toEqual({
    status: 0,
    said: ["brought", "run", "two words", "", "*", "-"],
  });
});

test("a checkout runs its bundle when it is asked to, and says how to make one", () => {
  const files = { "src/cli/main.ts": "", "node_modules/node/bin/node": aNode("brought") };
  const dist = { env: { STEWARD_DIST: "1" } };
  expect(launch(aPlace({ ...files, "dist/cli.cjs": "" }), [], dist).said[1]).toMatch(/dist\/cli\.cjs$/);
  expect(launch(aPlace(files), [], dist)).toMatchObject({ status: 78, err: expect.stringContaining("npm run build") });
});

test("a checkout without packages says to run npm ci", () => {
  expect(launch(aPlace({ "src/cli/main.ts": "" }), [])).toMatchObject({
    status: 78,
    err: expect.stringContaining("npm ci"),
  });
});

test("a checkout with packages but without a Node of its own takes the system's if it is new enough", () => {
  const root = aPlace({
    "src/cli/main.ts": "",
    "node_modules/zod/x": "",
    "new/node": aNode("new"),
    "old/node": aNode("old", "v20.1.0"),
  });
  expect(launch(root, [], { path: join(root, "new") }).said[0]).toBe("new");
  const old = launch(root, [], { path: join(root, "old") });
  expect(old).toMatchObject({ status: 78, err: expect.stringContaining("this is v20.1.0") });
});

test("an installed package runs its bundle with the system's Node, through npm's symlink and one more", () => {
  const root = aPlace({ "dist/cli.cjs": "", "system/node": aNode("system") });
  mkdirSync(join(root, "a"));
  symlinkSync("../bin/steward", join(root, "a", "relative"));
  symlinkSync(join(root, "a", "relative"), join(root, "absolute"));
  const { said } = launch(root, ["ping"], { path: join(root, "system"), launcher: join(root, "absolute") });
  expect(said).toEqual(["system", expect.stringMatching(/bin\/\.\.\/dist\/cli\.cjs$/), "ping"]);
});

test("without any Node it says where to get one", () => {
  const root = aPlace({ "dist/cli.cjs": "" });
  const { status, stderr } = spawnSync("/bin/sh", [join(root, "bin", "steward")], {
    env: { PATH: "" },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringContaining("https://nodejs.org") });
});
