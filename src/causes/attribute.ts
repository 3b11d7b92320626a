/** Says of each finding what caused it, who launched the instance, and which records show that. */

import type { AuditPolicy } from '../audit/audit.ts';
import { type EvidenceRole, provenCalls } from '../audit/cause.ts';
import type { Finding, FindingEvidence } from '../audit/finding.ts';
import { isBuiltIn } from '../audit/rule-book.ts';
import { groupBy, uniqueBy } from '../collections.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { POOL_TAG } from '../mirror/destinations.ts';
import { resourceOf } from '../mirror/eligibility.ts';
import { MANAGED_TAG, type MirrorPolicy, UNTIL_TAG } from '../mirror/policy.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { accountCells, partIdsOf } from './account-cells.ts';
import { type CauseFound, causeOf } from './cause-of.ts';
import { cellOf } from './cells.ts';
import { effectsOn, type History, historyOf } from './history.ts';
import type { JudgedBy } from './judge-resource.ts';
import type { PastContext } from './lost/lost-values.ts';
import type { OlderAccount } from './older/older-account.ts';
import { type Unexplained, unexplainedAround } from './older/unexplained.ts';
import type { ChangingSighting } from './order/distinct-calls.ts';
import { idsOf, surroundingsOf } from './surroundings.ts';

/** What causes are looked for in: an account as it stands, and all recorded calls on it that are at hand. */
export interface AttributionInput {
  readonly inventory: Inventory;
  /** Every sighting of the account and region with changes, our own calls too, in any order. */
  readonly sightings: readonly ChangingSighting[];
  readonly policy: Pick<AuditPolicy, 'tags' | 'mirror' | 'openGroups'>;
  readonly unsupported?: ReadonlyMap<string, string> | undefined;
  /** The account as it was read at earlier times, which may tell what records lack. Every call since then has to be in `sightings`. */
  readonly older?: readonly OlderAccount[] | undefined;
  /** What was changed without a record, if that is known already. @default what `older` shows */
  readonly unexplained?: Unexplained | undefined;
  /** By finding id, since when the ledger knows it to be open without a break. */
  readonly openSince?: ReadonlyMap<string, Date> | undefined;
}

/** A history prepared for questions about causes and times. */
export interface Investigation {
  readonly history: History;
  readonly context: PastContext;
  readonly tagKeys: readonly string[];
  readonly policy: Pick<AuditPolicy, 'tags' | 'mirror' | 'openGroups'>;
  readonly unsupported: ReadonlyMap<string, string> | undefined;
}

/** Reads the history once, for any number of questions. */
export function investigate(input: AttributionInput): Investigation {
  const { inventory, sightings, policy, unsupported, older } = input;
  const tagValues = mentionedTags(policy.mirror);
  const requiredKeys = new Set(policy.tags.requiredTags.map(({ key }) => key));
  const tagKeys = [...new Set([...requiredKeys, ...tagValues.keys()])];
  const read = historyOf({ sightings, account: accountCells(inventory), tagKeys, older });
  const history = { ...read, unexplained: input.unexplained ?? read.unexplained };
  const context: PastContext = {
    ...{ history, requiredKeys, tagValues },
    targetIds: targetIdsOf(policy.mirror),
    filterIds: filterIdsOf(policy.mirror),
  };
  return { history, context, tagKeys, policy, unsupported };
}

/**
 * The findings with their cause, the launch, and as evidence only the records behind these. Records of anybody else, such as of
 * somebody who opened a port or added a tag, are left out.
 */
export function withCauses(findings: readonly Finding[], input: AttributionInput): readonly Finding[] {
  if (findings.length === 0) return findings;
  const investigation = investigate(input);
  return findings.map((finding) => withCause(finding, investigation, input.openSince?.get(finding.id)));
}

/** Every id that the verdict about one of the findings depends on, as far as the account and the calls in the input tell. */
export function idsBehind(findings: readonly Finding[], input: AttributionInput): ReadonlySet<string> {
  const { history } = investigate(input);
  const ids = new Set<string>();
  for (const finding of findings) {
    const surroundings = surroundingsOf(idsOfFinding(finding), history);
    for (const id of idsOf(surroundings)) ids.add(id);
  }
  for (const id of partIdsOf(ids, history.account)) ids.add(id);
  return ids;
}

function withCause(finding: Finding, investigation: Investigation, openSince: Date | undefined): Finding {
  const { history, context, tagKeys } = investigation;
  const { rule } = finding;
  if (rule === 'security-group-open' && history.account.inventory.securityGroups === undefined)
    return byRecordsAlone(finding);
  const ids = idsOfFinding(finding);
  const subject = { rule, by: judgedBy(finding, investigation), ids, openSince };
  const { cause, calls } = withUnexplained(causeOf(subject, context, tagKeys), finding, investigation);
  const launch = launchOf(finding.resourceId, history);
  const role = cause.kind === 'possible' ? 'context' : 'cause';
  const evidence = [
    ...calls.map((call) => inRole(call.evidence, role)),
    ...(launch === undefined ? [] : [inRole(launch, 'context')]),
  ];
  return {
    ...finding,
    cause,
    launchedBy: launch && launcherOf(launch),
    evidence: newestFirst(uniqueBy(evidence, ({ eventID }) => eventID)),
  };
}

