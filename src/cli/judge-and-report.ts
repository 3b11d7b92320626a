/** What `scan` and `audit` share: judge, plan, record, mail, report, and set the exit code. */

import type { Judgement } from '../audit/finding.ts';
import type { ScopeLook } from '../audit/gaps/gap.ts';
import type { IntegrityCheck } from '../cloudtrail/digests/digest-chain.ts';
import type { Config } from '../config.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { FullLedger } from '../ledger/change-log.ts';
import { coverageOf } from '../ledger/coverage.ts';
import type { InputManifestEntry, Ledger } from '../ledger/ledger.ts';
import { NOTHING_READ, readingOf } from '../ledger/reading.ts';
import { startClock, stoppedClock } from '../local/run-clock.ts';
import { type Acted, act } from '../pipeline/act.ts';
import { assess, failureOf } from '../pipeline/assess.ts';
import { assessBatches, type SightingBatch } from '../pipeline/assess-batches.ts';
import { withIntegrity, withRefusals } from '../pipeline/gaps/refusals.ts';
import { looksIn, unreadAccounts } from '../pipeline/gaps/run-looks.ts';
import { withOmitted } from '../pipeline/looks/omitted-records.ts';
import type { RefusedDelivery } from '../pipeline/message-content.ts';
import { asReported, exemptionRows } from '../pipeline/report-source.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import { composeReport, type InputCounts, type Rejected, type Report } from '../report/report.ts';
import { warnOfClosed } from './checks/closed-findings.ts';
import { warnOfMissing } from './checks/configured-targets.ts';
import { nameUnjudged } from './checks/name-unjudged.ts';
import { newerCalls } from './checks/newer-calls.ts';
import type { Connect } from './connection.ts';
import { exitCodeOf, FAILED, type Finished, INCOMPLETE, unjudged } from './exit-codes.ts';
import { heldLines, openChannelsFor, openLedger, openPublisher } from './ledger-and-mail.ts';
import type { Log } from './log.ts';
import { type CommonOptions, commandOptions, configFileOf } from './options.ts';
import { emit, outputsOf, printsTable, type Rendering } from './output.ts';
import { type OlderSnapshots, olderWithin, type RecordedTimes } from './past/older-snapshots.ts';
import { toolVersion } from './version.ts';
import { judgeableConfig, type World } from './world.ts';

/** What to judge: the instances that records touched (`sighted`), or whole accounts (`all`). */
export interface AuditRequest {
  /** What records say: all together, or in batches of which no two are of the same account, so that they need not fit into memory. */
  readonly batches: Iterable<SightingBatch> | AsyncIterable<SightingBatch>;
  readonly scope: 'all' | 'sighted';
  /** Which accounts and regions to sweep. @default all */
  readonly scopes?: readonly Scope[] | undefined;
  readonly input: Omit<InputCounts, 'sightings' | 'launches'>;
  readonly manifest: readonly InputManifestEntry[];
  /** Logs that were not read because they are not ours. */
  readonly refused: readonly RefusedDelivery[];
  /** What was found about the log files themselves, where they were verified. */
  readonly integrity?: readonly IntegrityCheck[] | undefined;
  /** The accounts as they were read at earlier times. */
  readonly older: OlderSnapshots;
  /** The times of the records that were read. */
  readonly recorded: RecordedTimes;
}

/** One run of a command: its options, and what they opened. */
export interface CommandRun {
  readonly options: CommonOptions & Rendering & { readonly regions?: readonly string[] | undefined };
  /** As `mailOf` reads it. */
  readonly mail: string | undefined;
  readonly world: World;
  readonly config: Config;
  readonly connect: Connect;
  readonly log: Log;
}

/** Judges and reports, and sets the exit code. Changes nothing in the account. */
export async function judgeAndReport(request: AuditRequest, run: CommandRun): Promise<void> {
  const { options, connect, log } = run;
  const now = options.now ?? new Date();
  const clock = options.now === undefined ? startClock() : stoppedClock();
  const ledger = options.ledger === undefined ? undefined : await openLedger(options.ledger, connect);
  try {
    const { judgedNothing, ...judged } = await judge(request, run, ledger, { now, clock });
    const { acted, rejected } = judged;
    for (const unread of rejected.slice(request.input.rejected.length)) log.rejected(unread);
    await emit(await reportOf(request, run, { ...judged, ledger, now }), options, log);
    setExitCode({ ...acted, rejected }, run);
    if (judgedNothing) log.warn('nothing was judged: no account and region could be read');
    const provedNothing = rejected.length === 0 && isAllUnknown(acted);
    if (provedNothing) log.warn('nothing was judged: of no resource is it known whether it complies');
    if (judgedNothing || provedNothing) process.exitCode = FAILED;
  } finally {
    await ledger?.close();
  }
}

