/** Options that several commands share, and how to read their values. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { SEVERITIES, type Severity } from '../audit/finding.ts';
import type { CommandOption } from '../audit/fixes/command.ts';
import { PipelineError } from '../errors.ts';
import { FORMAT_NAMES, type FormatName } from '../report/formats/registry.ts';
import type { OcsfVersion } from '../report/report.ts';

/** One `-o`; without a path it goes to stdout. */
export interface OutputChoice {
  readonly format: FormatName;
  readonly path?: string | undefined;
}

/** The options of commands that judge. */
export interface CommonOptions {
  readonly config?: string | undefined;
  readonly account?: string | undefined;
  readonly olderSnapshot?: readonly string[] | undefined;
  readonly ledger?: string | undefined;
  readonly output: readonly OutputChoice[];
  readonly failOn: Severity;
  readonly exitZero?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
  readonly showMuted?: boolean | undefined;
  readonly now?: Date | undefined;
}

/** What else a command that reads an account can do. */
interface AccountUse {
  /** It can do without an account. */
  readonly records?: boolean;
  /** It takes older snapshots. */
  readonly older?: boolean;
}

/** Adds the options of a command that reads the configuration and an account. */
export function withAccount(command: Command, { records = false, older = false }: AccountUse = {}): Command {
  const account = 'a snapshot file; default: live AWS by the usual credential chain';
  const text = records ? `${account}; "none": judge by the records alone` : account;
  const group = command.optionsGroup('Account and history:').option('--account <snapshot>', text);
  const both = older ? withOlderSnapshots(group) : group;
  return withConfig(both.option('--ledger <file>', 'the history: an SQLite file, or dynamodb://TABLE'));
}

/** Adds `--older-snapshot`. */
export function withOlderSnapshots(command: Command): Command {
  return command.option(
    '--older-snapshot <file>',
    'a snapshot from an earlier time, for what records lack (what a deleted session was on); repeatable',
    (path: string, previous: readonly string[] = []) => [...previous, path],
  );
}

/** What `--follow` does. */
export const FOLLOW_LINKS = 'follow the links in folders, wherever they lead';

/** Adds the log paths and the options for scanning them. */
export function withLogs(command: Command): Command {
  return command
    .argument('<path...>', 'log files, folders, zips, tars, or s3://bucket/prefix')
    .option('--since <time>', 'only events from this day or time (eventTime)', readTime)
    .option('--until <time>', 'only events before this day or time', readTime)
    .option('--follow', FOLLOW_LINKS)
    .option('--threads <n>', 'threads to scan with, this one included (default: one per core)', readCount)
    .option('--checkpoint <file>', 'record progress in this file, so an interrupted scan resumes');
}

/** Adds `--verify` and `--keys`; `when` says with what, for a command that reads logs only then. */
export function withVerifying(command: Command, when = ''): Command {
  return command
    .option('--verify', `${when}use only records of files that CloudTrail's digests prove unchanged`)
    .option(
      '--keys <file>',
      'for --verify: public keys printed by "aws cloudtrail list-public-keys"; repeatable (default: live AWS)',
      append,
    );
}

/** Reads one of several values of an option. */
export function append(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Adds `--mail`; `note` says when mail is sent without being asked. */
export function withMail(command: Command, note = ''): Command {
  return command.option(
    '--mail [folder]',
    `send due mail into this folder, or to alertTopicArn${note}; needs --ledger`,
  );
}

/** Adds `--save`. */
export function withSave(command: Command): Command {
  return command.option(
    '--save <file>',
    'where to write the changed copy of a snapshot (default: beside it, as NAME.applied.json)',
  );
}

/** Adds `--regions`. */
export function withRegions(command: Command): Command {
  return command.option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList);
}

/** Adds `--config` and the options for stderr. */
export function withConfig(command: Command): Command {
  return withLogging(
    command
      .optionsGroup('Settings:')
      .option('--config <file>', 'the configuration, JSON or YAML (default: config.json if it exists)'),
  );
}

/** Adds the options for stderr. Call it last, so a command's own options come first in its help. */
function withLogging(command: Command): Command {
  return command
    .optionsGroup('Settings:')
    .option('--quiet', 'no progress and no notes on stderr; only warnings and errors')
    .option('--json-logs', 'notes and errors on stderr as JSON lines')
    .addOption(new Option('--now <time>', 'use this as the current time, ISO 8601').argParser(readTime).hideHelp());
}

const OCSF_VERSIONS: readonly OcsfVersion[] = ['1.5.0', '1.6.0', '1.7.0', '1.8.0'];

