/** The end of the walk: plan, repair if allowed, record and mail, in this order. */

import { type Places, tellEverywhere, tellsAnybody } from '../alert/channels/tell-everywhere.ts';
import type { Failure } from '../alert/compose-notes.ts';
import type { SentAlert } from '../alert/send-alert.ts';
import type { AuditResult, Finding, Judgement } from '../audit/finding.ts';
import type { CommandOption } from '../audit/fixes/command.ts';
import type { Config } from '../config.ts';
import type { FullLedger } from '../ledger/change-log.ts';
import { coverageOf } from '../ledger/coverage.ts';
import type { Changes, InputManifestEntry, Ledger, LedgerEntry, Observation } from '../ledger/ledger.ts';
import { mergedChanges, observationTimes } from '../ledger/observation.ts';
import { type InputCounts, type JudgedBy, NOTHING_READ, readingOf } from '../ledger/reading.ts';
import { type PlannedAccount, withFixes } from '../remediation/advice/fixes.ts';
import type { MirrorWriter, RunClock } from '../remediation/apply-plan.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { RemediationPlan } from '../remediation/plan.ts';
import { joinPlans } from '../remediation/plan-remediation.ts';
import type { SensorLauncher } from '../remediation/sensors/sensor-launcher.ts';
import { withRefusals, withRemediation } from '../remediation/settle-findings.ts';
import { withSuspects } from '../remediation/suspicion/suspect-findings.ts';
import type { AssessedScope, Assessment } from './assess.ts';
import { lastingGaps } from './gaps/lasting-gaps.ts';
import { looksIn } from './gaps/run-looks.ts';
import { endedCalls, pastCalls, withPastCalls } from './gone/ended-calls.ts';
import { keepPolicies } from './history/kept-policies.ts';
import { keepOwnCalls } from './history/own-calls.ts';
import { withRecordedEnds } from './history/recorded-resolutions.ts';
import { restsOnRecords } from './holds/given-up.ts';
import { handOverDue } from './holds/hand-over.ts';
import { holdContext } from './holds/hold-context.ts';
import { holdFindings } from './holds/hold-findings.ts';
import { entriesToMail, goneSince, stoppedDeliveries } from './ledger-lookups.ts';
import { plannedAccount, planScope, type ScopePlan } from './plan-scopes.ts';
import { changesOfUnproven, withChangesOfUnproven } from './proof/changed-sessions.ts';
import { isToBeApplied, recordBeforeRepair, repair } from './repairs/make-repairs.ts';
import { knownAfterRepair } from './repairs/seen-meanwhile.ts';
import { lookedIds, sweptLooks } from './sight/swept-looks.ts';

/** What the end of the walk works with. Without a port, its part of the work is left out. */
export interface ActPorts extends Places {
  /** Without it nothing is changed, even if the configuration says `apply`. */
  readonly writer?: MirrorWriter | undefined;
  /** Without it, or without a ledger, no sensor is launched, and sessions to a sensor that does not exist yet fail. */
  readonly launcher?: SensorLauncher | undefined;
  /** Without it nothing is mailed or told: it knows what was. */
  readonly ledger?: FullLedger | undefined;
}

/** What to plan, repair, record and mail. */
export interface ActRequest {
  readonly assessment: Assessment;
  /** The time of the newest event that was read, or of reading the accounts. */
  readonly at: Date;
  readonly now: Date;
  /** True for a sweep: resolves open findings whose resource is no longer in the account. */
  readonly complete: boolean;
  /** True where no sweep follows that would close findings about calls of long ago, as on a command line. @default that of `complete` */
  readonly closesCalls?: boolean | undefined;
  /** Hands repairs to another function. Then none are made here. */
  readonly handOver?: ((scope: AssessedScope, plan: RemediationPlan) => Promise<void>) | undefined;
  /** What `handOver` sends besides the repairs: with anything else it is another hand-over. @default nothing */
  readonly handedOverWith?: readonly string[] | undefined;
  readonly inputs?: readonly InputManifestEntry[] | undefined;
  /** The counts of what was read, and what was rejected. @default nothing was read */
  readonly input?: InputCounts | undefined;
  readonly failures?: readonly Failure[] | undefined;
  readonly reportUrl?: string | undefined;
  /** The options with which a pasted `mirrorwatch` command reaches the same account. @default none */
  readonly commandOptions?: readonly CommandOption[] | undefined;
  /** The file of the configuration, for mails. @default the deployed configuration */
  readonly configFile?: string | undefined;
  /** True if findings that are held back are checked again: then those of a look without any record have a grace period too. @default false */
  readonly rechecked?: boolean | undefined;
  /** Ids of findings that no re-check could judge: they are mailed as the ledger has them. @default none */
  readonly unchecked?: ReadonlySet<string> | undefined;
  /** The configuration that is judged by, for the ledger. @default not kept */
  readonly configuration?: JudgedBy | undefined;
  /** No change is begun after this time. The next run makes the rest. */
  readonly deadline?: Date | undefined;
  /** Measures the deadline and waits before retries. */
  readonly clock: RunClock;
}