/** Whether other rules opened the group before is not known, so nobody is named for sure. */
function byRecordsAlone(finding: Finding): Finding {
  const calls = finding.evidence
    .map(({ actor, eventName, eventTime, eventID }) => ({ actor, eventName, eventTime, eventID }))
    .toReversed();
  return { ...finding, cause: { kind: 'possible', calls, reason: 'the account was not read' } };
}

/** A cause is not proven where an older account shows that something around the resource was changed without a record. */
function withUnexplained(found: CauseFound, finding: Finding, { history, context }: Investigation): CauseFound {
  const { unexplained } = history;
  if (unexplained.size === 0 || !isBuiltIn(finding.rule)) return found;
  const around = idsOf(surroundingsOf(idsOfFinding(finding), history));
  const reason = unexplainedAround(around, finding.rule, { unexplained, tagValues: context.tagValues });
  if (reason === undefined || found.cause.kind === 'possible') return found;
  const calls = provenCalls(found.cause);
  return calls.length === 0
    ? { ...found, cause: { kind: 'unknown', reason } }
    : { ...found, cause: { kind: 'possible', calls, reason } };
}

/** The resource as the judge needs it. */
export function judgedBy(
  { resourceType, resourceId }: Pick<Finding, 'resourceType' | 'resourceId'>,
  { policy, unsupported }: Investigation,
): JudgedBy {
  return { resourceType, resourceId, ...policy, unsupported };
}

/** The ids that a finding's resource is known by: its own, or of a task its interfaces. */
export function idsOfFinding({
  resourceType,
  resourceId,
  detail,
}: Pick<Finding, 'resourceType' | 'resourceId' | 'detail'>): readonly string[] {
  if (resourceType !== 'AWS::ECS::Task') return [resourceId];
  return (detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId);
}

/** Looks up the ids that a resource is known by, where only its own is at hand: of a task, the interfaces that it has in the account. */
export function idsOfResources({
  history: { account },
}: Investigation): (about: Pick<Finding, 'resourceType' | 'resourceId'>) => readonly string[] {
  const byResource = groupBy(account.networkInterfaces.values(), (each) => resourceOf(each).resourceId);
  return ({ resourceType, resourceId }) =>
    resourceType === 'AWS::ECS::Task'
      ? (byResource.get(resourceId) ?? []).map(({ networkInterfaceId }) => networkInterfaceId)
      : [resourceId];
}

/** The record of an instance's launch; undefined when there is none. */
export function launchOf(instanceId: string, history: History): Evidence | undefined {
  const { key } = cellOf('instance', instanceId);
  const made = (history.callsOn.get(instanceId) ?? []).find((index) =>
    effectsOn(instanceId, index, history).some(({ cell, operation }) => cell.key === key && operation === 'create'),
  );
  return made === undefined ? undefined : history.calls[made]?.evidence;
}

function launcherOf({ actor, through }: Evidence): string {
  return through === undefined ? actor : `${actor} through ${through}`;
}

function inRole(evidence: Evidence, role: EvidenceRole): FindingEvidence {
  return { ...evidence, role };
}

function newestFirst(evidence: readonly FindingEvidence[]): readonly FindingEvidence[] {
  return evidence.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

/** The tags that decide whether and where a source is mirrored, with the values that make a difference. */
function mentionedTags(policy: MirrorPolicy | null): ReadonlyMap<string, readonly string[]> {
  const mentioned = new Map<string, string[]>();
  if (policy === null) return mentioned;
  const ours = [MANAGED_TAG, UNTIL_TAG, POOL_TAG].map((key) => ({
    key,
    value: key === MANAGED_TAG ? 'true' : undefined,
  }));
  const ofRules = policy.rules?.tags.flatMap(({ tagList }) => tagList) ?? [];
  for (const { key, value } of [...ours, ...policy.excludeTags, ...ofRules]) {
    const values = mentioned.get(key) ?? [];
    // Where any value matches, one stands for all.
    if (!values.includes(value ?? '(any)')) values.push(value ?? '(any)');
    mentioned.set(key, values);
  }
  return mentioned;
}

function targetIdsOf(policy: MirrorPolicy | null): readonly string[] {
  if (policy === null) return [];
  const { tags = [], subnets = [], vpcs = [] } = policy.rules ?? {};
  const ofRules = [...tags, ...subnets, ...vpcs].flatMap(({ targetIds }) => targetIds);
  return [...new Set([...policy.targets.map(({ id }) => id), ...ofRules])];
}

function filterIdsOf(policy: MirrorPolicy | null): readonly string[] {
  if (policy === null) return [];
  const { tags = [], subnets = [], vpcs = [] } = policy.rules ?? {};
  return [...new Set([policy.filterId, ...[...tags, ...subnets, ...vpcs].map(({ filterId }) => filterId)])];
}
