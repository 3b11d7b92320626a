/** What goes to stderr: notes, warnings and errors, for people or as JSON lines. */

import { ConfigError, messageOf, PipelineError } from '../errors.ts';
import type { Rejected } from '../report/report.ts';

/** How a command speaks on stderr besides progress. */
export interface Log {
  /** Something worth knowing; silent with `--quiet`. */
  note(message: string): void;
  /** Something that is not as it should be; always said. */
  warn(message: string): void;
  /** An input that was not read, by its path and the reason. */
  rejected(input: Rejected): void;
}

/** The log of one run. */
export function openLog({
  quiet = false,
  jsonLogs = false,
}: {
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
}): Log {
  const say = (level: 'info' | 'warn', message: string, more: Readonly<Record<string, unknown>> = {}): void => {
    process.stderr.write(
      jsonLogs
        ? `${JSON.stringify({ level, message, ...more })}\n`
        : `${level === 'warn' ? 'warning: ' : ''}${inert(message)}\n`,
    );
  };
  return {
    note: (message) => {
      if (!quiet) say('info', message);
    },
    warn: (message) => say('warn', message),
    rejected: ({ path, reason }) => say('warn', `${path}: ${reason}`, { path, reason }),
  };
}

/** Prints an error with what caused it, without a stack trace. */
export function logError(error: unknown, jsonLogs: boolean): void {
  if (jsonLogs) {
    const more =
      error instanceof PipelineError
        ? { code: error.code, ...error.concerns, ...(error instanceof ConfigError && { problems: error.problems }) }
        : {};
    process.stderr.write(`${JSON.stringify({ level: 'error', message: messageOf(error), ...more })}\n`);
    return;
  }
  process.stderr.write(`error: ${inert(chain(error).join('\n  because: '))}\n`);
}

function chain(error: unknown): readonly string[] {
  const messages: string[] = [];
  for (
    let at: unknown = error;
    at !== undefined && messages.length < 5;
    at = at instanceof Error ? at.cause : undefined
  ) {
    const message = messageOf(at);
    // A wrapped error often repeats its cause's words; once is enough.
    if (!messages.some((said) => said.includes(message))) messages.push(message);
  }
  return messages;
}

/** Paths and messages may carry an attacker's bytes: nothing that moves the cursor or changes colours reaches the terminal. */
function inert(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (c) =>
    c === '\n' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
