/** `mirrorwatch rules`: lists and shows the rules, and says what an event pattern finds. */

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { isBuiltIn, ruleIds, ruleOf } from '../../audit/rule-book.ts';
import { ConfigError, messageOf, PipelineError } from '../../errors.ts';
import type { Pattern } from '../../rules/pattern.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { openLog } from '../log.ts';
import { type OutputChoice, outputOption } from '../options.ts';
import { jsonText, outputsOf, print, writeAnswer } from '../output.ts';

interface TestOptions {
  readonly pattern: string;
  readonly explain?: boolean | undefined;
}

/** Adds `rules list`, `rules show` and `rules test`. */
export function addRules(program: Command): void {
  const rules = program
    .command('rules')
    .description('List and show the rules, and test event patterns.')
    .addHelpText('after', '\nExample:\n  mirrorwatch rules list\n  mirrorwatch rules show mirror-rogue');
  rules
    .command('list')
    .description('List the rules with their severities, and when each has a finding.')
    .addOption(outputOption(['table', 'json'], 'table'))
    .addHelpText('after', '\nExample:\n  mirrorwatch rules list -o json')
    .action(list);
  rules
    .command('show')
    .description('Show everything about a rule.')
    .argument('<name>', 'the id of a rule, as in a finding')
    .addOption(outputOption(['table', 'json'], 'table'))
    .addHelpText('after', '\nExample:\n  mirrorwatch rules show instance-unmirrored')
    .action(show);
  rules
    .command('test')
    .description('Say of each event in a file whether it matches an EventBridge event pattern: {"matched": true}.')
    .argument('<events>', 'a file: JSON lines, one event, a list, or a CloudTrail log')
    .requiredOption('--pattern <file>', 'the event pattern, JSON or YAML')
    .option('--explain', 'the value that each condition matched, or the condition that failed first')
    .addHelpText('after', '\nExample:\n  mirrorwatch rules test --pattern pattern.json events.jsonl')
    .action(test);
}

interface Listed {
  readonly output: readonly OutputChoice[];
}

async function list({ output }: Listed): Promise<void> {
  const all = ruleIds().map(describedRule);
  const width = Math.max(...all.map(({ id }) => id.length));
  const lines = all.map(({ id, severity, when }) => `${id.padEnd(width)}  ${severity.padEnd(8)}  ${when}\n`);
  await writeAnswer(outputsOf({ output }), { json: () => jsonText(all), table: () => lines.join('') }, openLog({}));
}

async function show(name: string, { output }: Listed): Promise<void> {
  if (!isBuiltIn(name))
    throw new PipelineError('usage', `there is no rule ${JSON.stringify(name)}; the rules are ${ruleIds().join(', ')}`);
  const rule = describedRule(name);
  const table = Object.entries(rule).map(([key, value]) => `${`${key}:`.padEnd(12)}${[value].flat().join(', ')}\n`);
  await writeAnswer(outputsOf({ output }), { json: () => jsonText(rule), table: () => table.join('') }, openLog({}));
}

function describedRule(id: ReturnType<typeof ruleIds>[number]) {
  const { title = id, severity = 'medium', when = '', appliesTo = [], repairedBy = [] } = ruleOf(id) ?? {};
  return { id, severity, title, when, appliesTo, repairedBy };
}

async function test(events: string, { pattern: path, explain }: TestOptions): Promise<void> {
  const [{ matches }, explaining, { readEvents }, { eventOfRecord, isForEvent }, { asObject }] = await Promise.all([
    import('../../rules/match.ts'),
    import('../../rules/explain.ts'),
    import('../rules/read-events.ts'),
    import('../../rules/event-of-record.ts'),
    import('../../delivery/shape.ts'),
  ]);
  const log = openLog({});
  const { pattern, value } = await readPattern(path);
  const { doubtsOfPattern } = await import('../patterns/pattern-doubts.ts');
  for (const doubt of doubtsOfPattern(value, '')) log.warn(`${path}: ${doubt.path} ${doubt.message}`);
  const carries = isForEvent(value);
  let isIncomplete = false;
  for (const read of await readEvents(events)) {
    if ('fault' in read) {
      isIncomplete = true;
      log.warn(`${events}: line ${read.line} ${read.fault}`);
      await print('{"matched":null}\n');
      continue;
    }
    const record = asObject(read.event);
    const isRecord = typeof record?.eventName === 'string' && record.detail === undefined;
    const event = carries && isRecord ? eventOfRecord(record) : read.event;
    const answer = explain === true ? explaining.explain(pattern, event) : { matched: matches(pattern, event) };
    await print(`${JSON.stringify(answer)}\n`);
  }
  process.exitCode = isIncomplete ? INCOMPLETE : CLEAN;
}

/** Reads and compiles a pattern. Throws ConfigError with every problem and its path. */
async function readPattern(path: string): Promise<{ readonly pattern: Pattern; readonly value: unknown }> {
  const [{ compilePattern }, { readConfigText }] = await Promise.all([
    import('../../rules/compile-pattern.ts'),
    import('../../config/config-text.ts'),
  ]);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PipelineError('usage', `reading ${path}: ${messageOf(cause)}`, { path, cause });
  });
  const { value, repeatedKeys } = readConfigText(text, path);
  const compiled = compilePattern(value);
  const problems = [...repeatedKeys, ...('problems' in compiled ? compiled.problems : [])];
  if ('problems' in compiled || problems.length > 0) throw new ConfigError(path, problems);
  return { pattern: compiled.pattern, value };
}
