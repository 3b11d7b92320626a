/** A block of lines at the end of a terminal, redrawn in place, with room for other lines above it. */

import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../../report/terminal/terminal-text.ts';

/** The size of a terminal in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What can be drawn on: a terminal. Its size may change. */
export interface ScreenStream extends Partial<ScreenSize> {
  write(text: string): unknown;
}

/** A block of lines on a terminal. Nothing but the block is ever changed, so there is nothing to restore but to erase it. */
export interface LiveScreen {
  /** Draws the block if it has changed. */
  draw(): void;
  /** Writes lines above the block; the text ends with a line break. */
  above(text: string): void;
  /** Erases the block. What is written afterwards begins in its place. */
  close(): void;
}

/** A terminal that doesn't tell its size. */
const USUAL: ScreenSize = { columns: 80, rows: 24 };
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

/** Opens a block on this terminal. `render` makes its lines; none may be wider than the terminal. */
export function openLiveScreen(stream: ScreenStream, render: (size: ScreenSize) => readonly string[]): LiveScreen {
  let drawn: readonly string[] = [];
  let isOpen = true;

  const size = (): ScreenSize => ({ columns: stream.columns || USUAL.columns, rows: stream.rows || USUAL.rows });
  /** To the beginning of the block. A terminal that became narrower has wrapped its lines. */
  const toStart = (): string => {
    const { columns } = size();
    const height = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns)),
      0,
    );
    return height === 0 ? '' : `\r\u001b[${height}A`;
  };
  const blockOf = (lines: readonly string[]): string => lines.map((line) => `${line}${ERASE_LINE}\n`).join('');

  return {
    draw() {
      if (!isOpen) return;
      const lines = render(size());
      if (lines.length === drawn.length && lines.every((line, at) => line === drawn[at])) return;
      stream.write(`${toStart()}${blockOf(lines)}${ERASE_BELOW}`);
      drawn = lines;
    },
    above(text) {
      if (!isOpen) {
        stream.write(text);
        return;
      }
      const start = toStart();
      drawn = render(size());
      stream.write(`${start}${ERASE_BELOW}${text}${blockOf(drawn)}`);
    },
    close() {
      if (isOpen && drawn.length > 0) stream.write(`${toStart()}${ERASE_BELOW}`);
      isOpen = false;
      drawn = [];
    },
  };
}
