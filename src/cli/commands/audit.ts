/** `mirrorwatch audit`: judges the whole inventory against the policy, as it is, or by logs as it was at an earlier time. */

import { type Command, Option } from 'commander';
import { PipelineError } from '../../errors.ts';
import {
  checkRegions,
  checkVerifying,
  refuseToJudgeNothing,
  rulesLeftToScan,
  type VerifyingOptions,
} from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import type { CommandRun } from '../judge-and-report.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import {
  type CommonOptions,
  FOLLOW_LINKS,
  mailOf,
  readCount,
  readTime,
  withAccount,
  withFindings,
  withMail,
  withRegions,
  withVerifying,
} from '../options.ts';
import { type OrganizationOption, organizationOption, withMembers, withOrganization } from '../organization-members.ts';
import { isTableSeen } from '../output.ts';
import { type ChosenScopes, openWorld, scopesOf } from '../world.ts';

interface AuditOptions extends CommonOptions, VerifyingOptions, OrganizationOption {
  readonly regions?: readonly string[] | undefined;
  readonly mail?: string | true | undefined;
  readonly asOf?: Date | undefined;
  readonly threads?: number | undefined;
}

/** Adds `audit`. */
export function addAudit(program: Command): void {
  const command = program
    .command('audit')
    .description(
      'Judge every instance, task and security group of the account: as it is, or as it was at an earlier time.',
    )
    .argument(
      '[logs...]',
      'with --as-of: log files, folders, zips, tars, or s3://bucket/prefix, from that time until today',
    )
    .option('--as-of <time>', 'take back every change that the logs record after this time', readTime)
    .option('--follow', `with --as-of: ${FOLLOW_LINKS}`)
    .option('--threads <n>', 'with --as-of: threads to scan with, this one included (default: one per core)', readCount)
    .addOption(new Option('--live', 'the account of the AWS credentials (the default)').conflicts('account'))
    .addOption(organizationOption());
  withAccount(withFindings(withMail(withRegions(withVerifying(command, 'with --as-of: ')))), { older: true })
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch audit --account account.json -o html=report.html
  mirrorwatch audit --regions eu-west-1,us-east-1 --ledger history.sqlite
  mirrorwatch audit --organization --config config.json
  mirrorwatch audit --as-of 2026-03-17T10:00:00Z logs/ --account account.json
  mirrorwatch audit --as-of 2026-03-17 logs/ --verify --keys keys.json`,
    )
    .action(run);
}

async function run(paths: readonly string[], options: AuditOptions): Promise<void> {
  const log = openLog(options, { tableFollows: isTableSeen(options) });
  const mail = mailOf(options);
  checkLookBack(paths, options);
  checkVerifying(options);
  checkRegions(options.regions, log);
  const written = withOrganization(await loadConfig(options, log), options);
  const connect = connectionTo(written, options);
  const world = await openWorld({ ...options, original: options.asOf !== undefined }, written, connect, log);
  const config = await withMembers(written, world, connect);
  refuseToJudgeNothing(config, world, { records: false });
  const left = rulesLeftToScan(config);
  if (left !== undefined) log.note(left);
  const chosen = await scopesOf(world, options.regions);
  for (const input of chosen.absent) log.rejected(input);
  for (const line of chosen.notes) log.note(line);
  const command: CommandRun = { options, mail, world, config, connect, log };
  if (options.asOf === undefined) await auditNow(chosen, command);
  else {
    const { auditPast } = await import('../past/audit-as-of.ts');
    const { asOf: at, threads, follow, verify, keys } = options;
    await auditPast({ at, paths, threads, follow, verify, keys, chosen }, command);
  }
  await world.close();
}

/** Throws PipelineError `usage` unless the logs and the options for looking back come together. */
function checkLookBack(paths: readonly string[], { asOf, mail, ledger, olderSnapshot, verify }: AuditOptions): void {
  if (asOf === undefined && verify)
    throw new PipelineError(
      'usage',
      '--verify proves the logs that --as-of reads: add --as-of TIME and logs, or leave it out',
    );
  if (asOf === undefined && ledger === undefined && olderSnapshot !== undefined)
    throw new PipelineError(
      'usage',
      '--older-snapshot helps to explain recorded calls, and audit reads no logs: add --ledger with the calls of earlier scans, or --as-of TIME and logs, or use "mirrorwatch scan"',
    );
  if (asOf === undefined && paths.length > 0)
    throw new PipelineError(
      'usage',
      'audit judges the account as it is and reads no logs: add --as-of TIME to judge it as it was, or use "mirrorwatch scan" to judge what the logs touch',
    );
  if (asOf !== undefined && paths.length === 0)
    throw new PipelineError(
      'usage',
      '--as-of needs the logs from that time until today: files, folders, zips, tars or s3://',
    );
  if (asOf !== undefined && mail !== undefined)
    throw new PipelineError('usage', '--as-of looks back: it records nothing and mails nothing, so leave out --mail');
}

async function auditNow({ scopes, absent }: ChosenScopes, command: CommandRun): Promise<void> {
  const [{ judgeAndReport }, { NOTHING_READ }, { readOlderSnapshots }] = await Promise.all([
    import('../judge-and-report.ts'),
    import('../../ledger/reading.ts'),
    import('../past/older-snapshots.ts'),
  ]);
  const { options, world } = command;
  const now = options.now ?? new Date();
  const older = await readOlderSnapshots(options.olderSnapshot, { world, path: options.account, now });
  const input = { ...NOTHING_READ, rejected: absent };
  const recorded = { spans: new Map(), widenTo: async () => undefined };
  await judgeAndReport(
    {
      batches: [{ sightings: [], withdrawn: [] }],
      scope: 'all',
      scopes,
      input,
      manifest: [],
      refused: [],
      older,
      recorded,
    },
    command,
  );
}
