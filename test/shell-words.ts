/** Cuts a command line into words as a shell does: quotes, comments, and what ends a command. */

/** The words of the first command of a line. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [piece] of line.matchAll(/'[^']*'|"(?:\\.|[^"\\])*"|\\.|\s+|[^\s'"\\]/g)) {
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/^[|;&>]/.test(piece) || (piece === "#" && word === undefined)) {
      break;
    } else {
      word = (word ?? "") + unquoted(piece);
    }
  }
  return word === undefined ? words : [...words, word];
}

function unquoted(piece: string): string {
  if (piece.startsWith("'") && piece.length > 1) return piece.slice(1, -1);
  if (piece.startsWith('"') && piece.length > 1) return piece.slice(1, -1).replace(/\\(.)/g, "$1");
  return piece.startsWith("\\") ? piece.slice(1) : piece;
}
