/** Takes a fix apart: what a person reads, and what a shell runs. Imports nothing, as the script of the HTML report uses it too. */

/** The commands of a line, which ` && ` joins outside quotes. */
export function commandsIn(line: string): readonly string[] {
  return [...line.matchAll(/(?: && )?((?:'[^']*'|\\.|(?! && ).)+)/gs)].map(([, command = '']) => command);
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
 * "No command", which no shell can run, so that pasting one as a whole does nothing. What is between quotes in the words is no command.
 */
export function partsOfFix(fix: string): FixParts {
  const [, words = fix, command = ''] = /^(?:((?:'[^']*'|[^'])*?:) )?((?:aws|mirrorwatch) [a-z].*)$/s.exec(fix) ?? [];
  return command === '' ? { words: fix, command } : { words: words === fix ? '' : words, command };
}
