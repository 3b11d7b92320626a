/** How a POSIX shell reads a line: quoting. */

import { isSeen } from './value-forms.ts';

/** Characters that a shell takes literally, and that a reader sees. A first `=` has a meaning in zsh. */
const PLAIN = /^(?!=)[\w@%+=:,./-]+$/;
/** Longer than the ARN of a task. */
const LONGEST_ID = 300;

/**
 * Text as one word of a POSIX shell: as it is if no character in it is special, else in single quotes, where a shell interprets nothing.
 * Only for text that a reader sees (`isSeen`): a terminal acts on control characters even between quotes, and no quoting that hides
 * them works in every shell.
 */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Free text within the words of a fix: quoted like a word of a shell, with what a reader cannot see as escapes. */
export function textInWords(text: string): string {
  return shellWord(isSeen(text) ? text : inertText(text));
}

/** An id within the words of a fix. One that a shell or a reader could take for more than an id is not repeated there. */
export function idInWords(id: string): string {
  return PLAIN.test(id) && id.length <= LONGEST_ID ? id : 'the one that the finding names';
}

/** JSON in which every character that a reader cannot see is an escape. A parser reads the same value. */
export function inertJson(value: unknown): string {
  return inertText(JSON.stringify(value));
}

function inertText(text: string): string {
  return [...text].map((char) => (isSeen(char) ? char : unicodeEscape(char))).join('');
}

function unicodeEscape(char: string): string {
  return Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

/**
 * One simple command or JSON object: no `;`, `|`, `&`, `$`, `<`, `>`, backtick, parenthesis or backslash outside quotes, no quote that
 * is left open, and nothing in double quotes that a shell replaces there.
 */
const ONE_COMMAND = /^(?:[^'"\\;|&$<>`()]|'[^']*'|\\'|"[^"$`\\!]*")+$/;

/** True if a shell takes the line as one command, and each word in it as it reads. */
export function isOneCommand(line: string): boolean {
  return ONE_COMMAND.test(line) && isSeen(line);
}
