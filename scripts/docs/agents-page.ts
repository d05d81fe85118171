/** The page that says what each real agent did in each cell of the matrix: from what `npm run test:agents` saw last. */

import type { Seen, SeenAgent } from "../../test/agents/matrix/seen.ts";

const MARK: Readonly<Record<Seen["is"], string>> = { ok: "✓", failed: "✗", unreachable: "–" };

export function agentsPage(agents: Readonly<Record<string, SeenAgent>>): string {
  const names = Object.keys(agents);
  const cells = [...new Set(Object.values(agents).flatMap((agent) => Object.keys(agent.cells)))];
  const row = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  const heads = names.map((name) => `${name} ${agents[name]?.version}<br>${agents[name]?.date}`);
  const overview = cells.map((cell) =>
    row([cell, ...names.map((name) => MARK[agents[name]?.cells[cell]?.is ?? "unreachable"])]),
  );
  return `# Real agents in the matrix

Made by \`npm run docs\` from what \`npm run test:agents\` saw: real programs from npm, a real daemon, a scripted model on loopback.
✓ ended in the right outcome with nothing left alive · ✗ did not · – cannot be reached, the reason is below.

${row(["cell", ...heads])}
${row(["---", ...names.map(() => "---")])}
${overview.join("\n")}

${names.map((name) => details(name, agents[name])).join("\n\n")}
`;
}

function details(name: string, agent: SeenAgent | undefined): string {
  const lines = Object.entries(agent?.cells ?? {}).map(
    ([cell, { is, saw }]) => `| ${cell} | ${MARK[is]} | ${escaped(saw)} |`,
  );
  return `## ${name} ${agent?.version}, ${agent?.date}\n\n| cell | | what became of its task |\n|---|---|---|\n${lines.join("\n")}`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
