/** `mirrorwatch rules`: lists and shows the rules, and says what an event pattern finds. */

import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import { visible } from '../../report/escape.ts';
import { periodOf } from '../checks/request.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, type OutputChoice, outputOption, withConfig, withLogs } from '../options.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import type { DescribedRule } from '../rules/describe-rule.ts';
import type { FindOptions } from '../rules/find-in-logs.ts';

interface TestOptions extends FindOptions, Pick<CommonOptions, 'config' | 'jsonLogs' | 'now'> {
  readonly pattern?: string | undefined;
  readonly name?: string | undefined;
  readonly explain?: boolean | undefined;
}

/** Adds `rules list`, `rules show` and `rules test`. */
export function addRules(program: Command): void {
  const rules = program
    .command('rules')
    .description('List and show the rules, and test event patterns.')
    .addHelpText('after', '\nExample:\n  mirrorwatch rules list\n  mirrorwatch rules show mirror-rogue');
  withConfig(
    rules
      .command('list')
      .description('List the rules with their severities, and when each has a finding.')
      .addOption(outputOption(['table', 'json'], 'table')),
  )
    .addHelpText('after', '\nExample:\n  mirrorwatch rules list -o json')
    .action(list);
  withConfig(
    rules
      .command('show')
      .description('Show everything about a rule.')
      .argument('<name>', 'the id of a rule, as in a finding, or the name of one in watch.rules')
      .addOption(outputOption(['table', 'json'], 'table')),
  )
    .addHelpText('after', '\nExample:\n  mirrorwatch rules show instance-unmirrored')
    .action(show);
  const test = rules
    .command('test')
    .description('Say what an event pattern matches, or which records of log files a rule finds.')
    .option(
      '--pattern <file>',
      'an event pattern, JSON or YAML: one line for each event of a file, {"matched": true}; either may be - for standard input',
    )
    .option('--explain', 'with --pattern: the value that each condition matched, or the one that failed first')
    .option(
      '--name <rule>',
      'a rule in watch.rules, iam-user-after-hours or security-group-open: one line for each record that it finds',
    );
  withConfig(withLogs(test))
    .addOption(outputOption(['jsonl', 'table'], 'table on a terminal, else jsonl'))
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch rules test --pattern pattern.json events.jsonl --explain
  mirrorwatch events logs/ | mirrorwatch rules test --pattern pattern.json -
  mirrorwatch rules test --name trail-changed logs/ --since 2026-11-01
  mirrorwatch rules test --name iam-user-after-hours logs/ -o table`,
    )
    .action(runTest);
}

interface Listed extends Pick<CommonOptions, 'config' | 'quiet' | 'jsonLogs' | 'now'> {
  readonly output: readonly OutputChoice[];
}

/** With less room than this beside id and severity, what a rule finds stands below them. */
const LEAST_WHEN = 40;

async function list(options: Listed): Promise<void> {
  const all = await allRules(options);
  const width = Math.max(...all.map(({ id }) => id.length));
  const { wrap } = await import('../../report/terminal/terminal-text.ts');
  // Outside a terminal every rule is one line, for grep.
  const lineOf = ({ id, severity, when }: DescribedRule, columns = Number.POSITIVE_INFINITY): string => {
    const head = `${id.padEnd(width)}  ${severity.padEnd(8)}  `;
    if (head.length + visible(when).length <= columns) return `${head}${visible(when)}\n`;
    const beside = columns - head.length >= LEAST_WHEN;
    const lines = wrap(when, beside ? columns - head.length : columns - 4);
    if (beside) return `${head}${lines.join(`\n${' '.repeat(head.length)}`)}\n`;
    return `${[head.trimEnd(), ...lines.map((line) => `    ${line}`)].join('\n')}\n`;
  };
  const table = (path: string | undefined): string => {
    const columns = path === undefined ? terminalColumns() : undefined;
    return all.map((rule) => lineOf(rule, columns)).join('');
  };
  await writeAnswer(outputsOf(options), { json: () => jsonText(all), table }, openLog(options));
}

async function show(name: string, options: Listed): Promise<void> {
  const all = await allRules(options);
  const rule = all.find(({ id }) => id === name || id === `custom:${name}`);
  if (rule === undefined)
    throw new PipelineError(
      'usage',
      `there is no rule ${JSON.stringify(name)}; the rules are ${all.map(({ id }) => id).join(', ')}`,
    );
  const rows = Object.entries(rule)
    .filter(([, value]) => value !== undefined && inWords(value) !== '')
    .flatMap(([key, value]) => (key === 'settings' ? settingRows(value) : [[key, value] as const]));
  const width = Math.max(...rows.map(([key]) => key.length)) + 3;
  const { wrap } = await import('../../report/terminal/terminal-text.ts');
  const table = (path: string | undefined): string => {
    const columns = (path === undefined ? terminalColumns() : undefined) ?? Number.POSITIVE_INFINITY;
    return rows
      .map(([key, value]) => {
        const lines = wrap(inWords(value), columns - width);
        return `${`${key}:`.padEnd(width)}${lines.join(`\n${' '.repeat(width)}`)}\n`;
      })
      .join('');
  };
  await writeAnswer(outputsOf(options), { json: () => jsonText(rule), table }, openLog(options));
}

/** A row for each setting. One without an entry says so: that nothing is allowed is worth knowing. */
function settingRows(settings: unknown): readonly (readonly [string, unknown])[] {
  if (typeof settings !== 'object' || settings === null) return [['settings', settings]];
  return Object.entries(settings).map(([key, value]) => {
    if (key === 'hours') return [key, Object.values(value).join(' to ')];
    return [key, inWords(value) === '' ? 'none' : value];
  });
}

async function allRules(options: Listed): Promise<readonly DescribedRule[]> {
  const { describedRules } = await import('../rules/describe-rule.ts');
  // Without a configuration there are the built-in rules: that is no news.
  return describedRules(await loadConfig(options, openLog({ ...options, quiet: true })));
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function runTest(paths: readonly string[], options: TestOptions): Promise<void> {
  const { pattern, name, explain = false, output = [] } = options;
  const log = openLog(options);
  const [events, ...others] = paths;
  if (pattern !== undefined && name !== undefined)
    throw new PipelineError('usage', '--pattern and --name are two questions; ask one of them');
  if (pattern !== undefined) {
    if (events === undefined || others.length > 0)
      throw new PipelineError('usage', '--pattern looks at one file of events; name the logs for --name');
    const { testPattern } = await import('../rules/test-pattern.ts');
    process.exitCode = await testPattern(pattern, events, { explain, output, log });
    return;
  }
  if (name === undefined)
    throw new PipelineError('usage', 'say what to test: --pattern FILE, or --name of a rule in the configuration');
  periodOf(options);
  const { findInLogs } = await import('../rules/find-in-logs.ts');
  process.exitCode = await findInLogs(name, paths, { config: await loadConfig(options, log), options, log });
}
