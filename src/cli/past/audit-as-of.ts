/** `mirrorwatch audit --as-of`: judges the account as it was, and reports it. Nothing is recorded, mailed or changed. */

import type { RuleId } from '../../audit/rule-book.ts';
import type { WatchPolicy } from '../../config/watch-config.ts';
import { PipelineError } from '../../errors.ts';
import { coverageOf } from '../../ledger/coverage.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { withIntegrity } from '../../pipeline/gaps/refusals.ts';
import { launchesOf } from '../../pipeline/message-content.ts';
import type { PastAssessment } from '../../pipeline/past/assess-past.ts';
import type { KeptCalls } from '../../pipeline/past/kept-calls.ts';
import { exemptionRows } from '../../pipeline/report-source.ts';
import { composeReport, type Rejected, type Report } from '../../report/report.ts';
import type { Connect } from '../connection.ts';
import { type CommandRun, setExitCode } from '../judge-and-report.ts';
import { openLedger } from '../ledger-and-mail.ts';
import { emit } from '../output.ts';
import { toolVersion } from '../version.ts';
import { accountReadAt, type ChosenScopes } from '../world.ts';
import { olderWithin, readOlderSnapshots } from './older-snapshots.ts';
import { type PastLogs, type ReadPast, readPast } from './read-past.ts';

/** What to look back at. */
export interface LookBack extends Omit<PastLogs, 'now' | 'quiet'> {
  readonly at: Date;
  readonly chosen: ChosenScopes;
}

/** Works with what a ledger kept of earlier calls, if one is named. Nothing is written to it. Throws if it does not exist. */
export async function withKept<T>(
  location: string | undefined,
  connect: Connect,
  work: (kept: (KeptCalls & Pick<Ledger, 'runs'>) | undefined) => Promise<T>,
): Promise<T> {
  const ledger = location === undefined ? undefined : await openLedger(location, connect, { reading: true });
  try {
    return await work(ledger);
  } finally {
    await ledger?.close();
  }
}

/**
 * Judges, reports and sets the exit code. Throws PipelineError `usage` if the time is not before the account was read, or if nothing
 * can be proven of any account and region at that time.
 */
export async function auditPast(look: LookBack, run: CommandRun): Promise<void> {
  const { options, world, config, connect, log } = run;
  const { at, chosen, ...logs } = look;
  const { accounts } = config.trail;
  const scopes = chosen.scopes.filter(({ accountId }) => accounts.length === 0 || accounts.includes(accountId));
  const now = options.now ?? new Date();
  const readAt = accountReadAt(world, now);
  checkTime(at, now, readAt);
  const { snapshots, problems } = await readOlderSnapshots(options.olderSnapshot, {
    world,
    path: options.account,
    now,
  });
  const past = await readPast({ ...logs, quiet: options.quiet, now }, config, connect, log);
  await past.widenTo([at], scopes);
  const { assessPast } = await import('../../pipeline/past/assess-past.ts');
  const { sightings, spans } = past;
  const { assessment, unused } = await withKept(options.ledger, connect, async (kept) => {
    const { older, rejected: unused } = await olderWithin(snapshots, { past, kept, now });
    const request = { at, scopes, sightings, spans, accountReadAt: readAt, kept, older };
    const assessed = withIntegrity(await assessPast(request, world.source, config), past.integrity ?? [], config, now);
    return { assessment: assessed, unused: [...problems, ...unused] };
  });
  const { judged } = assessment;
  if (judged.length === 0) throw nothingProven(at, assessment.rejected);
  for (const input of [...unused, ...assessment.rejected]) log.rejected(input);
  const rejected = [...past.tally.rejected, ...world.problems, ...chosen.absent, ...unused, ...assessment.rejected];
  await emit(reportOf(assessment, rejected, { past, readAt, now, at, run }), options, log);
  setExitCode({ ...assessment, rejected }, run);
}

function checkTime(at: Date, now: Date, readAt: Date | undefined): void {
  if (at > now)
    throw new PipelineError('usage', `--as-of ${at.toISOString()} is in the future: now is ${now.toISOString()}`);
  if (readAt !== undefined && at > readAt)
    throw new PipelineError(
      'usage',
      `--as-of ${at.toISOString()} is after the snapshot, which was read at ${readAt.toISOString()}: it cannot show what the account was later; take a newer snapshot`,
    );
}

function nothingProven(at: Date, rejected: readonly Rejected[]): PipelineError {
  const reasons = rejected.map(({ path, reason }) => `${path}: ${reason}`);
  return new PipelineError('usage', `nothing can be judged as of ${at.toISOString()}:\n  ${reasons.join('\n  ')}`);
}

interface PastReport {
  readonly past: ReadPast;
  readonly at: Date;
  readonly readAt: Date | undefined;
  readonly now: Date;
  readonly run: CommandRun;
}

function reportOf(
  { findings, judgements, judged }: PastAssessment,
  rejected: readonly Rejected[],
  { past: { tally, sightings }, at, readAt, now, run: { config } }: PastReport,
): Report {
  const { manifest, unlogged: _, ...counts } = tally;
  const notJudged = notJudgedInThePast(config.watch);
  return composeReport({
    generatedAt: now,
    toolVersion: toolVersion(),
    configHash: config.hash,
    input: {
      ...counts,
      sightings: sightings.length,
      launches: launchesOf(sightings),
      rejected,
    },
    ...{ findings, judgements, entries: [], load: [], manifest },
    runs: [{ at, coverage: coverageOf(findings, judgements), inputs: [] }],
    asOf: {
      at: at.toISOString(),
      accountReadAt: readAt?.toISOString(),
      records: judged.map(({ accountId, region, first, last }) => ({
        ...{ accountId, region, first: first.toISOString(), last: last.toISOString() },
      })),
      unknown: judgements.filter(({ result }) => result === 'unknown').length,
      notJudged: notJudged.length === 0 ? undefined : notJudged,
    },
    exemptions: exemptionRows(config),
  });
}

/** The configured rules that only look at the present or at single calls. */
function notJudgedInThePast({ securityGroupOpen, iamUserAfterHours, rules }: WatchPolicy): readonly RuleId[] {
  return [
    ...(securityGroupOpen === null ? [] : ['security-group-open' as const]),
    ...(iamUserAfterHours === null ? [] : ['iam-user-after-hours' as const]),
    ...rules.rules.map(({ name }) => `custom:${name}` as const),
  ];
}
