/** Comparing texts as event patterns do: without regard to case, and with wildcards, in time linear in the text. */

/** True if both texts are the same but for case. */
export function equalsIgnoringCase(text: string, pattern: string): boolean {
  return lengthOfMatch(text, pattern) === text.length;
}

/** True if a text begins with the other but for case. */
export function startsIgnoringCase(text: string, pattern: string): boolean {
  return lengthOfMatch(text, pattern) !== undefined;
}

/** True if a text ends with the other but for case. */
export function endsIgnoringCase(text: string, pattern: string): boolean {
  let end = text.length;
  for (const character of [...pattern].reverse()) {
    const forms = [character.toLowerCase(), character.toUpperCase()];
    const found = forms.find((form) => text.endsWith(form, end));
    if (found === undefined) return false;
    end -= found.length;
  }
  return true;
}

/**
 * How many code units at the start of a text match the pattern; undefined if it does not match. Goes through the pattern character by
 * character: each may be in lower or in upper case, by Unicode and in no language. Nothing is folded in the text.
 */
function lengthOfMatch(text: string, pattern: string): number | undefined {
  let at = 0;
  for (const character of pattern) {
    const forms = [character.toLowerCase(), character.toUpperCase()];
    const found = forms.find((form) => text.startsWith(form, at));
    if (found === undefined) return undefined;
    at += found.length;
  }
  return at;
}

/** Whether a text matches, with the longest piece that it then contains; or why the wildcard is refused. */
export type Wildcard =
  | { readonly matches: (text: string) => boolean; readonly part: string }
  | { readonly refused: string };

/**
 * A wildcard: `*` is any run of characters, also an empty one, and everything else is itself. `\*` is a star and `\\` a backslash. The
 * whole text has to match. Each piece is looked for once, from where the one before it ended, so a long text costs no more than a pass.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
 */
export function wildcardOf(pattern: string): Wildcard {
  const pieces = [''];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    const next = pattern[at + 1];
    if (character === '\\' && next !== '*' && next !== '\\')
      return { refused: 'has a backslash that escapes neither * nor another backslash' };
    if (character === '*' && next === '*')
      return { refused: 'has two stars in a row; write one, or \\* for a star itself' };
    if (character === '*') pieces.push('');
    else {
      if (character === '\\') at += 1;
      pieces.push(`${pieces.pop() ?? ''}${character === '\\' ? (next ?? '') : character}`);
    }
  }
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const between = pieces.slice(1, -1);
  const part = pieces.reduce((one, other) => (other.length > one.length ? other : one));
  if (pieces.length === 1) return { matches: (text) => text === first, part };
  return {
    part,
    matches: (text) =>
      text.length >= first.length + last.length &&
      text.startsWith(first) &&
      text.endsWith(last) &&
      areInOrder(between, text, first.length, text.length - last.length),
  };
}

/** True if the pieces occur one after another between two positions. */
function areInOrder(pieces: readonly string[], text: string, from: number, to: number): boolean {
  let at = from;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= to;
}
