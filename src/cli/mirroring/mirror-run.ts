/** What `mirror plan`, `apply`, `explain` and `health` share: assess the account's mirroring, plan, and write the answer. */

import { atLeast, type Judgement } from '../../audit/finding.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import { PipelineError } from '../../errors.ts';
import { startClock, stoppedClock } from '../../local/run-clock.ts';
import type { AssessedScope, Assessment } from '../../pipeline/assess.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';
import type { RemediationPlan } from '../../remediation/plan.ts';
import { warnOfMissing } from '../checks/configured-targets.ts';
import { checkRegions } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { CLEAN, FINDINGS, INCOMPLETE } from '../exit-codes.ts';
import { type OpenLedger, openLedger } from '../ledger-and-mail.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import type { CommonOptions } from '../options.ts';
import { withMembers } from '../organization-members.ts';
import { type AccountWorld, openWorld, scopesOf } from '../world.ts';

export interface MirrorOptions extends CommonOptions {
  readonly regions?: readonly string[] | undefined;
  readonly cleanup?: boolean | undefined;
  readonly rebalance?: boolean | undefined;
  readonly maxMoves?: number | undefined;
  readonly save?: string | undefined;
  /** Interfaces, instances, tasks or sessions: only the steps about these. */
  readonly only?: readonly string[] | undefined;
}

/** One run of a `mirror` command, with the account assessed. */
export interface MirrorRun {
  readonly options: MirrorOptions;
  readonly world: AccountWorld;
  readonly connect: Connect;
  readonly assessment: Assessment;
  /** The history that `--ledger` names. The assessment knows from it what AWS refuses to mirror. */
  readonly ledger?: OpenLedger | undefined;
  readonly now: Date;
  readonly clock: RunClock;
  readonly log: Log;
  /** True if part of the account could not be read. */
  readonly incomplete: boolean;
}

/**
 * Assesses the account, with AWS's figures if `metrics` says so, runs the command and sets its exit code. Throws PipelineError `usage` if mirroring is off, if the ledger does
 * not exist and the command does not create one, and for an `--only` id that is not in the account.
 */
export async function runMirror(
  options: MirrorOptions,
  command: (run: MirrorRun) => Promise<number>,
  { createsLedger = false, metrics = false }: { readonly createsLedger?: boolean; readonly metrics?: boolean } = {},
): Promise<void> {
  const log = openLog(options);
  checkRegions(options.regions, log);
  const written = await loadConfig(options, log);
  if (written.mirroring === null || written.mirroring.mode === 'off')
    throw new PipelineError(
      'usage',
      'mirroring is off in the configuration: give "mirroring" a mode, a filterId and targets',
    );
  const now = options.now ?? new Date();
  const clock = options.now === undefined ? startClock() : stoppedClock();
  const connect = connectionTo(written, options);
  const world = await openWorld(options, written, connect, log);
  const config = await withMembers(written, world, connect);
  const { assess, failureOf } = await import('../../pipeline/assess.ts');
  const { scopes, absent, notes } = await scopesOf(world, options.regions);
  for (const line of notes) log.note(line);
  const ledger =
    options.ledger === undefined ? undefined : await openLedger(options.ledger, connect, { existing: !createsLedger });
  try {
    const assessment = await assess(
      { sightings: [], scope: 'all', scopes, metrics, now, clock },
      world.source,
      config,
      {
        ledger,
      },
    );
    await warnOfMissing(assessment, log);
    const rejected = [...world.problems, ...absent, ...assessment.unread, ...assessment.failed.map(failureOf)];
    for (const input of rejected) log.rejected(input);
    if (assessment.scopes.length === 0)
      throw new PipelineError('inventory-unreadable', 'no account and region could be read: there is nothing to plan');
    if (rejected.length === 0) requireKnown(options.only ?? [], assessment);
    const incomplete = rejected.length > 0;
    const code = await command({ options, world, connect, assessment, ledger, now, clock, log, incomplete });
    await world.close();
    process.exitCode = code;
  } finally {
    await ledger?.close();
  }
}

/** Throws PipelineError `usage` for an id that no interface, resource or session of the account has. */
function requireKnown(ids: readonly string[], { scopes }: Assessment): void {
  if (ids.length === 0) return;
  const known = new Set(
    scopes.flatMap(({ inventory, audited }) => [
      ...(inventory.networkInterfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId),
      ...(inventory.trafficMirrorSessions ?? []).map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
      ...audited.resources.map(({ resourceId }) => resourceId),
    ]),
  );
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  const what = 'no interface, instance, task or session has that id';
  throw new PipelineError('usage', `--only ${unknown.join(',')}: ${what}`, { resourceId: unknown[0] });
}

/** Which steps a plan should have, where it differs from the command's options. */
type PlanPart = Pick<MirrorOptions, 'only'>;

/** The plan for each account and region. */
export async function plansOf(
  { assessment, options, now }: MirrorRun,
  { only }: PlanPart = options,
): Promise<readonly { readonly scope: AssessedScope; readonly plan: RemediationPlan }[]> {
  const { cleanup = false, rebalance = false, maxMoves } = options;
  const { planFor } = await import('../../pipeline/plan-scopes.ts');
  const choices = { cleanup, rebalance, maxMoves, now, only: only === undefined ? undefined : new Set(only) };
  return assessment.scopes.map((scope) => ({ scope, plan: planFor(scope, choices) }));
}

/**
 * A plan as JSON: the fields of the contract, in its order. A target's account and region are given where there are several, and what
 * exemptions leave out where there is something.
 */
export function planContract({ steps, unplaced, load, exempted = [] }: RemediationPlan): RemediationPlan {
  const scopes = new Set(load.map(({ accountId, region }) => `${accountId} ${region}`));
  const short = load.map(({ trafficMirrorTargetId, sources, capacity }) => ({
    trafficMirrorTargetId,
    sources,
    capacity,
  }));
  const contract = { steps, unplaced, load: scopes.size > 1 ? load : short };
  return exempted.length === 0 ? contract : { ...contract, exempted };
}

/**
 * FINDINGS if a source that the plan has no step for has an open finding that counts by `--fail-on`, else INCOMPLETE if of such a
 * source it is not known whether it needs one, else CLEAN.
 */
export function exitCodeOfPlan(
  unplaced: readonly Pick<RemediationPlan['unplaced'][number], 'resourceId'>[],
  { assessment, options }: MirrorRun,
): number {
  const left = new Set(unplaced.map(({ resourceId }) => resourceId));
  const isLeft = ({ rule, resourceId }: Pick<Judgement, 'rule' | 'resourceId'>): boolean =>
    repairsOf(rule).includes('create-session') && left.has(resourceId);
  const counts = assessment.findings.some(
    (finding) => finding.status === 'open' && atLeast(finding.severity, options.failOn) && isLeft(finding),
  );
  if (counts && !options.exitZero) return FINDINGS;
  return assessment.judgements.some((one) => one.result === 'unknown' && isLeft(one)) ? INCOMPLETE : CLEAN;
}
