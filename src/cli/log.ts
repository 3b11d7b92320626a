/** What goes to stderr: notes, warnings and errors, for people or as JSON lines. */

import { ConfigError, messageOf, PipelineError } from '../errors.ts';
import { inertJson, visible } from '../report/escape.ts';
import type { Rejected } from '../report/report.ts';

/** How a command writes to stderr, apart from progress. */
export interface Log {
  /** Something worth knowing; omitted with `--quiet`. */
  note(message: string): void;
  /** Something wrong; never omitted. */
  warn(message: string): void;
  /** An input that was not read: its path and the reason. */
  rejected(input: Rejected): void;
  /** These inputs have been named on stdout, so that stderr need not repeat them. */
  shown(inputs: readonly Rejected[]): void;
}

/**
 * Opens the log of one run. With `tableFollows`, inputs that were not read wait for the table that names them on the same terminal: what no table
 * has named when the process ends, because it failed before, say, is written then. `writeTo` writes a line with its break, for what has to be drawn
 * around it.
 */
export function openLog(
  {
    quiet = false,
    jsonLogs = false,
  }: {
    readonly quiet?: boolean | undefined;
    readonly jsonLogs?: boolean | undefined;
  },
  {
    tableFollows = false,
    writeTo = (line) => void process.stderr.write(line),
  }: { readonly tableFollows?: boolean; readonly writeTo?: (line: string) => void } = {},
): Log {
  const write = (level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    writeTo(
      jsonLogs
        ? `${inertJson({ level, message, ...fields })}\n`
        : `${level === 'warn' ? 'warning: ' : ''}${visible(message)}\n`,
    );
  };
  const reject = ({ path, reason }: Rejected): void => write('warn', `${path}: ${reason}`, { path, reason });
  const waiting = new Map<string, Rejected>();
  const keyOf = ({ path, reason }: Rejected): string => JSON.stringify([path, reason]);
  const waits = tableFollows && !jsonLogs;
  if (waits)
    process.once('exit', () => {
      for (const input of waiting.values()) reject(input);
    });
  return {
    note: (message) => {
      if (!quiet) write('info', message);
    },
    warn: (message) => write('warn', message),
    rejected: (input) => {
      if (waits) waiting.set(keyOf(input), input);
      else reject(input);
    },
    shown: (inputs) => {
      for (const input of inputs) waiting.delete(keyOf(input));
    },
  };
}

/** A log that writes nothing. */
export const SILENT: Log = {
  note: () => undefined,
  warn: () => undefined,
  rejected: () => undefined,
  shown: () => undefined,
};

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
    process.stderr.write(`${inertJson({ level: 'error', message: messageOf(error), ...fields })}\n`);
    return;
  }
  process.stderr.write(`error: ${messageChain(error).join('\n  because: ')}\n`);
}

/** The error's message and those of up to four causes. A wrapper often repeats its cause's message, which is then left out. */
function messageChain(error: unknown): readonly string[] {
  const messages: string[] = [];
  for (
    let at: unknown = error;
    at !== undefined && messages.length < 5;
    at = at instanceof Error ? at.cause : undefined
  ) {
    const message = linesOf(at);
    if (!messages.some((earlier) => earlier.includes(message))) messages.push(message);
  }
  return messages;
}

/** Codes of errors whose messages have lines of our own, which are indented. */
const IN_LINES: ReadonlySet<unknown> = new Set(['config-invalid', 'usage']);

/** A message without anything that acts on a terminal. Only breaks before lines of our own stay, and none in what the error is about. */
function linesOf(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof PipelineError && IN_LINES.has(error.code))) return visible(message);
  const values = Object.values(error.concerns).filter((value) => typeof value === 'string' && value.includes('\n'));
  const named = values.reduce((text: string, value) => text.replaceAll(String(value), visible(String(value))), message);
  return named
    .split(/\n(?= {2})/)
    .map(visible)
    .join('\n');
}
