/** What the ledger knows that the account does not show: which interfaces AWS refused, and what a deleted session was on. */

import { type Audited, audit } from '../audit/audit.ts';
import { type Finding, findingId } from '../audit/finding.ts';
import { severityOf } from '../audit/rule-book.ts';
import { type DeletedFrom, unexplainedDeletions } from '../audit/touched-interfaces.ts';
import type { Inventory, Scope } from '../inventory/inventory.ts';
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts';
import { isTaskInterface } from '../mirror/eligibility.ts';
import type { Outcome } from '../remediation/outcome.ts';
import type { PlanStep, RemediationPlan } from '../remediation/plan.ts';
import { isPlaceholder } from '../remediation/sensors/sensor-launcher.ts';

type Audits = Parameters<typeof audit>;

/** The code by which AWS refuses an interface for good. */
const REFUSED_FOR_GOOD = 'NetworkInterfaceNotSupported';

/** So long a refusal is believed: AWS adds types and services, and one try in a month costs nothing. */
const BELIEVED_MS = 30 * 86_400_000;

/** An interface that AWS refused, as a finding keeps it in `detail.refused`. A change of the instance's type makes it void. */
interface Refusal {
  readonly networkInterfaceId: string;
  readonly reason: string;
  readonly at: string;
  readonly instanceType?: string | undefined;
}

/**
 * The audit with what the ledger knows. Of the ledger only the histories of the findings that are open are read, so that an account
 * in order costs nothing. Where AWS refuses the interfaces of tasks, one muted finding stands for all tasks of the account and region.
 */
