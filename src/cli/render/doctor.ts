/** `steward doctor` for people: by subject, aligned, the level as a word, what to do below. */
import { visibleLine } from "../visible.ts";

interface Finding {
  readonly subject: string;
  readonly level: string;
  readonly sentence: string;
  readonly toDo?: string;
}

/** How levels are counted, the worst first. */
const COUNTED = ["problem", "warning", "note"] as const;

export function renderDiagnosis(result: unknown): string {
  const { findings } = result as { findings: readonly Finding[] };
  const subjects = Math.max(...findings.map(({ subject }) => subject.length), 0);
  const levels = Math.max(...findings.map(({ level }) => level.length), 0);
  const lines = findings.flatMap(({ subject, level, sentence, toDo }, at) => {
    const shown = findings[at - 1]?.subject === subject ? "" : subject;
    const head = `${shown.padEnd(subjects)}  ${level.padEnd(levels)}  `;
    const below = toDo === undefined ? [] : [`${" ".repeat(head.length)}→ ${visibleLine(toDo)}`];
    return [`${head}${visibleLine(sentence)}`, ...below];
  });
  return `${lines.join("\n")}\n\n${summary(findings)}\n`;
}

function summary(findings: readonly Finding[]): string {
  const counts = COUNTED.flatMap((level) => {
    const n = findings.filter((finding) => finding.level === level).length;
    return n === 0 ? [] : [`${n} ${level}${n === 1 ? "" : "s"}`];
  });
  return counts.length === 0 ? "All is well." : `${counts.join(", ")}.`;
}
