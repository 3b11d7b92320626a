/** Interfaces that AWS refuses to mirror: their findings remember the refusal, so not every sweep tries again. */

import {
  type AuditResult,
  type Finding,
  type FindingContext,
  findingId,
  goneJudgement,
  justAfter,
  makeFinding,
} from '../audit/finding.ts';
import { partitionOf } from '../cloudtrail/partition.ts';
import { uniqueBy } from '../collections.ts';
import type { Inventory, Scope } from '../inventory/inventory.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { isTaskInterface } from '../mirror/eligibility.ts';
import type { Outcome } from './outcome.ts';
import type { PlanStep, RemediationPlan } from './plan.ts';
import { isPlaceholder } from './sensors/sensor-launcher.ts';

/**
 * The code with which AWS refuses an interface permanently.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 */
const REFUSED_PERMANENTLY = 'NetworkInterfaceNotSupported';

/** How long a refusal is believed. AWS adds types and services, and one attempt a month costs nothing. */
const BELIEVED_MS = 30 * 86_400_000;

/** An interface that AWS refused, as a finding keeps it in `detail.refused`. A new instance type invalidates it. */
export interface Refusal {
  readonly networkInterfaceId: string;
  readonly reason: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly instanceType?: string | undefined;
}

/** True for the outcome of a step whose interface AWS will never mirror. */
export function isRefusedPermanently({ result, awsCode }: Outcome): boolean {
  return result === 'exempt' && awsCode === REFUSED_PERMANENTLY;
}

/** The refusals recorded in a finding that still apply to the account. */
export function refusalsIn(finding: Finding, inventory: Inventory, now: Date): readonly Refusal[] {
  return rememberedIn(finding).filter(
    (each) => isBelieved(each, now) && each.instanceType === instanceTypeOf(each.networkInterfaceId, inventory),
  );
}

/** The refusal that applies to all tasks of an account and region, if their finding records one. */
export function taskRefusalIn(finding: Finding | undefined, now: Date): Refusal | undefined {
  return finding === undefined ? undefined : rememberedIn(finding).find((each) => isBelieved(each, now));
}

/** A refusal of this run, and whether it was a task's interface that was refused. */
export interface NewRefusal {
  readonly inventory: Inventory;
  readonly refusal: Refusal;
  readonly isTask: boolean;
}

/** What AWS refused permanently in this run. */
export function newRefusals(
  outcomes: readonly Outcome[],
  inventories: readonly Inventory[],
  now: Date,
): readonly NewRefusal[] {
  return outcomes.filter(isRefusedPermanently).flatMap(({ step, reason }): readonly NewRefusal[] => {
    const { networkInterfaceId, accountId, region } = step;
    const inventory = inventories.find((each) => each.accountId === accountId && each.region === region);
    const source = inventory?.networkInterfaces?.find((each) => each.networkInterfaceId === networkInterfaceId);
    if (inventory === undefined || source === undefined) return [];
    const instanceType = instanceTypeOf(networkInterfaceId, inventory);
    const refusal = { networkInterfaceId, reason, at: now.toISOString(), instanceType };
    return [{ inventory, refusal, isTask: isTaskInterface(source) }];
  });
}

/** A finding that remembers the refusals of its own interfaces; the next audit reads them there. */
export function rememberRefusals(finding: Finding, refusals: readonly Refusal[]): Finding {
  if (finding.rule !== 'instance-unmirrored') return finding;
  const own = new Set((finding.detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId));
  const refused = refusals.filter(({ networkInterfaceId }) => own.has(networkInterfaceId));
  return refused.length === 0 ? finding : { ...finding, detail: { ...finding.detail, refused } };
}

/** The resource that represents all Fargate tasks of an account and region, and the id of its finding. */
export function allTasksOf({ accountId, region }: Scope): { readonly id: string; readonly resourceId: string } {
  const resourceId = `arn:${partitionOf(region)}:ecs:${region}:${accountId}:attachment/*`;
  return { id: findingId('instance-unmirrored', accountId, region, resourceId), resourceId };
}

/** An account and region where AWS refuses to mirror tasks, and the refusal that showed it. */
export interface TaskRefusal {
  readonly scope: Scope;
  readonly refusal: Refusal;
}

/** Replaces the findings of all tasks by one muted finding for each account and region where AWS refuses to mirror tasks. */
export function coverTasks(
  { findings, judgements }: AuditResult,
  refusals: readonly TaskRefusal[],
  context: FindingContext,
): AuditResult {
  const refusing = new Set(refusals.map(({ scope }) => allTasksOf(scope).id));
  const isCovered = (finding: Finding): boolean =>
    finding.rule === 'instance-unmirrored' &&
    finding.resourceType === 'AWS::ECS::Task' &&
    refusing.has(allTasksOf(finding).id);
  const covered = findings.filter(isCovered);
  return {
    findings: [
      ...findings.filter((finding) => !isCovered(finding)),
      ...uniqueBy(refusals, ({ scope }) => allTasksOf(scope).id).map((each) => allTasksFinding(each, context)),
    ],
    judgements: [
      ...judgements,
      ...covered.map((finding) => goneJudgement(finding, coveredByAllTasks(finding), justAfter(finding.lastSeen))),
    ],
  };
}