/** Sets the exit code. Names what could not be judged if the code says that there is some, and no table does. */
export function setExitCode(
  finished: Finished & { readonly judgements: readonly Judgement[] },
  { options, config, log }: Pick<CommandRun, 'options' | 'config' | 'log'>,
): void {
  const { failOn, exitZero } = options;
  const policy = { failOn, exitZero, severities: config.severities };
  const code = exitCodeOf(finished, policy);
  if (code === INCOMPLETE && !printsTable(outputsOf(options))) nameUnjudged(unjudged(finished.judgements, policy), log);
  process.exitCode = code;
}

/** True when there was something to judge, and all of it is unknown. */
function isAllUnknown({ findings, judgements }: Acted): boolean {
  return findings.length === 0 && judgements.length > 0 && judgements.every(({ result }) => result === 'unknown');
}

async function judge(
  request: AuditRequest,
  { options, mail, world, config, connect, log }: CommandRun,
  ledger: FullLedger | undefined,
  { now, clock }: { readonly now: Date; readonly clock: RunClock },
): Promise<Omit<Judged, 'ledger' | 'now'> & { readonly judgedNothing: boolean }> {
  const {
    scope,
    scopes,
    manifest,
    refused,
    integrity = [],
    older: { snapshots, problems },
    recorded,
  } = request;
  const judgeable = judgeableConfig(config, world);
  const { older, rejected: unused } = await olderWithin(snapshots, { past: recorded, kept: ledger, now });
  const newer = newerCalls(world, options.account);
  const judged = await assessBatches(request.batches, (batch) => {
    newer.see(batch.sightings);
    const metrics = scope === 'all';
    return assess({ ...batch, scope, scopes, metrics, older, now, clock }, world.source, judgeable, { ledger });
  });
  const input = { ...request.input, ...judged.counts };
  const withRefused = await withRefusals(judged.assessment, refused, config, { now });
  const assessment = withIntegrity(withRefused, integrity, config, now);
  await warnOfMissing(assessment, log);
  const publisher = mail === undefined ? undefined : await openPublisher(mail, config, () => now, connect);
  const channels = mail === undefined ? undefined : await openChannelsFor(mail, config, connect);
  const { failed, omitted } = assessment;
  // No role can be allowed to read what a snapshot lacks: it has to be taken again.
  const of = options.account === undefined ? 'account' : 'snapshot';
  const unread = assessment.unread.map((list) => ({ ...list, of }) as const);
  const snapshotGaps = [...world.problems, ...newer.named(), ...problems, ...unused];
  const read = withOmitted({ ...input, rejected: [...input.rejected, ...snapshotGaps] }, omitted);
  const rejected = [...read.rejected, ...unread, ...failed.map(failureOf)];
  const acted = await act(
    {
      // What the accounts withheld is recorded with the look at them.
      input: read,
      assessment,
      at: judged.newest ?? now,
      now,
      complete: scope === 'all',
      closesCalls: true,
      inputs: manifest,
      failures: [...read.rejected, ...unreadAccounts({ unread, failed })],
      clock,
      commandOptions: commandOptions(options),
      configFile: configFileOf(options),
    },
    { ledger, publisher, channels },
    judgeable,
  );
  warnOfClosed(acted, configFileOf(options), log);
  for (const line of heldLines(acted.sent)) log.note(`${line}; a later run mails them`);
  const judgedNothing = assessment.scopes.length === 0 && failed.length > 0 && acted.findings.length === 0;
  return { input, acted, rejected, omitted: read.omitted, looks: looksIn(assessment, scope === 'all'), judgedNothing };
}

interface Judged {
  readonly input: InputCounts;
  readonly acted: Acted;
  readonly rejected: readonly Rejected[];
  readonly omitted: InputCounts['omitted'];
  readonly looks: readonly ScopeLook[];
  readonly ledger: Ledger | undefined;
  readonly now: Date;
}

async function reportOf(
  { manifest, scope }: AuditRequest,
  { config }: CommandRun,
  { input, acted, rejected, omitted, looks, ledger, now }: Judged,
): Promise<Report> {
  const coverage = coverageOf(acted.findings, acted.judgements);
  // The ledger knows since when these findings have been open, and has the findings of earlier runs that this one ended.
  const ids = [...new Set([...acted.findings.map(({ id }) => id), ...(acted.changes?.resolved ?? [])])];
  const entries = ledger === undefined || ids.length === 0 ? [] : await ledger.entries({ ids });
  return composeReport({
    generatedAt: now,
    toolVersion: toolVersion(),
    configHash: config.hash,
    input: { ...input, rejected, omitted },
    findings: acted.findings,
    judgements: acted.judgements,
    entries: entries.map(asReported),
    // Only a complete look measures coverage: what records touched is no share of the account.
    runs: scope === 'all' ? [{ at: now, coverage, inputs: [], reading: readingOf(NOTHING_READ, looks) }] : [],
    load: acted.plan.load,
    manifest,
    exemptions: exemptionRows(config),
  });
}
