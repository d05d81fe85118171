/** SQL is written with `?` for parameters; PostgreSQL wants them numbered. */

export interface Numbered {
  readonly text: string;
  readonly wants: number;
}

/** What stands in quotes or in a comment is left as it is. */
const QUOTED_OR_PARAMETER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\?/g;

export function numbered(sql: string): Numbered {
  let wants = 0;
  const text = sql.replace(QUOTED_OR_PARAMETER, (found) => (found === "?" ? `$${++wants}` : found));
  return { text, wants };
}
