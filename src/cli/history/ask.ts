/** `mirrorwatch history ask`: answers a question from what a result has kept, without the logs. */

import type { Command } from 'commander';
import { grouped, plural } from '../../collections.ts';
import { PipelineError } from '../../errors.ts';
import type { ResultAnswer } from '../../history/ask/ask-result.ts';
import type { Question } from '../../history/ask/question.ts';
import type { HistoryRun } from '../../history/history-run.ts';
import type { HistoryStore } from '../../history/history-store.ts';
import { refuseMisspeltNames, refuseMisspeltSources, watchNames } from '../checks/event-names.ts';
import { checkAccounts, checkInstanceId, checkRegions, periodOf } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { fullSources } from '../event-filter.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type CommonOptions, outputOption, readList, readTime, withConfig } from '../options.ts';
import { openRecordSink, print, type Sink } from '../output.ts';
import { openCounter } from '../terminal/progress.ts';
import { openPlace, resultPlaceOf } from './places.ts';
import { megabytes } from './plan.ts';
import { timelineLine } from './timeline.ts';

interface AskOptions extends Pick<CommonOptions, 'config' | 'quiet' | 'jsonLogs' | 'output'> {
  readonly instance?: string | undefined;
  readonly resource?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  readonly eventName?: readonly string[] | undefined;
  readonly eventSource?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly errors?: boolean | undefined;
  readonly timeline?: boolean | undefined;
}

/** Records are printed in chunks of this size: one write per record would take most of the time. */
const PRINT_BYTES = 256 * 1024;
const TIMELINE: Sink = { write: print, close: async () => undefined };

/** Adds `history ask`. */
export function addHistoryAsk(history: Command): void {
  const command = history
    .command('ask')
    .description('Find records in a result, without reading the logs again. Prints them in the order of time.')
    .argument('<result>', 'the result of a plan, or the plan: a folder, or s3://bucket/prefix')
    .option('--instance <id>', 'only records that name this instance')
    .option(
      '--resource <list>',
      'only records that name all of these ids or ARNs, such as vpc-0123456789abcdef0',
      readList,
    )
    .option('--actor <text>', 'only calls by an actor whose name, ARN or session contains this, in any case')
    .option('--event-name <list>', 'only these calls, such as RunInstances,CreateTags', readList)
    .option('--event-source <list>', 'only calls of these services, such as ec2.amazonaws.com (or ec2)', readList)
    .option('--accounts <list>', 'only these accounts, such as 111122223333,444455556666', readList)
    .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
    .option('--since <time>', 'only events from this day or time', readTime)
    .option('--until <time>', 'only events before this day or time', readTime)
    .option('--errors', 'only calls that failed')
    .optionsGroup('Output:')
    .option('--timeline', 'print a line for people instead of each record: when, where, what, by whom')
    .addOption(outputOption(['jsonl'], 'jsonl'));
  withConfig(command)
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch history ask plan --instance i-0123456789abcdef0 --timeline
  mirrorwatch history ask plan/result --actor dana --event-name DeleteTags,StopLogging
  mirrorwatch history ask s3://results/plan/result --resource vpc-0123456789abcdef0 --since 2026-01-01 | jq .eventName`,
    )
    .action(run);
}

async function run(place: string, options: AskOptions): Promise<void> {
  const log = openLog(options);
  if (options.timeline && options.output.some(({ path }) => path !== undefined))
    throw new PipelineError('usage', '--timeline prints to the terminal or a pipe: leave it out, or leave out -o');
  const question = await questionOf(options, log);
  const config = options.config === undefined ? undefined : await loadConfig(options, log);
  const { run: asked, result } = await openResult(place, connectionTo(config ?? {}));
  const [{ askResult }, { unprovenBy }] = await Promise.all([
    import('../../history/ask/ask-result.ts'),
    import('../../history/ask/proves.ts'),
  ]);
  const line = openCounter(process.stderr, options.quiet ?? false, () => performance.now());
  const answer = await askResult({
    ...{ result, run: asked, question },
    onFile: (done, of) => line.update(done, of, 'files asked'),
  }).finally(() => line.done());
  await printAnswer(answer, options, log);
  for (const rejected of answer.rejected) log.rejected(rejected);
  for (const limit of unprovenBy(asked, question)) log.warn(limit);
  log.note(
    `${grouped(answer.found.length)} of ${plural(answer.records, 'record')} in ${plural(answer.shards, 'shard')}; read ${megabytes(answer.bytesRead)} of ${megabytes(answer.bytes)}`,
  );
  process.exitCode = answer.rejected.length > 0 ? INCOMPLETE : CLEAN;
  await refuseMisspelt(answer, question);
}

/** Reads the question. Throws PipelineError `usage` for an id, an account, a region or a period that can have no answer. */
async function questionOf(options: AskOptions, log: Log): Promise<Question> {
  const { instance, resource = [], actor, eventName, eventSource, accounts, regions, errors } = options;
  checkInstanceId(instance);
  checkAccounts(accounts);
  checkRegions(regions, log);
  const { isResource } = await import('../../history/records/resources-in.ts');
  for (const each of resource)
    if (!isResource(each))
      throw new PipelineError(
        'usage',
        `--resource: ${JSON.stringify(each)} is neither an id, such as eni-0123456789abcdef0, nor an ARN; for names use "mirrorwatch events"`,
        { resourceId: each },
      );
  return {
    ...{ resources: [...(instance === undefined ? [] : [instance]), ...resource], actor, errors },
    ...{ eventNames: eventName, eventSources: eventSource && fullSources(eventSource) },
    ...{ accountIds: accounts, regions, ...periodOf(options) },
  };
}

/** The result at a place, or the one of the plan at that place. Throws PipelineError `usage` when there is none. */
async function openResult(
  place: string,
  connect: Connect,
): Promise<{ readonly run: HistoryRun; readonly result: HistoryStore }> {
  const { readRun } = await import('../../history/history-run.ts');
  for (const each of [place, resultPlaceOf(place)]) {
    const result = await openPlace(each, connect);
    const found = await readRun(result);
    if (found !== undefined) return { run: found, result };
  }
  throw new PipelineError(
    'usage',
    `${place} holds no result: scan a plan with "mirrorwatch history run PLAN", and give the plan or its result`,
    { path: place },
  );
}

async function printAnswer({ found }: ResultAnswer, { output, timeline }: AskOptions, log: Log): Promise<void> {
  const sink = timeline ? TIMELINE : await openRecordSink(output, log);
  let pending: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    const text = pending.join('');
    pending = [];
    length = 0;
    await sink.write(Buffer.from(text));
  };
  for (const each of found) {
    const text = timeline ? timelineLine(each) : `${each.json}\n`;
    pending.push(text);
    length += text.length;
    if (length >= PRINT_BYTES) await flush();
  }
  if (length > 0) await flush();
  await sink.close();
}

/** A search for a name that does not exist finds nothing and proves nothing. */
async function refuseMisspelt({ found }: ResultAnswer, { eventNames, eventSources }: Question): Promise<void> {
  const names = watchNames(eventNames);
  const sources = watchNames(eventSources);
  for (const { json } of found) {
    if (names.unseen().length === 0 && sources.unseen().length === 0) return;
    const bytes = Buffer.from(json);
    names.see(bytes);
    sources.see(bytes);
  }
  await refuseMisspeltSources(sources.unseen());
  await refuseMisspeltNames(names.unseen());
}
