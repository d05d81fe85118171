/** What a mason knows by heart: it stands where a model would write, so that the demo needs no network and no key. */

export const PIECES: Readonly<Record<string, string>> = {
  "lib/greet.js": `export function greet(name) {
  return \`Hello, \${name}!\`;
}
`,
  "bin/greet.js": `#!/usr/bin/env node
import { greet } from "../lib/greet.js";

console.log(greet(process.argv[2]));
`,
  "test/greet.test.js": `import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../bin/greet.js", import.meta.url));
const greet = (...args) => execFileSync(process.execPath, [program, ...args], { encoding: "utf8" });

test("greet NAME says hello", () => {
  assert.equal(greet("Ada"), "Hello, Ada!\\n");
});
`,
  "README.md": `# greet

\`node bin/greet.js NAME\` says hello. \`node --test\` sees to it that it does.
`,
};
