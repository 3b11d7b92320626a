/** What goes to stderr: notes, warnings and errors, for people or as JSON lines. */

import { ConfigError, messageOf, PipelineError } from '../errors.ts';
import type { Rejected } from '../report/report.ts';

/** How a command writes to stderr, apart from progress. */
export interface Log {
  /** Something worth knowing; omitted with `--quiet`. */
  note(message: string): void;
  /** Something wrong; never omitted. */
  warn(message: string): void;
  /** An input that was not read: its path and the reason. */
  rejected(input: Rejected): void;
}

/** Opens the log of one run. */
export function openLog({
  quiet = false,
  jsonLogs = false,
}: {
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
}): Log {
  const write = (level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    process.stderr.write(
      jsonLogs
        ? `${JSON.stringify({ level, message, ...fields })}\n`
        : `${level === 'warn' ? 'warning: ' : ''}${escapeControls(message)}\n`,
    );
  };
  return {
    note: (message) => {
      if (!quiet) write('info', message);
    },
    warn: (message) => write('warn', message),
    rejected: ({ path, reason }) => write('warn', `${path}: ${reason}`, { path, reason }),
  };
}

/** Prints an error and its causes, without a stack trace. */
export function logError(error: unknown, jsonLogs: boolean): void {
  if (jsonLogs) {
    const fields =
      error instanceof PipelineError
        ? {
            code: error.code,
            ...error.concerns,
            problems: error instanceof ConfigError ? error.problems : undefined,
          }
        : {};
    process.stderr.write(`${JSON.stringify({ level: 'error', message: messageOf(error), ...fields })}\n`);
    return;
  }
  process.stderr.write(`error: ${escapeControls(messageChain(error).join('\n  because: '))}\n`);
}

/** The error's message and those of up to four causes. A wrapper often repeats its cause's message, which is then left out. */
function messageChain(error: unknown): readonly string[] {
  const messages: string[] = [];
  for (
    let at: unknown = error;
    at !== undefined && messages.length < 5;
    at = at instanceof Error ? at.cause : undefined
  ) {
    const message = messageOf(at);
    if (!messages.some((earlier) => earlier.includes(message))) messages.push(message);
  }
  return messages;
}

/** Paths and messages may contain an attacker's bytes. Nothing that moves the cursor, changes colours or reverses text reaches the terminal. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (c) =>
    c === '\n' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
