/** The settings file as text: a new one that explains itself, or an old one with what was missing, comments and all. */
import { applyEdits, modify } from "jsonc-parser";
import { additions, type Proposal } from "./proposal.ts";

/** A new file. Only its values are composed by a program; what is said beside them is for whoever opens it. */
export function newSettings(proposal: Proposal): string {
  const agents = proposal.agents.flatMap(({ name, settings, found }, at) => {
    const comma = at + 1 < proposal.agents.length ? "," : "";
    const version = found.version === null ? "" : `, found as ${oneLine(found.version)}`;
    return [`    // ${found.known.title}${version}`, `    ${JSON.stringify(name)}: ${inline(settings)}${comma}`];
  });
  return `${[
    "// Settings of Steward, written by `steward init`. `steward config show` shows every default, `steward config check`",
    "// what is wrong, and `steward daemon reload` makes changes hold.",
    "{",
    '  // Agents by name. permissions: with "ask" an agent reads, and you are asked for the rest; with "workspace-edits" it also',
    '  // changes files of its workspace; with "deny" it only reads; with "yolo" it does anything, unasked.',
    '  "agents": {',
    ...agents,
    "  },",
    "  // Who does what names no role; wipLimit is how many of its tasks run at once.",
    `  "roles": { "default": { "agent": ${JSON.stringify(proposal.roleAgent)}, "wipLimit": 1 } }`,
    "}",
  ].join("\n")}\n`;
}

/** `text` is settings that can be read. */
export function extendedSettings(text: string, proposal: Proposal): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: text.includes("\r\n") ? "\r\n" : "\n" };
  return additions(proposal).reduce(
    (before, { path, value }) => applyEdits(before, modify(before, path, value, { formattingOptions })),
    text,
  );
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, below]) => `${JSON.stringify(name)}: ${inline(below)}`)
    .join(", ")} }`;
}

/** What a program said must not end the comment it stands in. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
