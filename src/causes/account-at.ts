/** An account as it was at an earlier time, and its audit. What can't be taken back is `unknown`, never guessed. */

import { type Audited, type AuditPolicy, audit } from '../audit/audit.ts';
import { type AuditResult, type Finding, findingId, type Judgement } from '../audit/finding.ts';
import { type BuiltInRuleId, isBuiltIn } from '../audit/rule-book.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { answersAt } from './as-of.ts';
import { type Investigation, idsOfFinding, idsOfResources, investigate, judgedBy, withCauses } from './attribute.ts';
import type { ChangingSighting } from './history.ts';
import { pastOf } from './pasts.ts';
import { smallAccount } from './small-account.ts';
import type { Surroundings } from './surroundings.ts';

/** The account as it is, all recorded calls, and the time to go back to. */
export interface AsOfInput {
  readonly inventory: Inventory;
  /** Every sighting of the account and region, in any order. */
  readonly sightings: readonly ChangingSighting[];
  /** Calls of that second count as made. */
  readonly at: Date;
}

/** The inventory at the time, as far as it can be taken back. A value that is lost stays as it is now, or is marked as unknown. */
export function inventoryAt(investigation: Investigation, at: Date): Inventory {
  const { history, context, tagKeys } = investigation;
  const after = history.calls.filter((call) => call.at > at.getTime());
  const { start } = pastOf(after, context);
  return smallAccount({ surroundings: everything(investigation), overlay: start, history, tagKeys });
}

/** Every resource of the account, now or by the records. */
function everything({ history: { account, relations, calls } }: Investigation): Surroundings {
  const { inventory } = account;
  const created = (kind: string): readonly string[] =>
    calls.flatMap(({ effects }) => effects.flatMap(({ cell }) => (cell.kind === kind ? [cell.id] : [])));
  return {
    own: new Set(),
    instances: new Set([...account.instances.keys(), ...created('instance')]),
    interfaces: new Set([...account.networkInterfaces.keys(), ...created('interface')]),
    sessions: new Set([...account.sessions.keys(), ...relations.sessions.keys()]),
    targets: new Set([...account.targets.keys(), ...relations.targets.keys()]),
    filters: new Set([...account.filters.keys(), ...created('filter')]),
    groups: new Set(account.securityGroups.keys()),
    subnets: new Set(account.subnets.keys()),
    acls: new Set(account.networkAcls.keys()),
    tables: new Set(account.routeTables.keys()),
    backends: new Set([
      ...(inventory.loadBalancers ?? []).map(({ loadBalancerArn }) => loadBalancerArn),
      ...(inventory.vpcEndpoints ?? []).map(({ vpcEndpointId }) => vpcEndpointId),
    ]),
  };
}

/**
 * The audit of the complete account as it was at `at`, with the causes that records up to then prove. Where a record after it lacks
 * what its call changed and the answer depends on that, the judgement is `unknown` with that reason.
 */
export function auditAsOf({ inventory, sightings, at }: AsOfInput, policy: AuditPolicy): Audited {
  const investigation = investigate({ inventory, sightings, policy });
  const then = inventoryAt(investigation, at);
  const audited = audit({ inventory: then, sightings: [], scope: 'all', now: at }, policy);
  const sure = withoutDoubt(audited, investigation, at);
  const before = sightings.filter(({ eventTime }) => eventTime <= at);
  return { ...audited, ...sure, findings: withCauses(sure.findings, { inventory: then, sightings: before, policy }) };
}

/** The result with `unknown` for every answer that another past, which fits the same records, would change. */
function withoutDoubt({ findings, judgements }: AuditResult, investigation: Investigation, at: Date): AuditResult {
  const sure: Finding[] = [];
  const judged: Judgement[] = [];
  const met = new Set([...findings, ...judgements].map(({ id }) => id));
  const answers = answersOnce(investigation, at);
  for (const finding of findings) {
    // A muted finding is one that needs nothing or is exempted, if it is there at all.
    const expected = finding.status === 'muted' ? 'unknown' : 'fail';
    const doubt = isBuiltIn(finding.rule) ? doubtAbout(finding, finding.rule, expected, answers) : undefined;
    if (doubt === undefined) sure.push(finding);
    else judged.push(unknownOf(finding, doubt));
  }
  for (const judgement of judgements) {
    const { rule, result } = judgement;
    const doubt = isBuiltIn(rule) ? doubtAbout(judgement, rule, result, answers) : undefined;
    judged.push(doubt === undefined ? judgement : unknownOf(judgement, doubt));
  }
  judged.push(...lostInstances(investigation, at).filter(({ id }) => !met.has(id)));
  return { findings: sure, judgements: judged };
}

type AnswersAbout = (about: Finding | Judgement) => ReturnType<typeof answersAt>;

/** Judges each resource once, for all rules about it. */
function answersOnce(investigation: Investigation, at: Date): AnswersAbout {
  const known = new Map<string, ReturnType<typeof answersAt>>();
  const idsOf = idsOfResources(investigation);
  return (about) => {
    const found = known.get(about.resourceId);
    if (found !== undefined) return found;
    const ids = 'detail' in about ? idsOfFinding(about) : idsOf(about);
    const answers = answersAt({ by: judgedBy(about, investigation), ids }, at.getTime(), investigation);
    known.set(about.resourceId, answers);
    return answers;
  };
}

/** Why the answer is not sure; undefined when it is. */
function doubtAbout(
  about: Finding | Judgement,
  rule: BuiltInRuleId,
  result: 'fail' | Judgement['result'],
  answersAbout: AnswersAbout,
): string | undefined {
  const answer = answersAbout(about).get(rule);
  // The audit's own reason for an unknown answer is about a look at an account; here, records lack something.
  if (result === 'unknown') return answer?.reason;
  if (answer === undefined || answer.result === result || result === 'gone') return undefined;
  return answer.reason ?? 'the records do not tell';
}

function unknownOf(about: Finding | Judgement, reason: string): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId } = about;
  return { id, rule, accountId, region, resourceType, resourceId, result: 'unknown', reason };
}

/** Instances that were terminated since, of which no record tells what they were. */
function lostInstances({ history, policy }: Investigation, at: Date): readonly Judgement[] {
  const { accountId, region } = history.account.inventory;
  const lost = history.calls
    .filter((call) => call.at > at.getTime())
    .flatMap(({ effects }) =>
      effects.flatMap(({ cell, after }) => (cell.kind === 'state' && after === 'terminated' ? [cell.id] : [])),
    )
    .filter((id) => !history.account.instances.has(id) && !history.relations.interfacesOf.has(id));
  const rules: readonly BuiltInRuleId[] = [
    ...(policy.tags.requiredTags.length > 0 ? (['instance-untagged'] as const) : []),
    ...(policy.mirror === null ? [] : (['instance-unmirrored'] as const)),
  ];
  return [...new Set(lost)].flatMap((resourceId) =>
    rules.map((rule) => ({
      ...{ id: findingId(rule, accountId, region, resourceId), rule, accountId, region, resourceId },
      resourceType: 'AWS::EC2::Instance' as const,
      result: 'unknown' as const,
      reason: 'it was terminated since, and no record tells what it was',
    })),
  );
}
