/** Where a line may end inside a word. Imports nothing: the report and the page's script both use it. */

/** A part of a text: a browser may end a line in `plain` as it likes, in `joined` it may not, and at a `break` it may. */
export interface LinePiece {
  readonly as: 'plain' | 'joined' | 'break';
  /** Empty for a `break`. */
  readonly text: string;
}

/** A shorter word fits a line of a phone, as `subnet-0123456789abcdef0` does. */
const LONG_WORD = 24;
/** Hyphens with the character behind them, in pieces short enough to fit any line. */
const HYPHENS = /(-{1,2}[^\s-]?)/u;
/** The places behind separators. A browser alone ends no line at some of them, as in `AWSLogs/111122223333`. */
const BEHIND_SEPARATORS = /(?<=[/:,=_])(?![/:,=_])/;

/**
 * The text in parts, so that a line never ends at a hyphen in it, as browsers would have it: `tmt-` alone is no id. A word of more than 24
 * characters may break after `/`, `:`, `,`, `=` and `_`. A word that is longer than a line even so breaks where the line is full. The parts
 * joined are the text.
 */
export function linePieces(text: string): readonly LinePiece[] {
  // More marks than this are for no reader, and would multiply the page's size.
  let left = Math.max(8, text.length / 4);
  const pieces: LinePiece[] = [];
  const add = (as: LinePiece['as'], part: string): void => {
    const last = pieces.at(-1);
    if (as !== 'plain') left -= 1;
    if (as === 'plain' || left < 0) {
      if (last?.as === 'plain') pieces[pieces.length - 1] = { as: 'plain', text: last.text + part };
      else if (part !== '') pieces.push({ as: 'plain', text: part });
    } else pieces.push({ as, text: part });
  };
  text.split(' ').forEach((word, at) => {
    if (at > 0) add('plain', ' ');
    const parts = word.length > LONG_WORD ? word.split(BEHIND_SEPARATORS) : [word];
    parts.forEach((part, place) => {
      if (place > 0) add('break', '');
      for (const [n, bit] of part.split(HYPHENS).entries()) add(n % 2 === 1 ? 'joined' : 'plain', bit);
    });
  });
  return pieces;
}