/** The result of a run. */
export interface Acted {
  /** The findings after the repairs. */
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly plan: RemediationPlan;
  readonly outcomes: readonly Outcome[];
  readonly changes?: Changes | undefined;
  readonly sent?: SentAlert | undefined;
}

/**
 * Plans, repairs in mode `apply`, records, and mails what is due. Nothing is mailed before it is recorded. Findings that are about to
 * be repaired here are first recorded as they were found, so the ledger knows them even if this run dies during the repair.
 */
export async function act(asked: ActRequest, ports: ActPorts, config: Config): Promise<Acted> {
  const { ledger, writer } = ports;
  const request = await withLastingGaps(asked, ledger, config);
  const { assessment, now, complete, handOver, clock } = request;
  const plans = assessment.scopes.map((scope) => planScope(scope, { now, complete }));
  const plan = joinPlans(plans.map((one) => one.plan));
  const toApply = plans.filter(isToBeApplied);
  const audited = foundBy(request, plans, config);
  const holds = await holdContext(audited.findings, { ...request, graceSeconds: config.graceSeconds }, ledger);
  const found = { ...audited, findings: holdFindings(audited.findings, holds) };
  if (handOver !== undefined)
    await handOverDue(toApply, {
      ...holds,
      ...{ findings: found.findings, handOver, ledger, complete, owner: clock.runId },
      handedOverWith: request.handedOverWith ?? [],
    });

  const toRepair = handOver === undefined && writer !== undefined ? toApply : [];
  const before =
    ledger === undefined ? undefined : await recordBeforeRepair(toRepair, found.findings, request.at, ledger);
  // Without a ledger, nothing proves to later runs that a sensor is ours: each would launch another one.
  const launcher = ledger && ports.launcher;
  const outcomes = writer === undefined ? [] : await repair(toRepair, { launcher, launches: ledger, writer }, request);
  const unproven = ledger === undefined ? [] : await changesOfUnproven(outcomes, ledger);
  if (ledger !== undefined) await keepOwnCalls(outcomes, ledger, now);
  const repaired = withRemediation(found.findings, plan, outcomes, complete ? 'account' : 'judged');
  const settled = withRefusals(
    { ...found, findings: withChangesOfUnproven(repaired, unproven) },
    outcomes,
    assessment.scopes.map(({ inventory }) => inventory),
    { severities: config.severities, now },
  );
  // What another function repairs, and what the next run retries here.
  const awaited =
    handOver === undefined
      ? outcomes.filter(({ retry }) => retry === true).map(({ step }) => step)
      : toApply.flatMap(({ plan: { steps } }) => steps);
  const findings = holdFindings(settled.findings, { ...holds, awaited, outcomes });
  if (ledger === undefined) return { ...settled, findings, plan, outcomes };
  const result = { ...settled, findings };
  const recorded = await record(result, outcomes, {
    ...{ request, before, ledger },
    known: await knownAfterRepair(holds.known, findings, request, ledger),
    config,
  });
  if (complete) await keepPolicies(assessment.scopes, config, ledger);
  const { changes } = recorded;
  const acted: Acted = { ...recorded, plan, outcomes };
  const { publisher, channels } = ports;
  return tellsAnybody(ports)
    ? { ...acted, sent: await mail(acted, changes, request, { ledger, publisher, channels }, config) }
    : acted;
}

/** The request with findings about what a sweep could not judge, again. Without a ledger it is not known since when. */
async function withLastingGaps(
  request: ActRequest,
  ledger: Ledger | undefined,
  { severities, exemptions, graceSeconds }: Config,
): Promise<ActRequest> {
  const { assessment, complete, now } = request;
  if (!complete || ledger === undefined) return request;
  const context = { now, severities, exemptions, graceSeconds };
  const { findings, judgements } = await lastingGaps(looksIn(assessment, complete), ledger, context);
  if (findings.length + judgements.length === 0) return request;
  return {
    ...request,
    assessment: {
      ...assessment,
      findings: [...assessment.findings, ...findings],
      judgements: [...assessment.judgements, ...judgements],
    },
  };
}

