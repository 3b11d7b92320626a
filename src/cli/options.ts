/** Options that several commands share, and how their values are read. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { SEVERITIES, type Severity } from '../audit/finding.ts';
import { PipelineError } from '../errors.ts';
import { FORMAT_NAMES, type FormatName } from '../report/formats/registry.ts';

/** One `-o`: to stdout when `path` is absent. */
export interface OutputChoice {
  readonly format: FormatName;
  readonly path?: string | undefined;
}

export interface CommonOptions {
  readonly config?: string | undefined;
  readonly account?: string | undefined;
  readonly ledger?: string | undefined;
  readonly output: readonly OutputChoice[];
  readonly failOn: Severity;
  readonly exitZero?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
  readonly showMuted?: boolean | undefined;
  readonly now?: Date | undefined;
}

/** Adds the options of a command that reads the configuration and an account. */
export function withAccount(command: Command): Command {
  return withConfig(
    command
      .optionsGroup('Account and history:')
      .option(
        '--account <snapshot>',
        'the account in this file; without it, live AWS by the usual credential chain; "none": by the records alone',
      )
      .option('--ledger <file>', 'the history: an SQLite file, or dynamodb://TABLE'),
  );
}

/** Adds `--config` and the options about logs on stderr. */
export function withConfig(command: Command): Command {
  return withLogging(
    command
      .optionsGroup('Settings:')
      .option('--config <file>', 'the configuration, JSON or YAML (default: config.json where there is one)'),
  );
}

/** Adds the options about logs on stderr. Call it last: what a command has of its own stands first in its help. */
export function withLogging(command: Command): Command {
  return command
    .optionsGroup('Settings:')
    .option('--quiet', 'no progress and no notes on stderr; errors stay')
    .option('--json-logs', 'notes and errors on stderr as JSON lines')
    .addOption(new Option('--now <time>', 'take this as the present, ISO 8601').argParser(readTime).hideHelp());
}

/** Adds `-o`, `--show-muted`, `--fail-on` and `--exit-zero`. */
export function withFindings(command: Command): Command {
  return withExitCode(
    command
      .optionsGroup('Output:')
      .addOption(outputOption(FORMAT_NAMES, 'table'))
      .option('--show-muted', 'list exempted findings in tables too'),
  );
}

/** Adds `--fail-on` and `--exit-zero`. */
export function withExitCode(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      new Option('--fail-on <severity>', 'exit with 3 for open findings from here up')
        .choices(SEVERITIES)
        .default('low'),
    )
    .option('-z, --exit-zero', 'exit with 0 although there are findings');
}

/** `-o FORMAT[=PATH]` of a command that has these formats; `usual` when the option is not given. */
export function outputOption<F extends FormatName>(formats: readonly F[], usual: F): Option {
  return new Option(
    '-o, --output <format[=path]>',
    `what to print, or write to a file; may be repeated (${formats.join(', ')})`,
  )
    .argParser((value: string, previous: readonly OutputChoice[]) => {
      const choices = addOutput(value, previous);
      if (!formats.some((known) => known === choices.at(-1)?.format))
        throw new InvalidArgumentError(`There ${formats.length === 1 ? 'is' : 'are'} ${formats.join(', ')}.`);
      return choices;
    })
    .default([], usual);
}

/** Reads one `-o` and appends it to those before. Throws InvalidArgumentError on an unknown format or an empty path. */
export function addOutput(value: string, previous: readonly OutputChoice[] = []): readonly OutputChoice[] {
  const at = value.indexOf('=');
  const name = at === -1 ? value : value.slice(0, at);
  const format = FORMAT_NAMES.find((known) => known === name);
  if (format === undefined)
    throw new InvalidArgumentError(`There is no format ${JSON.stringify(name)}; there are ${FORMAT_NAMES.join(', ')}.`);
  if (at === -1) return [...previous, { format }];
  const path = value.slice(at + 1);
  if (path === '') throw new InvalidArgumentError(`A path is missing after "${name}=".`);
  return [...previous, { format, path }];
}

/** The folder of `--mail`: empty for the configured topic, undefined without the option. Throws PipelineError `usage` without a ledger. */
export function mailOf({
  mail,
  ledger,
}: {
  readonly mail?: string | true | undefined;
  readonly ledger?: string | undefined;
}): string | undefined {
  if (mail !== undefined && ledger === undefined)
    throw new PipelineError('usage', '--mail needs --ledger, which knows what was mailed already');
  return mail === true ? '' : mail;
}

/** Reads an ISO 8601 time or day (a day is its beginning in UTC). */
export function readTime(value: string): Date {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value;
  const date = new Date(time);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(time) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('It must be a day (2026-11-01) or a time (2026-11-01T12:00:00Z).');
  return date;
}

/** Reads a whole number above zero. */
export function readCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number above zero.');
  return Number(value);
}

/** Splits `A,B`; empty parts are left out. */
export function readList(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
