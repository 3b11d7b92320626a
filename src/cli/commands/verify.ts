/** `mirrorwatch verify`: proves by the digest chain that a trail's log files are complete and unchanged, in S3 or in a copy. */

import { type Command, Option } from 'commander';
import { exempt } from '../../audit/exemptions.ts';
import type { AuditResult } from '../../audit/finding.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { Verified } from '../../pipeline/verify/verify-logs.ts';
import { inertJson } from '../../report/escape.ts';
import type { Rejected } from '../../report/report.ts';
import { isUnproven } from '../../report/terminal/integrity-table.ts';
import { checkAccounts, checkRegions, periodOf } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import {
  type CommonOptions,
  FOLLOW_LINKS,
  outputOption,
  readCount,
  readList,
  readTime,
  withConfig,
} from '../options.ts';
import { jsonText, outputsOf, printsTable, terminalColumns, writeAnswer } from '../output.ts';
import { openProgress } from '../terminal/progress.ts';
import { openPlannedVerify, type PlannedVerify } from '../verifying/planned-verify.ts';
import { recordIntegrity } from '../verifying/record-integrity.ts';
import { keySource, openPaths } from '../verifying/verify-input.ts';

interface VerifyOptions extends Omit<CommonOptions, 'account' | 'failOn' | 'showMuted'> {
  readonly keys: readonly string[];
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly follow?: boolean | undefined;
  readonly plan?: string | undefined;
  readonly result?: string | undefined;
  readonly workers?: number | undefined;
}

/** Adds `verify`. */
export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description("Use CloudTrail's digests to prove that no log file was changed, removed or added.")
    .argument('[path...]', 's3://bucket/prefix, or a folder made by "aws s3 sync", a zip or tar of one')
    .addOption(
      new Option(
        '--keys <file>',
        'public keys printed by "aws cloudtrail list-public-keys"; repeatable, one per region',
      )
        .argParser((value: string, previous: readonly string[]) => [...previous, value])
        .default([], 'live AWS'),
    )
    .option('--since <time>', 'from this day or time on', readTime)
    .option('--until <time>', 'up to this day or time (default: for S3, now)', readTime)
    .option('--follow', FOLLOW_LINKS)
    .option('--regions <list>', 'only these regions', readList)
    .option('--accounts <list>', 'only these accounts', readList)
    .option('--ledger <file>', 'the history: an SQLite file, or dynamodb://TABLE')
    .optionsGroup('Years of logs:')
    .addOption(
      new Option('--plan <place>', 'what a plan of "history plan" names, in steps that are kept').conflicts([
        ...['since', 'until', 'regions', 'accounts'],
      ]),
    )
    .option('--result <place>', 'where its hashes are kept (default: PLAN/result)')
    .option('--workers <n>', 'how many processes hash (default: one for each core)', readCount)
    .optionsGroup('Output:')
    .addOption(outputOption(['table', 'json', 'jsonl'], 'table'))
    .option('-z, --exit-zero', 'exit with 0 even if there are findings');
  withConfig(command)
    .addHelpText(
      'after',
      `
Every file that "scan" would read at the same paths is judged. What is older
than two hours and not proven is a finding, and the exit code is 2, as for a
region or account without a valid digest. If there are no files, it is 1.

With --plan, files are hashed shard by shard, and the hashes are kept: the same
command goes on where it was stopped, and reads again only what was changed.
Whoever can write the hashes can forge the answer.

Examples:
  mirrorwatch verify s3://my-trail-bucket/ --since 2026-11-01
  aws cloudtrail list-public-keys --start-time 2026-10-01 > keys.json
  mirrorwatch verify downloaded/ --keys keys.json
  mirrorwatch verify --plan years`,
    )
    .action(run);
}