/** The one muted finding that replaces those of all tasks where AWS refuses to mirror tasks. */
function allTasksFinding({ scope: { accountId, region }, refusal }: TaskRefusal, context: FindingContext): Finding {
  const finding = makeFinding(
    {
      rule: 'instance-unmirrored',
      status: 'muted',
      accountId,
      region,
      resourceType: 'AWS::ECS::Task',
      resourceId: allTasksOf({ accountId, region }).resourceId,
      reason: `Fargate tasks cannot be mirrored in account ${accountId}, ${region}: AWS refuses their interfaces (${refusal.reason}).`,
      detail: { refused: [refusal] },
      evidence: [],
      fix: '',
    },
    context,
  );
  return { ...finding, firstSeen: refusal.at };
}

/** Why a single task's finding is dropped when one finding covers all tasks. */
function coveredByAllTasks(scope: Scope): string {
  return `AWS does not mirror Fargate tasks here: see ${allTasksOf(scope).resourceId}`;
}

/** The interfaces that AWS refuses, with its reason; every task's interface if it refuses tasks. */
export function unsupportedInterfaces(
  refusals: readonly Refusal[],
  ofTasks: Refusal | undefined,
  { networkInterfaces = [] }: Inventory,
): ReadonlyMap<string, string> {
  const single = refusals.map(({ networkInterfaceId, reason }) => [networkInterfaceId, reason] as const);
  if (ofTasks === undefined) return new Map(single);
  const tasks = networkInterfaces.filter(isTaskInterface);
  return new Map([...single, ...tasks.map(({ networkInterfaceId: id }) => [id, ofTasks.reason] as const)]);
}

/** True if a task is mirrored here. A refusal then concerns one interface, not all tasks. */
export function mirrorsTasks(inventory: Inventory, outcomes: readonly Outcome[]): boolean {
  const mirrored = new Set([
    ...(inventory.trafficMirrorSessions ?? []).map(({ networkInterfaceId }) => networkInterfaceId),
    ...outcomes.flatMap(({ result, step }) => (result === 'done' ? [step.networkInterfaceId] : [])),
  ]);
  return (inventory.networkInterfaces ?? [])
    .filter(isTaskInterface)
    .some(({ networkInterfaceId }) => mirrored.has(networkInterfaceId));
}

/** A plan with one task tried first: `others` wait until it is known whether AWS mirrors tasks here. */
export interface ProbedPlan {
  readonly probe: RemediationPlan;
  readonly others: readonly PlanStep[];
  readonly rest: RemediationPlan;
}

/**
 * Splits a plan so that, where no task of the account is mirrored yet, one task's session is created before those of all others.
 * `probe` is empty and `rest` is the complete plan if nothing has to be tried.
 */
export function probeTasks(plan: RemediationPlan, account: AccountIndex): ProbedPlan {
  const tasks = new Set(
    (account.inventory.networkInterfaces ?? []).filter(isTaskInterface).map((each) => each.networkInterfaceId),
  );
  const isMirrored = [...tasks].some((id) => account.sessionsOn(id).length > 0);
  const ofTasks = plan.steps
    .filter(({ kind, networkInterfaceId: id }) => kind === 'create-session' && tasks.has(id))
    // A sensor that is not launched yet cannot be tried.
    .filter(({ trafficMirrorTargetId }) => !isPlaceholder(trafficMirrorTargetId));
  const [first, ...others] = isMirrored ? [] : ofTasks;
  if (first === undefined || others.length === 0) return { probe: { ...plan, steps: [] }, rest: plan, others: [] };
  const steps = plan.steps.filter((step) => step !== first && !others.includes(step));
  return { probe: { ...plan, steps: [first] }, rest: { ...plan, steps }, others };
}

/** What a finding's detail remembers. It was stored as JSON, so its form is checked. */
function rememberedIn({ detail }: Finding): readonly Refusal[] {
  const { refused } = detail;
  return Array.isArray(refused) ? refused.filter(isRefusal) : [];
}

function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== 'object' || value === null) return false;
  const { networkInterfaceId, reason, at }: Partial<Record<keyof Refusal, unknown>> = value;
  return typeof networkInterfaceId === 'string' && typeof reason === 'string' && typeof at === 'string';
}

function isBelieved({ at }: Refusal, now: Date): boolean {
  return now.getTime() - Date.parse(at) < BELIEVED_MS;
}

function instanceTypeOf(networkInterfaceId: string, { networkInterfaces, instances }: Inventory): string | undefined {
  const source = networkInterfaces?.find((each) => each.networkInterfaceId === networkInterfaceId);
  const instanceId = source?.attachment?.instanceId;
  return instanceId === undefined ? undefined : instances?.find((each) => each.instanceId === instanceId)?.instanceType;
}