export async function auditWithHistory(
  input: Audits[0],
  policy: Audits[1],
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<Audited> {
  const first = audit(input, policy);
  const open = first.findings.filter(({ rule, status }) => rule === 'instance-unmirrored' && status === 'open');
  if (ledger === undefined || first.account === null || open.length === 0) return first;
  const { inventory, sightings, now } = input;
  const allTasks = allTasksOf(inventory);
  const ids = open.map(({ id }) => id);
  const withTasks = open.some(({ resourceType }) => resourceType === 'AWS::ECS::Task');
  const entries = await ledger.entries({ ids: withTasks ? [...ids, allTasks.id] : ids });
  const known = new Map(entries.map((entry) => [entry.finding.id, entry]));
  const refused = new Map(
    entries
      .flatMap(({ finding }) => refusalsIn(finding, inventory, now))
      .map((each) => [each.networkInterfaceId, each]),
  );
  const forTasks = refusalsOf(known.get(allTasks.id)?.finding).find((each) => isBelieved(each, now));
  const unsupported = new Map([...refused].map(([id, { reason }]) => [id, reason]));
  for (const { networkInterfaceId } of forTasks === undefined
    ? []
    : (inventory.networkInterfaces ?? []).filter(isTaskInterface))
    unsupported.set(networkInterfaceId, forTasks?.reason ?? '');
  const deleted = unexplainedDeletions(sightings, first.account);
  if (unsupported.size === 0 && deleted.length === 0) return first;
  const deletedFrom: DeletedFrom = new Map(
    deleted.map(({ trafficMirrorSessionId: id = '', eventTime }) => [id, lostBy(id, eventTime, open, known)]),
  );
  const second = audit({ ...input, unsupported, deletedFrom }, policy);
  const findings = second.findings.map((finding) => withRefusals(finding, [...refused.values()]));
  if (forTasks === undefined) return { ...second, findings };
  const isCovered = ({ rule, status, resourceType }: Finding): boolean =>
    rule === 'instance-unmirrored' && status === 'muted' && resourceType === 'AWS::ECS::Task';
  return {
    ...second,
    findings: [
      ...findings.filter((finding) => !isCovered(finding)),
      allTasksFinding(inventory, forTasks, now, policy.severities),
    ],
    judgements: [
      ...second.judgements,
      ...findings.filter(isCovered).map((each) => coveredBy(allTasks.resourceId, each)),
    ],
  };
}

/**
 * The sources that are without a session and were not before: those whose finding says that the session was theirs, else those that
 * have no finding open from before the deletion.
 */
function lostBy(
  sessionId: string,
  deletedAt: Date,
  open: readonly Finding[],
  known: ReadonlyMap<string, LedgerEntry>,
): readonly string[] {
  const sure = open.filter(({ id }) => known.get(id)?.finding.remediation?.trafficMirrorSessionId === sessionId);
  const fresh = open.filter(({ id }) => {
    const entry = known.get(id);
    return entry === undefined || entry.finding.status === 'resolved' || entry.openedAt >= deletedAt;
  });
  return (sure.length > 0 ? sure : fresh).flatMap(({ detail }) =>
    (detail.interfaces ?? [])
      .filter(({ verdict }) => verdict === 'missing' || verdict === 'rogue')
      .map(({ networkInterfaceId }) => networkInterfaceId),
  );
}

/** Findings and judgements as they are recorded. */
export interface Told {
  readonly findings: readonly Finding[];
  readonly judgements: Audited['judgements'];
}

/**
 * What was found, with what AWS refused for good in this run: an instance's finding keeps which of its interfaces it was, and one
 * muted finding takes the place of those of all tasks of an account and region.
 */
export function withOutcomesRemembered(
  { findings, judgements }: Told,
  outcomes: readonly Outcome[],
  inventories: readonly Inventory[],
  now: Date,
): Told {
  const refusals = outcomes.flatMap((outcome) => {
    const { step, reason } = outcome;
    if (!isRefusedForGood(outcome)) return [];
    const inventory = inventories.find((each) => each.accountId === step.accountId && each.region === step.region);
    const { networkInterfaceId } = step;
    const source = inventory?.networkInterfaces?.find((each) => each.networkInterfaceId === networkInterfaceId);
    if (inventory === undefined || source === undefined) return [];
    const instanceType = typeOf(networkInterfaceId, inventory);
    const at = now.toISOString();
    const refusal: Refusal = { networkInterfaceId, reason, at, ...(instanceType !== undefined && { instanceType }) };
    return [{ inventory, refusal, isTask: isTaskInterface(source) }];
  });
  if (refusals.length === 0) return { findings, judgements };
  const refusing = new Map(
    refusals.flatMap((each) =>
      each.isTask && !takesTasks(each.inventory, outcomes) ? [[allTasksOf(each.inventory).id, each] as const] : [],
    ),
  );
  const isCovered = (finding: Finding): boolean =>
    finding.rule === 'instance-unmirrored' &&
    finding.resourceType === 'AWS::ECS::Task' &&
    refusing.has(allTasksOf(finding).id);
  const kept = findings
    .filter((finding) => !isCovered(finding))
    .map((finding) =>
      withRefusals(
        finding,
        refusals.map(({ refusal }) => refusal),
      ),
    );
  const stands = [...refusing.values()].map(({ inventory, refusal }) => allTasksFinding(inventory, refusal, now, {}));
  const gone = findings.filter(isCovered).map((each) => coveredBy(allTasksOf(each).resourceId, each));
  return { findings: [...kept, ...stands], judgements: [...judgements, ...gone] };
}

/** True where a task is mirrored: then a refusal is that of one interface, and not of all tasks. */
function takesTasks(inventory: Inventory, outcomes: readonly Outcome[]): boolean {
  const tasks = (inventory.networkInterfaces ?? []).filter(isTaskInterface);
  const mirrored = new Set([
    ...(inventory.trafficMirrorSessions ?? []).map(({ networkInterfaceId }) => networkInterfaceId),
    ...outcomes.flatMap(({ result, step }) => (result === 'done' ? [step.networkInterfaceId] : [])),
  ]);
  return tasks.some(({ networkInterfaceId }) => mirrored.has(networkInterfaceId));
}

/** True for a step whose interface AWS will never mirror. */
export function isRefusedForGood({ result, awsCode }: Outcome): boolean {
  return result === 'exempt' && awsCode === REFUSED_FOR_GOOD;
}

/**
 * A plan in two parts: where no task of the account is mirrored yet, the first task's session is tried before those of all others,
 * which are `skipped` until it is known whether AWS takes them.
 */
export function withProbe(
  plan: RemediationPlan,
  { inventory, audited }: { readonly inventory: Inventory; readonly audited: Audited },
): { readonly probe: RemediationPlan; readonly rest: RemediationPlan; readonly skipped: readonly PlanStep[] } {
  const tasks = new Set(
    (inventory.networkInterfaces ?? []).filter(isTaskInterface).map((each) => each.networkInterfaceId),
  );
  const isMirrored = [...tasks].some((id) => (audited.account?.sessionsOn(id).length ?? 0) > 0);
  const ofTasks = plan.steps
    .filter(({ kind, networkInterfaceId: id }) => kind === 'create-session' && tasks.has(id))
    // A sensor that is still to be made is made with the rest: it cannot be asked before.
    .filter(({ trafficMirrorTargetId }) => !isPlaceholder(trafficMirrorTargetId));
  const [first, ...others] = isMirrored ? [] : ofTasks;
  if (first === undefined || others.length === 0) return { probe: { ...plan, steps: [] }, rest: plan, skipped: [] };
  const steps = plan.steps.filter((step) => step !== first && !others.includes(step));
  return { probe: { ...plan, steps: [first] }, rest: { ...plan, steps }, skipped: others };
}

/** The resource that stands for all Fargate tasks of an account and region. */
function allTasksOf({ accountId, region }: Scope): { readonly id: string; readonly resourceId: string } {
  const resourceId = `arn:aws:ecs:${region}:${accountId}:attachment/*`;
  return { id: findingId('instance-unmirrored', accountId, region, resourceId), resourceId };
}

function allTasksFinding(
  { accountId, region }: Scope,
  refusal: Refusal,
  now: Date,
  severities: Parameters<typeof severityOf>[1],
): Finding {
  const { id, resourceId } = allTasksOf({ accountId, region });
  return {
    schema: 'mirrorwatch.finding/1',
    id,
    rule: 'instance-unmirrored',
    severity: severityOf('instance-unmirrored', severities),
    status: 'muted',
    ...{ accountId, region, resourceType: 'AWS::ECS::Task', resourceId },
    reason: `Fargate tasks cannot be mirrored in account ${accountId}, ${region}: AWS refuses their interfaces (${refusal.reason}).`,
    detail: { refused: [refusal] },
    firstSeen: refusal.at,
    lastSeen: now.toISOString(),
    evidence: [],
    fix: '',
  };
}

function coveredBy(allTasks: string, finding: Finding): Audited['judgements'][number] {
  const { id, rule, accountId, region, resourceType, resourceId } = finding;
  const reason = `AWS mirrors no Fargate task here: see ${allTasks}`;
  return { id, rule, accountId, region, resourceType, resourceId, result: 'gone', reason };
}

function refusalsOf(finding: Finding | undefined): readonly Refusal[] {
  const { refused } = finding?.detail ?? {};
  return Array.isArray(refused) ? (refused as readonly Refusal[]) : [];
}

function refusalsIn(finding: Finding, inventory: Inventory, now: Date): readonly Refusal[] {
  return refusalsOf(finding).filter(
    (each) => isBelieved(each, now) && each.instanceType === typeOf(each.networkInterfaceId, inventory),
  );
}

function isBelieved({ at }: Refusal, now: Date): boolean {
  return now.getTime() - Date.parse(at) < BELIEVED_MS;
}

/** A finding keeps what it knows of its own interfaces: the next judgement of them reads it there. */
function withRefusals(finding: Finding, refusals: readonly Refusal[]): Finding {
  if (finding.rule !== 'instance-unmirrored') return finding;
  const own = new Set((finding.detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId));
  const refused = refusals.filter(({ networkInterfaceId }) => own.has(networkInterfaceId));
  return refused.length === 0 ? finding : { ...finding, detail: { ...finding.detail, refused } };
}

function typeOf(networkInterfaceId: string, { networkInterfaces, instances }: Inventory): string | undefined {
  const source = networkInterfaces?.find((each) => each.networkInterfaceId === networkInterfaceId);
  const instanceId = source?.attachment?.instanceId;
  return instanceId === undefined ? undefined : instances?.find((each) => each.instanceId === instanceId)?.instanceType;
}