async function run(named: readonly string[], options: VerifyOptions): Promise<void> {
  const log = openLog(options);
  checkNamed(named, options);
  periodOf(options);
  checkRegions(options.regions, log);
  checkAccounts(options.accounts);
  // Without a configuration, verify misses nothing, so the note about the missing file is dropped.
  const config = await loadConfig(options, options.config === undefined ? { ...log, note: () => undefined } : log);
  const now = options.now ?? new Date();
  const { integrityAudit } = await import('../../audit/log-integrity.ts');
  const connect = connectionTo({ region: config.region });
  const asked: Asked =
    options.plan === undefined
      ? { ...options, paths: named, period: { since: options.since, until: options.until } }
      : await openPlannedVerify(options.plan, options, { config, connect, log });
  const { paths } = asked;
  const verified = await verifyPaths(asked, options, { config, now, log, connect });
  if (verified.files === 0)
    throw new PipelineError(
      'usage',
      `nothing was verified: there are no digests and no log files in ${paths.join(', ')}${limitsOf(options)}; name the folder or prefix that contains AWSLogs/`,
    );
  for (const input of verified.rejected) log.rejected(input);
  const audit = integrityAudit(verified.checks, { severities: config.severities, now });
  const findings = audit.findings.map((finding) => exempt(finding, { tags: [] }, config.exemptions, now));
  await writeIntegrity(paths, verified, findings, options, log);
  if (options.ledger !== undefined)
    await recordIntegrity(options.ledger, { ...audit, findings }, verified, { config, now });
  process.exitCode = exitCodeOf(
    { findings, judgements: [], rejected: [...verified.rejected, ...verified.checks.filter(isUnproven)] },
    { failOn: 'low', exitZero: options.exitZero, severities: {} },
  );
}

/** The options that restrict what is verified, as a reason why nothing was found. */
function limitsOf({ since, until, regions, accounts }: VerifyOptions): string {
  const given = [since && '--since', until && '--until', regions && '--regions', accounts && '--accounts'];
  const names = given.filter((name) => name !== undefined);
  return names.length === 0 ? '' : ` with these ${names.join(', ')}`;
}

/** What is verified: as it was named, or what the plan says. */
type Asked = Omit<PlannedVerify, 'known'> & Partial<Pick<PlannedVerify, 'known'>>;

function checkNamed(paths: readonly string[], { plan, result, workers }: VerifyOptions): void {
  const fault =
    plan === undefined
      ? (paths.length === 0 && 'say what to verify: s3://bucket/prefix, a folder, or --plan PLAN') ||
        ((result ?? workers) !== undefined && '--result and --workers are for --plan PLAN')
      : paths.length > 0 && `${paths[0]}: with --plan, the plan says what to verify: leave out one of them`;
  if (fault !== false) throw new PipelineError('usage', fault);
}

async function verifyPaths(
  { paths, period, accounts, regions, known }: Asked,
  { keys, follow, quiet = false }: VerifyOptions,
  {
    config,
    now,
    log,
    connect,
  }: { readonly config: Config; readonly now: Date; readonly log: Log; readonly connect: Connect },
): Promise<Verified> {
  const { verifyLogs } = await import('../../pipeline/verify/verify-logs.ts');
  const { maxLogBytes, trail } = config;
  const rejectedKeys: Rejected[] = [];
  const line = openProgress(process.stderr, quiet, () => performance.now());
  const verified = await verifyLogs(
    { paths, buckets: trail.buckets, period, regions, accounts, now, maxLogBytes },
    {
      ...(await openPaths(paths, { connect, follow, log, accounts, regions })),
      ...{ keys: keySource(keys, config, rejectedKeys), known },
      onProgress: ({ done, bytes }) => line.update({ filesDone: done, bytesDone: bytes }),
    },
  ).finally(() => line.done());
  return { ...verified, rejected: [...rejectedKeys, ...verified.rejected] };
}

async function writeIntegrity(
  paths: readonly string[],
  { checks, rejected }: Verified,
  findings: AuditResult['findings'],
  options: VerifyOptions,
  log: Log,
): Promise<void> {
  const { integrityCounts, integrityRows, integrityVerdict, renderIntegrity } = await import(
    '../../report/terminal/integrity-table.ts'
  );
  const digests = checks.filter(({ type }) => type !== 'log');
  const logs = checks.filter(({ type }) => type === 'log');
  const json = (): string =>
    jsonText({
      schema: 'mirrorwatch.verify/1',
      input: { path: paths.join(', '), digests: digests.length, logs: logs.length, rejected },
      summary: { digests: integrityCounts(digests), logs: integrityCounts(logs) },
      regions: integrityRows(checks),
      findings,
      checks,
    });
  const choices = outputsOf(options);
  await writeAnswer(
    choices,
    {
      table: (path) =>
        renderIntegrity(checks, rejected, { columns: path === undefined ? terminalColumns() : undefined }),
      jsonl: () => findings.map((finding) => `${inertJson(finding)}\n`).join(''),
      json,
    },
    log,
  );
  if (!printsTable(choices)) log.note(integrityVerdict(checks, rejected));
}