/** The findings, including those about suspects, with their fixes. */
function foundBy(
  { assessment, commandOptions = [] }: ActRequest,
  plans: readonly ScopePlan[],
  { severities }: Config,
): AuditResult {
  const suspected = plans.map(({ scope, suspects }) => ({ scope: scope.scope, readAt: scope.readAt, suspects }));
  const findings = withSuspects(assessment.findings, suspected, severities);
  const ids = new Set(findings.map(({ id }) => id));
  return {
    findings: withFixes(findings, plannedAccounts(plans), commandOptions),
    judgements: assessment.judgements.filter(({ id }) => !ids.has(id)),
  };
}

/** The accounts whose mirroring was judged, for the fixes of their findings. */
function plannedAccounts(plans: readonly ScopePlan[]): readonly PlannedAccount[] {
  return plans.flatMap(({ scope, plan }) => plannedAccount(scope, plan) ?? []);
}

/** What a record is made of besides the findings and outcomes. */
interface RecordContext {
  readonly request: ActRequest;
  readonly before: Changes | undefined;
  /** What the ledger knew of the findings before the repairs were answered, by id. */
  readonly known: ReadonlyMap<string, LedgerEntry>;
  readonly ledger: FullLedger;
  readonly config: Pick<Config, 'trail' | 'tags' | 'watch'>;
}

const NO_CHANGES: Changes = { opened: [], reopened: [], resolved: [], unchanged: [] };

/**
 * Records what was found and done; a sweep also resolves what is gone, and records how much complies. Returns the findings as they are then:
 * those about calls of long ago are over.
 */
async function record(
  { findings, judgements }: AuditResult,
  outcomes: readonly Outcome[],
  { request, before, known, ledger, config: { trail, tags, watch } }: RecordContext,
): Promise<AuditResult & { readonly changes: Changes }> {
  const {
    assessment,
    at,
    now,
    complete,
    closesCalls = complete,
    inputs = [],
    input = NOTHING_READ,
    configuration,
  } = request;
  const gone = complete
    ? [
        ...(await withRecordedEnds(await goneSince(assessment, findings, ledger, tags), ledger)),
        ...(await stoppedDeliveries(ledger, trail, now)),
      ]
    : [];
  const found = new Set(findings.map(({ id }) => id));
  const ended = closesCalls ? (await endedCalls(ledger, watch, now)).filter(({ id }) => !found.has(id)) : [];
  const all = [...judgements, ...gone, ...ended];
  const looks = complete
    ? await sweptLooks(assessment, { findings, judgements: all }, ledger)
    : looksIn(assessment, false);
  const reading = readingOf(input, looks, configuration);
  if (!complete && findings.length + all.length + outcomes.length + inputs.length === 0 && reading === undefined)
    return { findings, judgements: all, changes: NO_CHANGES };
  const after = await ledger.record({
    at,
    times: observationTimes(assessment.findings, { findings, judgements: all }, now, known),
    findings,
    judgements: all,
    looked: lookedIds(assessment),
    outcomes,
    repairedAt: now,
    coverage: complete ? coverageOf(findings, all) : undefined,
    inputs,
    reading,
  });
  const past = await pastCalls(findings, ledger, { watch, now });
  const closed = past.judgements.length === 0 ? NO_CHANGES : await ledger.record(observationOf(past.judgements, now));
  const merged = before === undefined ? after : mergedChanges(before, after);
  return {
    findings: withPastCalls(findings, past),
    judgements: [...all, ...past.judgements],
    changes: { ...merged, resolved: [...merged.resolved, ...closed.resolved] },
  };
}

/** An observation of its own: a finding and its end have different times. */
function observationOf(judgements: readonly Judgement[], now: Date): Observation {
  const times = observationTimes([], { findings: [], judgements }, now);
  return { at: now, times, findings: [], judgements, outcomes: [] };
}

async function mail(
  { findings, outcomes }: Acted,
  changes: Changes,
  { assessment, now, complete, failures, reportUrl, configFile, unchecked, clock }: ActRequest,
  ports: Places & { readonly ledger: FullLedger },
  { graceSeconds, alerts: { immediate } }: Config,
): Promise<SentAlert> {
  const scopes = [...assessment.scopes, ...assessment.failed].map(({ scope }) => scope);
  const entries = await entriesToMail({ complete, scopes, findings, changes, unchecked, now }, ports.ledger);
  const mailed = { now, graceSeconds, immediate, reportUrl, configFile, unchecked };
  const context = { ...mailed, recordsAlone: restsOnRecords(assessment) };
  return tellEverywhere({ ...ports, owner: clock.runId }, { entries, outcomes, failures }, { immediate }, context);
}
