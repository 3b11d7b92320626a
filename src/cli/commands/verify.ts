/** `mirrorwatch verify`: proves by the digest chain that a trail's log files are complete and unchanged, in S3 or in a copy. */

import { type Command, Option } from 'commander';
import { exempt } from '../../audit/exemptions.ts';
import { type AuditResult, goneJudgement } from '../../audit/finding.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { Verified } from '../../pipeline/verify/verify-logs.ts';
import { inertJson } from '../../report/escape.ts';
import type { Rejected } from '../../report/report.ts';
import { isUnproven } from '../../report/terminal/integrity-table.ts';
import { checkAccounts, checkRegions, periodOf } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { openLedger } from '../ledger-and-mail.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { type CommonOptions, FOLLOW_LINKS, outputOption, readList, readTime, withConfig } from '../options.ts';
import { jsonText, outputsOf, printsTable, writeAnswer } from '../output.ts';
import { openProgress } from '../terminal/progress.ts';
import { keySource, openPaths } from '../verifying/verify-input.ts';

interface VerifyOptions extends Omit<CommonOptions, 'account' | 'failOn' | 'showMuted'> {
  readonly keys: readonly string[];
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly follow?: boolean | undefined;
}

/** Adds `verify`. */
export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description("Use CloudTrail's digests to prove that no log file was changed, removed or added.")
    .argument('<path...>', 's3://bucket/prefix, or a folder made by "aws s3 sync", a zip or tar of one')
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

Examples:
  mirrorwatch verify s3://my-trail-bucket/ --since 2026-11-01
  aws cloudtrail list-public-keys --start-time 2026-10-01 > keys.json
  mirrorwatch verify downloaded/ --keys keys.json`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: VerifyOptions): Promise<void> {
  const log = openLog(options);
  periodOf(options);
  checkRegions(options.regions, log);
  checkAccounts(options.accounts);
  // Without a configuration, verify misses nothing, so the note about the missing file is dropped.
  const config = await loadConfig(options, options.config === undefined ? { ...log, note: () => undefined } : log);
  const now = options.now ?? new Date();
  const { integrityAudit } = await import('../../audit/log-integrity.ts');
  const verified = await verifyPaths(paths, options, { config, now, log });
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

async function verifyPaths(
  paths: readonly string[],
  options: VerifyOptions,
  { config, now, log }: { readonly config: Config; readonly now: Date; readonly log: Log },
): Promise<Verified> {
  const { verifyLogs } = await import('../../pipeline/verify/verify-logs.ts');
  const { since, until, regions, accounts, keys, follow, quiet = false } = options;
  const { maxLogBytes, trail } = config;
  const rejectedKeys: Rejected[] = [];
  const line = openProgress(process.stderr, quiet, () => performance.now());
  const verified = await verifyLogs(
    { paths, buckets: trail.buckets, period: { since, until }, regions, accounts, now, maxLogBytes },
    {
      ...(await openPaths(paths, { connect: connectionTo({ region: config.region }), follow, log })),
      keys: keySource(keys, config, rejectedKeys),
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
      table: () => renderIntegrity(checks, rejected),
      jsonl: () => findings.map((finding) => `${inertJson(finding)}\n`).join(''),
      json,
    },
    log,
  );
  if (!printsTable(choices)) log.note(integrityVerdict(checks, rejected));
}

/** What is said of files that the trail did not deliver, as far as is known. When they are gone, nothing is wrong with the trail. */
const BESIDE: ReadonlySet<string> = new Set(['injected', 'unverified']);

/**
 * Records the findings, and as valid only files with an open finding: a trail has millions of valid files. An injected file that is
 * no longer there is gone; a file that the trail did deliver and that is gone now is missing, which is a finding.
 */
async function recordIntegrity(
  location: string,
  { findings, judgements }: AuditResult,
  { isGone }: Pick<Verified, 'isGone'>,
  { config, now }: { readonly config: Config; readonly now: Date },
): Promise<void> {
  const ledger = await openLedger(location, connectionTo(config));
  try {
    const open = await ledger.entries({ rules: ['log-integrity'], status: ['open', 'muted'] });
    const ids = new Set(open.map(({ finding }) => finding.id));
    const settled = judgements.filter(({ id }) => ids.has(id));
    const gone = open
      .filter(({ finding }) => BESIDE.has(String(finding.detail.integrity)) && isGone(finding.resourceId))
      .map(({ finding }) => goneJudgement(finding, 'the file that the trail did not deliver is no longer there', now));
    await ledger.record({ at: now, findings, judgements: [...settled, ...gone], outcomes: [] });
  } finally {
    await ledger.close();
  }
}
