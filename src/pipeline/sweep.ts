/** A sweep judges and repairs complete accounts without logs. It finds and repairs what events missed. */

import { type Imported, importDue, joinImports, type SecurityHub } from '../alert/channels/hub-import.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import { type Acted, type ActPorts, type ActRequest, act } from './act.ts';
import { type Assessment, assess, type FailedScope } from './assess.ts';
import { type JudgedSilence, judgeSilence, noteSilence, withSilence } from './freshness/judge-silence.ts';
import { unreadAccounts } from './gaps/run-looks.ts';
import { mailClaimed, pendingMail } from './mails/pending-mail.ts';
import type { TaskSource } from './relevant-sightings.ts';
import { sharingSight } from './sight/shared-sight.ts';
import { beginAttempt, endAttempt, endingWith } from './sweeps/attempt.ts';
import { joinActed, joinAssessments } from './sweeps/joined.ts';

/** What a sweep works with. */
export interface SweepPorts extends ActPorts {
  readonly inventory: InventorySource;
  readonly tasks?: TaskSource | undefined;
  /** Where findings are imported after an account and region was judged. @default nowhere */
  readonly hub?: SecurityHub | undefined;
}

/** Which sweep to run, and how. */
export interface SweepOptions
  extends Pick<ActRequest, 'handOver' | 'deadline' | 'reportUrl' | 'commandOptions' | 'configFile' | 'configuration'> {
  readonly now: Date;
  readonly clock: RunClock;
  /** Identifies the sweep: a retry under the same name skips the scopes that are done. */
  readonly name: string;
  /** Identifies the attempt and its retries, so that they can finish what one of them began. @default name */
  readonly owner?: string | undefined;
  /** @default every scope of the inventory source */
  readonly scopes?: readonly Scope[] | undefined;
}

/** The result of a sweep. */
export interface Swept {
  readonly assessment: Assessment;
  readonly acted: Acted;
  /** Scopes that an earlier attempt has done. */
  readonly skipped: readonly Scope[];
  /** Who is silent, if this run judged it. */
  readonly silence?: JudgedSilence | undefined;
  /** What Security Hub took, and what not. Absent without it. */
  readonly imported?: Imported | undefined;
}

/** How long an attempt holds its scope when it has no deadline. */
const LEASE_SECONDS = 900;
/** How long after its deadline an attempt may still record and mail. */
const SPARE_SECONDS = 20;

/**
 * Sweeps every scope that this sweep has not done yet, one after the other until the deadline. A scope that failed, that another owner is
 * at, or that was not begun in time is in `assessment.failed`, and a retry can begin it at once.
 */
export async function sweep(ports: SweepPorts, config: Config, options: SweepOptions): Promise<Swept> {
  const parts: Swept[] = [];
  for (const scope of options.scopes ?? (await ports.inventory.scopes()))
    parts.push(await sweepScope(scope, ports, config, options));
  return {
    assessment: joinAssessments(parts.map(({ assessment }) => assessment)),
    acted: joinActed(parts.map(({ acted }) => acted)),
    skipped: parts.flatMap(({ skipped }) => skipped),
    silence: parts.findLast(({ silence }) => silence !== undefined)?.silence,
    imported: joinImports(parts.map(({ imported }) => imported)),
  };
}

const NOTHING: Swept = { assessment: joinAssessments([]), acted: joinActed([]), skipped: [] };

async function sweepScope(scope: Scope, ports: SweepPorts, config: Config, options: SweepOptions): Promise<Swept> {
  const { now, clock, deadline, name, owner = name } = options;
  const attempt = { name, owner, now, leaseSeconds: leaseSecondsOf(options) };
  try {
    const isLate = deadline !== undefined && now.getTime() + clock.elapsedMs() >= deadline.getTime();
    if (isLate || clock.isStopped?.() === true) throw outOfTime(scope);
    const beginning = await beginAttempt(scope, ports.ledger, attempt);
    if (beginning === 'busy') throw claimed(scope);
    if (beginning === 'done') return { ...NOTHING, skipped: [scope] };
    return await endingWith(
      () => assessAndAct(scope, ports, config, options),
      (isDone) => endAttempt(scope, ports.ledger, attempt, isDone),
    );
  } catch (error) {
    return { ...NOTHING, assessment: { ...NOTHING.assessment, failed: [{ scope, error }] } };
  }
}

async function assessAndAct(
  scope: Scope,
  ports: SweepPorts,
  config: Config,
  options: SweepOptions,
): Promise<{ readonly result: Swept; readonly isDone: boolean }> {
  const { now, clock } = options;
  const shared = { ...ports, ledger: ports.ledger && sharingSight(ports.ledger) };
  const request = { sightings: [], scope: 'all', scopes: [scope], metrics: true, now, clock } as const;
  const silence = await judgeSilence([], config, { now, ledger: shared.ledger });
  const assessment = withSilence(await assess(request, ports.inventory, config, shared), silence);
  const failures = unreadAccounts(assessment);
  const acted = await act(
    { ...options, assessment, at: now, complete: true, rechecked: true, failures },
    shared,
    config,
  );
  await noteSilence(silence, ports.ledger, now);
  const pending = await pendingMail(acted.sent, ports.ledger, config, options);
  const imported = await importScope(scope, ports, options);
  const failed = [...assessment.failed, ...(pending.length > 0 ? [{ scope, error: mailClaimed() }] : [])];
  const result = { assessment: { ...assessment, failed }, acted, skipped: [], silence: silence.judged, imported };
  return { result, isDone: unfinishedScopes(result).length === 0 };
}

/** Imports what is in sight of the account and region, as it is after what was just recorded. */
async function importScope(
  scope: Scope,
  { hub, ledger }: SweepPorts,
  { now, clock, deadline, name, owner = name }: SweepOptions,
): Promise<Imported | undefined> {
  if (hub === undefined || ledger === undefined) return undefined;
  const isLate = () => deadline !== undefined && now.getTime() + clock.elapsedMs() >= deadline.getTime();
  return importDue({ ledger, owner, hub, isLate }, await ledger.entries({ inSight: scope }), now);
}

function leaseSecondsOf({ now, deadline }: SweepOptions): number {
  if (deadline === undefined) return LEASE_SECONDS;
  return Math.ceil((deadline.getTime() - now.getTime()) / 1000) + SPARE_SECONDS;
}

function outOfTime({ accountId, region }: Scope): PipelineError {
  const message = `the sweep of ${accountId} in ${region} was not begun: the time of this run was over`;
  return new PipelineError('out-of-time', message, { accountId, region, retryable: true });
}

function claimed({ accountId, region }: Scope): PipelineError {
  const message = `another run is sweeping ${accountId} in ${region} and has not finished yet`;
  return new PipelineError('sweep-claimed', message, { accountId, region, retryable: true });
}

/** The scopes of a sweep that have to be retried: those that could not be judged, and those with repairs left to do. */
export function unfinishedScopes({ assessment, acted }: Pick<Swept, 'assessment' | 'acted'>): readonly FailedScope[] {
  return [...assessment.failed, ...pendingRepairs(acted)];
}

/** The repairs that the next run has to retry, each as a fault of its scope. */
export function pendingRepairs({ outcomes }: Acted): readonly FailedScope[] {
  return outcomes
    .filter(({ retry }) => retry === true)
    .map(({ step: { accountId, region, resourceId }, reason, awsCode }) => ({
      scope: { accountId, region },
      error: new PipelineError('repair-pending', reason, { retryable: true, awsCode, accountId, region, resourceId }),
    }));
}
