/** The end of the walk: what was found is planned for, repaired where that is allowed, remembered, and told. */

import type { Failure } from '../alert/compose-notes.ts';
import { type Publisher, type SentAlert, sendAlerts } from '../alert/send-alert.ts';
import { type Finding, findingId, type Judgement } from '../audit/finding.ts';
import type { Config } from '../config.ts';
import type { Changes, Coverage, InputManifestEntry, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import { applyPlan, type MirrorWriter } from '../remediation/apply-plan.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { RemediationPlan } from '../remediation/plan.ts';
import { joinPlans } from '../remediation/plan-remediation.ts';
import type { SensorLauncher } from '../remediation/sensors/sensor-launcher.ts';
import type { AssessedScope, Assessment } from './assess.ts';
import { isRefusedForGood, withOutcomesRemembered, withProbe } from './finding-history.ts';
import { withRemediation } from './plan-scopes.ts';
import { planScope, type ScopePlan, withSuspects } from './suspicion.ts';

export interface ActPorts {
  /** Absent: nothing is changed, whatever the configuration says. */
  readonly writer?: MirrorWriter | undefined;
  /** Absent: no sensor is launched, and what would go to one fails. */
  readonly launcher?: SensorLauncher | undefined;
  readonly ledger?: Ledger | undefined;
  /** Needs the ledger, which knows what was sent. */
  readonly publisher?: Publisher | undefined;
}

export interface ActRequest {
  readonly assessment: Assessment;
  /** The newest event that was read, or the time at which the accounts were looked at. */
  readonly at: Date;
  readonly now: Date;
  /** True for a sweep: what the ledger has open and the account no longer has is gone. */
  readonly complete: boolean;
  /** Repairs are made by another function, which is told by `handOver`; none are made here. */
  readonly handOver?: ((scope: AssessedScope, plan: RemediationPlan) => Promise<void>) | undefined;
  readonly inputs?: readonly InputManifestEntry[] | undefined;
  readonly failures?: readonly Failure[] | undefined;
  readonly reportUrl?: string | undefined;
  /** Stop making changes at this time; what is left is done by the next run. */
  readonly deadline?: Date | undefined;
}

export interface Acted {
  /** As the repairs left them. */
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly plan: RemediationPlan;
  readonly outcomes: readonly Outcome[];
  readonly changes?: Changes | undefined;
  readonly sent?: SentAlert | undefined;
}

/**
 * Plans, repairs in mode `apply`, records, and mails what is due, in that order: nothing is told before it is recorded. What is
 * about to be repaired here is recorded as it was found first, so that the ledger knows that it was so, also when we die over it.
 */
export async function act(request: ActRequest, ports: ActPorts, config: Config): Promise<Acted> {
  const { assessment, now, at, complete, inputs } = request;
  const { ledger, publisher } = ports;
  const plans = assessment.scopes.map((scope) => planScope(scope, { now, complete }));
  const plan = joinPlans(plans.map((one) => one.plan));
  const handed = await handOver(plans, request);
  const found = held(withSuspects(assessment.findings, plans, config.severities), handed, now, config);
  const isSuspected = new Set(found.map(({ id }) => id));
  const judged = assessment.judgements.filter(({ id }) => !isSuspected.has(id));
  const here = request.handOver === undefined ? plans.filter(isToBeApplied) : [];
  const before =
    ledger === undefined || ports.writer === undefined
      ? undefined
      : await recordBefore(here, found, { ledger, at, now });
  const outcomes = ports.writer === undefined ? [] : await repair(here, { ...ports, writer: ports.writer }, request);
  const { findings, judgements } = withOutcomesRemembered(
    { findings: withRemediation(found, plan, outcomes), judgements: judged },
    outcomes,
    assessment.scopes.map(({ inventory }) => inventory),
    now,
  );
  if (ledger === undefined) return { findings, judgements, plan, outcomes };

  const gone = complete ? await goneSince(assessment, findings, ledger) : [];
  const all = [...judgements, ...gone];
  const coverage = complete ? coverageOf(findings, all) : undefined;
  const times = timesOf(assessment.findings, findings, all, now);
  const after = await ledger.record({
    at,
    times,
    findings,
    judgements: all,
    outcomes,
    ...(coverage && { coverage }),
    ...(inputs && { inputs }),
  });
  const changes = before === undefined ? after : joined(before, after);
  if (publisher === undefined) return { findings, judgements: all, plan, outcomes, changes };

  const entries = await entriesToTell(request, findings, changes, ledger);
  const { failures, reportUrl } = request;
  const sent = await sendAlerts(
    { ledger, publisher },
    { entries, outcomes, ...(failures && { failures }) },
    { immediate: config.alerts.immediate },
    {
      now,
      graceSeconds: config.graceSeconds,
      immediate: config.alerts.immediate,
      ...(reportUrl !== undefined && { reportUrl }),
    },
  );
  return { findings, judgements: all, plan, outcomes, changes, sent };
}

function isToBeApplied({ plan, scope }: ScopePlan): boolean {
  return plan.steps.length > 0 && scope.audited.account?.policy.mode === 'apply';
}

/** Hands plans to the function that repairs, and returns the resources that it will see to. */
async function handOver(plans: readonly ScopePlan[], { handOver: tell }: ActRequest): Promise<ReadonlySet<string>> {
  if (tell === undefined) return new Set();
  const handed = plans.filter(isToBeApplied);
  for (const { scope, plan } of handed) await tell(scope, plan);
  return new Set(handed.flatMap(({ plan }) => plan.steps.map(({ resourceId }) => resourceId)));
}

/** What is being repaired elsewhere is young again: if the repair fails, that is told; and if nothing comes of it, after the grace. */
function held(
  findings: readonly Finding[],
  handed: ReadonlySet<string>,
  now: Date,
  { graceSeconds }: Config,
): readonly Finding[] {
  if (handed.size === 0) return findings;
  const until = new Date(now.getTime() + graceSeconds * 1000).toISOString();
  return findings.map((finding) => {
    const { status, rule, resourceId } = finding;
    if (status !== 'open' || !REPAIRED.has(rule) || !handed.has(resourceId)) return finding;
    return { ...finding, detail: { ...finding.detail, pendingUntil: until } };
  });
}

const REPAIRED: ReadonlySet<string> = new Set(['instance-unmirrored', 'mirror-ineffective']);

async function repair(
  plans: readonly ScopePlan[],
  { writer, launcher }: Pick<ActPorts, 'launcher'> & { readonly writer: MirrorWriter },
  { now, deadline }: ActRequest,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const options = { now, ...(launcher && { launcher }), ...(deadline !== undefined && { deadline }) };
  for (const { scope, plan } of plans) {
    const { probe, rest, skipped } = withProbe(plan, scope);
    const tried = await applyPlan(probe, writer, options);
    const refused = tried.find(isRefusedForGood);
    const steps = refused === undefined ? [...rest.steps, ...skipped] : rest.steps;
    outcomes.push(...tried, ...(refused === undefined ? [] : skipped.map((step) => ({ ...refused, step }))));
    outcomes.push(...(await applyPlan({ ...rest, steps }, writer, options)));
  }
  return outcomes;
}

/** Records what is about to be repaired, as it was found. */
async function recordBefore(
  plans: readonly ScopePlan[],
  findings: readonly Finding[],
  { ledger, at, now }: { readonly ledger: Ledger; readonly at: Date; readonly now: Date },
): Promise<Changes | undefined> {
  const touched = new Set(plans.flatMap(({ plan }) => plan.steps.map(({ resourceId }) => resourceId)));
  const about = findings.filter(({ resourceId, status }) => status === 'open' && touched.has(resourceId));
  if (about.length === 0) return undefined;
  return ledger.record({
    at,
    times: new Map(about.map((finding) => [finding.id, momentBefore(finding, now)])),
    findings: about,
    judgements: [],
    outcomes: [],
  });
}

/** When it was so: by the newest record, and before now, which is when the repair is told of. */
function momentBefore({ evidence, lastSeen }: Finding, now: Date): Date {
  const latest = now.getTime() - 1;
  return new Date(evidence.length > 0 ? Math.min(Date.parse(lastSeen), latest) : latest);
}

/** The changes of two records of one run: what was opened and resolved within it is both. */
function joined(before: Changes, after: Changes): Changes {
  const news = new Set([...before.opened, ...before.reopened]);
  return {
    opened: [...before.opened, ...after.opened],
    reopened: [...before.reopened, ...after.reopened],
    resolved: after.resolved,
    unchanged: after.unchanged.filter((id) => !news.has(id)),
  };
}

/**
 * What time each thing speaks of: what records show, of the newest record, so that a redelivery says nothing new; what was looked
 * up or repaired, of now.
 */
function timesOf(
  before: readonly Finding[],
  after: readonly Finding[],
  judgements: readonly Judgement[],
  now: Date,
): ReadonlyMap<string, Date> {
  const status = new Map(before.map((finding) => [finding.id, finding.status]));
  const found = after.map(({ id, status: left, evidence, lastSeen }): [string, Date] => [
    id,
    evidence.length > 0 && status.get(id) === left ? new Date(lastSeen) : now,
  ]);
  const judged = judgements.map(({ id, seenAt }): [string, Date] => [
    id,
    seenAt === undefined ? now : new Date(seenAt),
  ]);
  return new Map([...judged, ...found]);
}

/** What a mail may be about: what was looked at now, and in a sweep everything that is open or was mailed and is over. */
async function entriesToTell(
  { complete }: ActRequest,
  findings: readonly Finding[],
  changes: Changes,
  ledger: Ledger,
): Promise<readonly LedgerEntry[]> {
  if (complete) return ledger.entries({ status: ['open', 'resolved'] });
  const ids = new Set([...findings.map(({ id }) => id), ...changes.opened, ...changes.reopened, ...changes.resolved]);
  return ids.size === 0 ? [] : ledger.entries({ ids: [...ids] });
}

/** Open findings of the swept accounts whose resource the sweep no longer met. An account of which a list was not read proves nothing. */
async function goneSince(
  { scopes, findings, judgements }: Assessment,
  repaired: readonly Finding[],
  ledger: Ledger,
): Promise<readonly Judgement[]> {
  const met = new Set([...findings, ...repaired, ...judgements].map(({ id }) => id));
  const gone: Judgement[] = [];
  for (const { scope, inventory, audited } of scopes) {
    if (
      inventory.instances === undefined ||
      inventory.networkInterfaces === undefined ||
      inventory.unread !== undefined ||
      inventory.incomplete !== undefined
    )
      continue;
    const rules = audited.account === null ? (['instance-untagged'] as const) : SWEPT_RULES;
    const open = await ledger.entries({
      status: ['open', 'muted'],
      accountIds: [scope.accountId],
      regions: [scope.region],
      rules,
    });
    for (const { finding } of open) {
      const { id, rule, accountId, region, resourceType, resourceId } = finding;
      if (!met.has(id))
        gone.push({
          id,
          rule,
          accountId,
          region,
          resourceType,
          resourceId,
          result: 'gone',
          reason: 'it is no longer in the account',
        });
    }
  }
  return gone;
}

const SWEPT_RULES = [
  'instance-untagged',
  'instance-unmirrored',
  'mirror-ineffective',
  'mirror-rogue',
  'mirror-duplicate',
  'mirror-orphan',
] as const;

/** Of each account, region and rule: how many were judged, and how many passed. Muted ones are not counted. */
export function coverageOf(findings: readonly Finding[], judgements: readonly Judgement[]): readonly Coverage[] {
  const counts = new Map<string, Coverage>();
  const count = ({ accountId, region, rule }: Finding | Judgement, passed: number): void => {
    const key = findingId(rule, accountId, region, '');
    const known = counts.get(key) ?? { accountId, region, rule, checked: 0, passed: 0 };
    counts.set(key, { ...known, checked: known.checked + 1, passed: known.passed + passed });
  };
  for (const finding of findings) if (finding.status !== 'muted') count(finding, finding.status === 'resolved' ? 1 : 0);
  for (const judgement of judgements) if (judgement.result === 'pass') count(judgement, 1);
  return [...counts.values()].toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf({ accountId, region, rule }: Coverage): string {
  return `${accountId} ${region} ${rule}`;
}
