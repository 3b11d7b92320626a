/** An account as it was at an earlier time, and its audit. What can't be taken back is `unknown`, never guessed. */

import { type Audited, type AuditPolicy, audit } from '../audit/audit.ts';
import { provenCalls } from '../audit/cause.ts';
import type { AuditResult, Finding, Judgement } from '../audit/finding.ts';
import { type BuiltInRuleId, isBuiltIn } from '../audit/rule-book.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { answersAt } from './as-of.ts';
import { type Investigation, idsOfFinding, idsOfResources, investigate, judgedBy, withCauses } from './attribute.ts';
import { rulesOn } from './judge-resource.ts';
import { lostResources, unknownIn } from './lost/lost-resources.ts';
import { type OlderAccount, windowOf } from './older/older-account.ts';
import type { ChangingSighting } from './order/distinct-calls.ts';
import { pastOf } from './pasts.ts';
import { smallAccount } from './small-account.ts';
import type { Surroundings } from './surroundings.ts';

/** The account as it is, all recorded calls, and the time to go back to. */
export interface AsOfInput {
  readonly inventory: Inventory;
  /** Every sighting of the account and region, in any order. */
  readonly sightings: readonly ChangingSighting[];
  /** The account as it was read at other times. Every call since then has to be in `sightings`. */
  readonly older?: readonly OlderAccount[] | undefined;
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
export function auditAsOf({ inventory, sightings, older = [], at }: AsOfInput, policy: AuditPolicy): Audited {
  const investigation = investigate({ inventory, sightings, policy, older });
  // What was counted before the account was read says nothing of earlier times.
  const then = { ...inventoryAt(investigation, at), metrics: undefined, unreadForHealth: undefined };
  const audited = audit({ inventory: then, sightings: [], scope: 'all', now: at }, policy);
  const sure = withoutDoubt(audited, { investigation, then, at });
  const before = sightings.filter(({ eventTime }) => eventTime <= at);
  // What was changed without a record is found out from the account as it is, which is known better.
  const unexplained = investigation.history.unexplained;
  const earlier = older.filter((one) => windowOf(one).to <= at.getTime());
  const found = withCauses(sure.findings, { inventory: then, sightings: before, policy, older: earlier, unexplained });
  return {
    ...audited,
    findings: found.map((finding) => withoutGuess(finding, sure.lacking.get(finding.id))),
    judgements: sure.judgements,
  };
}

/** A cause that was found in an account of which a record lacks a part is not proven. */
function withoutGuess(finding: Finding, lacking: string | undefined): Finding {
  const calls = provenCalls(finding.cause);
  if (lacking === undefined || calls.length === 0) return finding;
  const evidence = finding.evidence.map((one) => (one.role === 'cause' ? { ...one, role: 'context' as const } : one));
  return { ...finding, evidence, cause: { kind: 'possible', calls, reason: lacking } };
}

/** An account taken back to a time. */
interface WayBack {
  readonly investigation: Investigation;
  readonly then: Inventory;
  readonly at: Date;
}

interface SureResult extends AuditResult {
  /** By finding id, which record lacks something that may have to do with its cause. */
  readonly lacking: ReadonlyMap<string, string>;
}

/** The result with `unknown` for every answer that another past, which fits the same records, would change. */
function withoutDoubt({ findings, judgements }: AuditResult, back: WayBack): SureResult {
  const { investigation, at } = back;
  const sure: Finding[] = [];
  const judged: Judgement[] = [];
  const lacking = new Map<string, string>();
  const met = new Set([...findings, ...judgements].map(({ id }) => id));
  const lost = lostResources(investigation, at);
  const lostById = new Map(lost.map((judgement) => [judgement.id, judgement]));
  const answers = answersOnce(investigation, at);
  for (const finding of findings) {
    // A muted finding is one that needs nothing or is exempted, if it is there at all.
    const expected = finding.status === 'muted' ? 'unknown' : 'fail';
    const doubt = isBuiltIn(finding.rule) ? doubtAbout(finding, finding.rule, expected, answers) : undefined;
    if (doubt === undefined) {
      sure.push(finding);
      const lacks = isBuiltIn(finding.rule) ? answers(finding).get(finding.rule)?.lacking : undefined;
      if (lacks !== undefined) lacking.set(finding.id, lacks);
    } else judged.push(unknownOf(finding, doubt));
  }
  for (const judgement of judgements) {
    const { rule, result } = judgement;
    const doubt = isBuiltIn(rule) ? doubtAbout(judgement, rule, result, answers) : undefined;
    const known = doubt === undefined ? judgement : unknownOf(judgement, doubt);
    judged.push(known.result === 'unknown' ? (lostById.get(judgement.id) ?? known) : known);
  }
  judged.push(...lost.filter(({ id }) => !met.has(id)));
  judged.push(...doubtfulSessions(back, answers).filter(({ id }) => !met.has(id)));
  return { findings: sure, judgements: judged, lacking };
}

type AnswersAbout = (about: Finding | Pick<Judgement, 'resourceType' | 'resourceId'>) => ReturnType<typeof answersAt>;

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
  return answer.reason ?? UNTOLD;
}

function unknownOf(about: Finding | Judgement, reason: string): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId } = about;
  return { id, rule, accountId, region, resourceType, resourceId, result: 'unknown', reason };
}

/** Sessions with no finding, of which the records do not tell whether there should be one: sessions that pass have no judgement. */
function doubtfulSessions({ investigation, then, at }: WayBack, answersAbout: AnswersAbout): readonly Judgement[] {
  const { history, policy } = investigation;
  const isLossy = history.calls.some(
    (call) => call.at > at.getTime() && (call.lacks !== undefined || call.unplaced.length > 0),
  );
  if (policy.mirror === null || !isLossy) return [];
  const unknown = unknownIn(history);
  return (then.trafficMirrorSessions ?? []).flatMap(({ trafficMirrorSessionId: resourceId }) => {
    const answers = answersAbout({ resourceType: SESSION, resourceId });
    return rulesOn('session', SESSION).flatMap((rule) => {
      const answer = answers.get(rule);
      return answer?.result === 'unknown' ? [unknown(rule, SESSION, resourceId, answer.reason ?? UNTOLD)] : [];
    });
  });
}

const SESSION = 'AWS::EC2::TrafficMirrorSession';
const UNTOLD = 'the records do not tell';
