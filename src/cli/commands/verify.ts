/** `mirrorwatch verify`: is this what CloudTrail wrote, and is it all? The digest chain and the log files, from S3 or a copy. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { exempt } from '../../audit/exemptions.ts';
import type { AuditResult } from '../../audit/finding.ts';
import type { Config } from '../../config.ts';
import type { Verified } from '../../pipeline/verify.ts';
import type { Rejected } from '../../report/report.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { type Log, openLog } from '../log.ts';
import { addOutput, type OutputChoice, readList, readTime, withConfig } from '../options.ts';
import { print, writeOutput } from '../output.ts';
import { openProgress } from '../progress.ts';
import { liveKeys, openPlace, readKeys } from '../verify-input.ts';
import { connectionTo, loadConfig, openLedger } from '../world.ts';

interface VerifyOptions {
  readonly config?: string | undefined;
  readonly keys: readonly string[];
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly ledger?: string | undefined;
  readonly output: readonly OutputChoice[];
  readonly exitZero?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly jsonLogs?: boolean | undefined;
  readonly now?: Date | undefined;
}

const FORMATS = ['table', 'json', 'jsonl'] as const;

/** Adds `verify`. */
export function addVerify(program: Command): void {
  withConfig(
    program
      .command('verify')
      .description(
        'Prove by CloudTrail’s digests that its log files are whole and unchanged, and that none was added.',
      ),
  )
    .argument('<path>', 's3://bucket/prefix, or a folder as "aws s3 sync" makes it')
    .addOption(
      new Option(
        '--keys <file>',
        'public keys as "aws cloudtrail list-public-keys" prints them; may be given once a region (default: asked of AWS)',
      )
        .argParser((value: string, previous: readonly string[]) => [...previous, value])
        .default([], 'live AWS'),
    )
    .option('--since <time>', 'from this day or time on', readTime)
    .option('--until <time>', 'up to this day or time (default: for S3, now)', readTime)
    .option('--regions <list>', 'only these regions', readList)
    .option('--accounts <list>', 'only these accounts', readList)
    .option('--ledger <file>', 'the history: an SQLite file, or dynamodb://TABLE')
    .addOption(
      new Option(
        '-o, --output <format[=path]>',
        `what to print or write; may be given more than once (${FORMATS.join(', ')})`,
      )
        .argParser(addIntegrityOutput)
        .default([], 'table'),
    )
    .option('-z, --exit-zero', 'exit with 0 although there are findings')
    .addHelpText(
      'after',
      `
Without a digest that holds nothing is proven, and the exit code is 2.

Examples:
  mirrorwatch verify s3://my-trail-bucket/ --since 2026-11-01
  aws cloudtrail list-public-keys --start-time 2026-10-01 > keys.json
  mirrorwatch verify downloaded/ --keys keys.json`,
    )
    .action(run);
}

function addIntegrityOutput(value: string, previous: readonly OutputChoice[]): readonly OutputChoice[] {
  const choices = addOutput(value, previous);
  if (!FORMATS.some((known) => known === choices.at(-1)?.format))
    throw new InvalidArgumentError(`There are ${FORMATS.join(', ')}.`);
  return choices;
}

async function run(path: string, options: VerifyOptions): Promise<void> {
  const log = openLog(options);
  // What the missing configuration would leave unjudged is not this command's to judge.
  const config = await loadConfig(options, options.config === undefined ? { ...log, note: () => undefined } : log);
  const now = options.now ?? new Date();
  const [{ verifyLogs }, { integrityAudit }] = await Promise.all([
    import('../../pipeline/verify.ts'),
    import('../../audit/log-integrity.ts'),
  ]);
  const { since, until, regions, accounts } = options;
  const { logs, ...place } = await openPlace(path, config);
  const rejectedKeys: Rejected[] = [];
  const line = openProgress(process.stderr, options.quiet ?? false, () => performance.now());
  const request = {
    ...place,
    period: { ...(since && { since }), ...(until && { until }) },
    ...(regions && { regions }),
    ...(accounts && { accounts }),
    now,
    maxLogBytes: config.maxLogBytes,
  };
  const verified = await verifyLogs(request, {
    logs,
    keys: async (asked) => (options.keys.length > 0 ? readKeys(options.keys, rejectedKeys) : liveKeys(asked, config)),
    onProgress: ({ done, of, bytes }) => line.update({ filesDone: done, files: of, bytesDone: bytes }),
  }).finally(() => line.done());
  const rejected = [...rejectedKeys, ...verified.unread];
  for (const input of rejected) log.rejected(input);
  const audit = integrityAudit(verified.checks, { severities: config.severities, now });
  const findings = audit.findings.map((finding) => exempt(finding, { tags: [] }, config.exemptions, now));
  await tell(path, { checks: verified.checks, unread: rejected }, findings, options, log);
  if (options.ledger !== undefined) await remember(options.ledger, { ...audit, findings }, config, now);
  process.exitCode = exitCodeOf({ findings, rejected }, 'low', options.exitZero ?? false);
}

async function tell(
  path: string,
  { checks, unread }: Verified,
  findings: AuditResult['findings'],
  options: VerifyOptions,
  log: Log,
): Promise<void> {
  const { integrityCounts, integrityRows, integrityVerdict, renderIntegrity } = await import(
    '../../report/terminal/integrity-table.ts'
  );
  const digests = checks.filter(({ type }) => type !== 'log');
  const logs = checks.filter(({ type }) => type === 'log');
  const render = {
    table: () => renderIntegrity(checks, unread),
    jsonl: () => findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''),
    json: () => {
      const input = { path, digests: digests.length, logs: logs.length, rejected: unread };
      const summary = { digests: integrityCounts(digests), logs: integrityCounts(logs) };
      const document = {
        schema: 'mirrorwatch.verify/1',
        input,
        summary,
        regions: integrityRows(checks),
        findings,
        checks,
      };
      return `${JSON.stringify(document, null, 2)}\n`;
    },
  };
  const choices: readonly OutputChoice[] = options.output.length === 0 ? [{ format: 'table' }] : options.output;
  for (const choice of choices) {
    const format = FORMATS.find((known) => known === choice.format) ?? 'table';
    if (choice.path === undefined) await print(render[format]());
    else await writeOutput(choice.path, render[format](), log);
  }
  if (!choices.some(({ format, path: to }) => format === 'table' && to === undefined))
    log.note(integrityVerdict(checks, unread));
}

/** Of what is valid only that is told which was not so before: a trail has millions of files. */
async function remember(
  location: string,
  { findings, judgements }: AuditResult,
  config: Config,
  now: Date,
): Promise<void> {
  const ledger = await openLedger(location, connectionTo(config));
  try {
    const open = await ledger.entries({ rules: ['log-integrity'], status: ['open', 'muted'] });
    const ids = new Set(open.map(({ finding }) => finding.id));
    const settled = judgements.filter(({ id }) => ids.has(id));
    await ledger.record({ at: now, findings, judgements: settled, outcomes: [] });
  } finally {
    await ledger.close();
  }
}
