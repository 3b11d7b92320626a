/** Commands in fixes: people paste them, and an attacker may have chosen any value in them. */

/** Characters that a shell takes literally, and that a reader sees. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** Longer than the ARN of a task. */
const LONGEST_ID = 300;
/** Control characters, and marks that no reader sees: a terminal may act on them even between quotes. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/u;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');

/**
 * Text as one word of a shell (bash, zsh, ksh): as it is if no character in it is special, else in single quotes, where a shell
 * interprets nothing. With characters that a reader cannot see, in `$'…'` and these by their bytes: pasted into a terminal, a
 * control character would end the quotes, the line, or the program.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!UNSEEN.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${text.replaceAll(/[\\']/g, '\\$&').replaceAll(ALL_UNSEEN, bytesOf)}'`;
}

/** An id within the words of a fix. One that a shell or a reader could take for more than an id is not repeated there. */
export function idInWords(id: string): string {
  return PLAIN.test(id) && id.length <= LONGEST_ID ? id : 'the one that the finding names';
}

function bytesOf(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** An option and its value; a flag has none. */
export type CommandOption = readonly [name: string, value?: string];

/** A command line with every value as one word. A value that begins with a dash is joined to its option, as it could pose as another. */
export function commandLine(program: string, options: readonly CommandOption[]): string {
  const words = options.map(([name, value]) => {
    if (value === undefined) return name;
    return `${name}${value.startsWith('-') ? '=' : ' '}${shellWord(value)}`;
  });
  return [program, ...words].join(' ');
}

/** A fix in its parts. */
export interface FixParts {
  /** What a person has to know or do first; empty for a command that can be pasted as it is. */
  readonly words: string;
  /** Empty if there is none. */
  readonly command: string;
}

/**
 * The parts of a fix: a command, or words that may end with a colon and a command to be used with thought. Fixes in words begin with
 * "No command", which no shell can run, so that pasting one as a whole does nothing.
 */
export function partsOfFix(fix: string): FixParts {
  const [, words = fix, command = ''] = /^(?:(.*?:) )?((?:aws|mirrorwatch) [a-z].*)$/s.exec(fix) ?? [];
  return command === '' ? { words: fix, command } : { words: words === fix ? '' : words, command };
}