/** Adds `-o` and how to render findings, `--fail-on` and `--exit-zero`. */
export function withFindings(command: Command): Command {
  return withExitCode(
    command
      .optionsGroup('Output:')
      .addOption(outputOption(FORMAT_NAMES, 'table'))
      .option('--show-muted', 'list muted findings in tables too')
      .option('--include-pass', 'list what was checked and passed (JSON, JUnit, OCSF, ASFF)')
      .addOption(
        new Option('--ocsf-version <version>', 'the OCSF schema version').choices(OCSF_VERSIONS).default('1.5.0'),
      )
      .option('--excel', 'start CSV with the byte order mark that Excel needs'),
  );
}

/** Adds `--fail-on` and `--exit-zero`; `when` says when the exit code is 3. */
export function withExitCode(
  command: Command,
  when = 'exit with 3 for open findings of at least this severity',
): Command {
  return command
    .optionsGroup('Output:')
    .addOption(new Option('--fail-on <severity>', when).choices(SEVERITIES).default('low'))
    .option('-z, --exit-zero', 'exit with 0 even if there are findings');
}

/** `-o FORMAT[=PATH]` for a command with these formats; `usual` says what is used if the option is not given. */
export function outputOption<F extends FormatName>(offered: readonly F[], usual: string): Option {
  const formats = offered.toSorted();
  return new Option('-o, --output <format[=path]>', `print, or write to a file; repeatable (${formats.join(', ')})`)
    .argParser((value: string, previous: readonly OutputChoice[]) => {
      const choices = addOutput(value, previous);
      if (!formats.some((known) => known === choices.at(-1)?.format))
        throw new InvalidArgumentError(
          `This command's ${formats.length === 1 ? 'only format is' : 'formats are'} ${formats.join(', ')}.`,
        );
      return choices;
    })
    .default([], usual);
}

/** Reads one `-o` and appends it to the earlier ones. Throws InvalidArgumentError on an unknown format or an empty path. */
function addOutput(value: string, previous: readonly OutputChoice[] = []): readonly OutputChoice[] {
  const at = value.indexOf('=');
  const name = at === -1 ? value : value.slice(0, at);
  const format = FORMAT_NAMES.find((known) => known === name);
  if (format === undefined)
    throw new InvalidArgumentError(
      `There is no format ${JSON.stringify(name)}; the formats are ${FORMAT_NAMES.join(', ')}.`,
    );
  if (at === -1) return [...previous, { format }];
  const path = value.slice(at + 1);
  if (path === '') throw new InvalidArgumentError(`The path after "${name}=" is missing.`);
  return [...previous, { format, path }];
}

/** The folder of `--mail`: empty for the configured topic, undefined without the option. Throws PipelineError `usage` if there is no ledger. */
export function mailOf({
  mail,
  ledger,
}: {
  readonly mail?: string | true | undefined;
  readonly ledger?: string | undefined;
}): string | undefined {
  if (mail !== undefined && ledger === undefined)
    throw new PipelineError('usage', '--mail needs --ledger, to know what has been mailed already');
  return mail === true ? '' : mail;
}

/** Reads an ISO 8601 time or day; a day means its start in UTC. Throws InvalidArgumentError. */
export function readTime(value: string): Date {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value;
  const date = new Date(time);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(time) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('It must be a day (2026-11-01) or a time (2026-11-01T12:00:00Z).');
  return date;
}

/** Reads a whole number above zero. Throws InvalidArgumentError. */
export function readCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number above zero.');
  return Number(value);
}

/** Splits `A,B` and drops empty parts. Throws InvalidArgumentError if nothing is left: an empty list would match nothing. */
export function readList(value: string): readonly string[] {
  const parts = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new InvalidArgumentError('It must be at least one value, such as A or A,B.');
  return parts;
}

/** The file that has the configuration: that of `--config`, else the one in this folder. */
export function configFileOf({ config = 'config.json' }: Pick<CommonOptions, 'config'>): string {
  return config;
}

/** The options with which another command, in the same folder, reaches what this one did: for the commands in fixes. */
export function commandOptions({
  account,
  config,
  regions,
  ledger,
}: Pick<CommonOptions, 'account' | 'config' | 'ledger'> & {
  readonly regions?: readonly string[] | undefined;
}): readonly CommandOption[] {
  const given: readonly (readonly [CommandOption[0], string | undefined])[] = [
    ['--account', account],
    ['--config', config],
    ['--regions', regions?.join(',')],
    ['--ledger', ledger],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
