/** Writes the types that the package publishes for `steward/client`: one declaration file for each source that they need. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript";

/** Follows imports from the client's entry; all files lie side by side in `target`. */
export function writeClientTypes(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  const waiting = [join(source, "client", "client.ts")];
  const written = new Map<string, string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = basename(path, ".ts");
    if (written.get(name) === path) continue;
    if (written.has(name)) throw new Error(`two files called ${name}: the declarations have room for one`);
    written.set(name, path);
    const { text, imports } = declarationsOf(path);
    writeFileSync(join(target, `${name}.d.ts`), text);
    waiting.push(...imports.map((imported) => join(dirname(String(path)), imported)));
  }
}

/** Without looking at any other file: every export says its type. */
function declarationsOf(path: string): { text: string; imports: string[] } {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(path, "utf8"), {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, isolatedDeclarations: true },
  });
  const [first] = diagnostics;
  if (first) throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`);
  const imports: string[] = [];
  const text = outputText.replace(/(from ")(\.[^"]*\.ts)"/g, (_, from: string, imported: string) => {
    imports.push(imported);
    return `${from}./${basename(imported, ".ts")}.js"`;
  });
  return { text, imports };
}
