/** Findings about calls: made of recorded calls alone, one for each resource, with the newest calls as evidence and a count. */

import { byText, groupBy } from '../../collections.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { Evidence, Sighting } from '../../sighting/sighting.ts';
import type { CauseCall } from '../cause.ts';
import { type Exemption, exempt } from '../exemptions.ts';
import {
  type AuditResult,
  type Finding,
  type FindingContext,
  findingId,
  type Judgement,
  makeFinding,
  type RuleId,
  withRoles,
} from '../finding.ts';
import type { FindingDetail, ResourceType } from '../rule-answer.ts';
import { recordInWords } from '../seen/seen-because.ts';

/** A call, as far as a rule on calls has to know it: it is what the rule is about, or it ends the rule's findings. */
export interface JudgedCall extends Scope {
  readonly eventTime: Date;
  readonly evidence: Evidence;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly ends: boolean;
}

/** What a rule says of the calls on one resource, the newest last. */
export interface CallRuleWords {
  readonly rule: RuleId;
  /** A sentence. */
  readonly reasonOf: (calls: readonly JudgedCall[]) => string;
  readonly detailOf?: ((calls: readonly JudgedCall[]) => FindingDetail) | undefined;
  readonly fixOf: (calls: readonly JudgedCall[]) => string;
}

/** What a rule on calls takes from the configuration and the run. */
export interface CallContext extends FindingContext {
  readonly exemptions: readonly Exemption[];
}

/** A call that a rule may be about, whose record does not say enough to judge it. */
export interface UndecidedCall {
  readonly sighting: Sighting;
  /** Completes "CloudTrail omitted what the call was about, and …". */
  readonly why: string;
}

/** How many calls a finding quotes. They are all counted. */
const MOST_EVIDENCE = 10;

/**
 * One finding for each resource that a rule's calls are about. It is open unless a later call ends it, and counts the calls since the last
 * that did: `detail.eventCount`. Where only calls that end a finding were seen, the answer is that it has ended, if there was one.
 */
export function judgeCalls(calls: readonly JudgedCall[], words: CallRuleWords, context: CallContext): AuditResult {
  const groups = groupBy(calls, ({ accountId, region, resourceId }) => `${accountId} ${region} ${resourceId}`);
  const findings: Finding[] = [];
  const judgements: Judgement[] = [];
  for (const group of groups.values()) {
    const ordered = group.toSorted(inTime);
    const end = ordered.findLast(({ ends }) => ends);
    const since = ordered.filter(({ ends, eventTime }) => !ends && (end === undefined || eventTime >= end.eventTime));
    const before = ordered.filter(({ ends }) => !ends);
    if (since.length > 0) findings.push(findingOf(since, words, context));
    else if (before.length > 0 && end !== undefined) findings.push(endedFinding(before, end, words, context));
    else if (end !== undefined) judgements.push(endedJudgement(end, words));
  }
  return { findings, judgements };
}

const byEventId = byText(({ evidence }: JudgedCall) => evidence.eventID);

function inTime(a: JudgedCall, b: JudgedCall): number {
  return a.eventTime.getTime() - b.eventTime.getTime() || byEventId(a, b);
}

function findingOf(calls: readonly JudgedCall[], words: CallRuleWords, context: CallContext): Finding {
  const newest = calls.at(-1);
  const [first] = calls;
  if (first === undefined || newest === undefined) throw new Error('a finding about calls needs a call');
  const { accountId, region, resourceType, resourceId } = newest;
  const finding = makeFinding(
    {
      ...{ rule: words.rule, accountId, region, resourceType, resourceId },
      reason: words.reasonOf(calls),
      cause: { kind: 'call', calls: [causeCall(newest.evidence)] },
      seenBecause: recordInWords(newest.evidence),
      detail: { ...words.detailOf?.(calls), eventCount: calls.length },
      firstSeen: first.eventTime.toISOString(),
      lastSeen: newest.eventTime.toISOString(),
      evidence: calls.slice(-MOST_EVIDENCE).map(({ evidence }) => ({
        ...evidence,
        role: evidence === newest.evidence ? 'cause' : 'context',
      })),
      fix: words.fixOf(calls),
    },
    context,
  );
  return exempt(finding, { tags: [] }, context.exemptions, context.now);
}

/** A finding that is over already: people should know all the same. */
function endedFinding(
  calls: readonly JudgedCall[],
  end: JudgedCall,
  words: CallRuleWords,
  context: CallContext,
): Finding {
  const finding = findingOf(calls, words, context);
  const evidence = [...finding.evidence, { ...end.evidence, role: 'resolution' as const }];
  const status = finding.status === 'muted' ? 'muted' : 'resolved';
  return { ...finding, status, lastSeen: end.eventTime.toISOString(), evidence: withRoles(evidence), fix: '' };
}

/** The answer that a call ended a finding of the rule, if there was one. */
export function endedJudgement(
  { accountId, region, resourceType, resourceId, evidence }: JudgedCall,
  { rule }: Pick<CallRuleWords, 'rule'>,
): Judgement {
  return {
    id: findingId(rule, accountId, region, resourceId),
    ...{ rule, accountId, region, resourceType, resourceId, result: 'pass' },
    reason: `${evidence.eventName} ended it`,
    seenAt: evidence.eventTime,
    evidence: withRoles([{ ...evidence, role: 'resolution' }]),
  };
}

function causeCall({ actor, eventName, eventTime, eventID }: Evidence): CauseCall {
  return { actor, eventName, eventTime, eventID };
}
