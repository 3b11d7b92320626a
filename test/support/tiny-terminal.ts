/** A terminal of a few rows in memory: what would be on the screen, and what has scrolled off, after a program has written to it. */

/** What the terminal shows. */
export interface TinyTerminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** Every line since the start, without empty ones at the end. */
  lines(): readonly string[];
}

/** Understands line feeds, carriage returns, moving up, erasing to the end, and colours (which are left out). Throws at anything else. */
export function aTinyTerminal(columns: number, rows: number): TinyTerminal {
  const all: string[][] = [[]];
  let [row, column] = [0, 0];
  const down = (): void => {
    row += 1;
    all[row] ??= [];
  };
  const put = (char: string): void => {
    if (column === columns) {
      down();
      column = 0;
    }
    const line = all[row] ?? [];
    while (line.length < column) line.push(' ');
    line[column] = char;
    column += 1;
  };
  const control = (count: string, what: string): void => {
    const top = Math.max(0, all.length - rows);
    if (what === 'A') row = Math.max(top, row - Number(count || 1));
    else if (what === 'K') all[row]?.splice(column);
    else if (what === 'J') {
      all[row]?.splice(column);
      all.splice(row + 1);
    } else if (what !== 'm') throw new Error(`the terminal does not know ${what}`);
  };
  return {
    columns,
    rows,
    write(text) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what a terminal reads.
      for (const [piece, count = '', what] of text.matchAll(/\u001b\[([\d;]*)([A-Za-z])|[\s\S]/gu)) {
        if (what !== undefined) control(count, what);
        else if (piece === '\r') column = 0;
        else if (piece === '\n') {
          down();
          column = 0;
        } else put(piece);
      }
    },
    lines: () => {
      const texts = all.map((line) => line.join('').trimEnd());
      const last = texts.findLastIndex((text) => text !== '');
      return texts.slice(0, last + 1);
    },
  };
}
