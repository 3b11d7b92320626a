/** Splits an observation by finding, and adds up what it changed: the part of recording that every ledger shares. */

import type { Finding, Judgement } from '../audit/finding.ts';
import { SETTLE_MS } from '../audit/subjects.ts';
import { groupBy } from '../collections.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { sessionIdOf } from '../remediation/plan.ts';
import { canResolve } from '../remediation/settle-findings.ts';
import { boundedFinding, boundedJudgement, boundedOutcome } from './bounds/bounded.ts';
import { changeBetween, findingsOfOutcome, type History, withFinding, withJudgement } from './fold.ts';
import type { Changes, Observation } from './ledger.ts';
import { type Covering, covers } from './looks/covering.ts';
import { contentSeenAt, withImplied, withLastLook } from './looks/implied.ts';
import { saysNothingNew } from './looks/nothing-new.ts';
import { currentStateOf, type Fact, stateAt } from './timeline.ts';

/** What an observation says about one finding. */
export interface FindingUpdate {
  readonly id: string;
  /** The date of the findings and judgements. Outcomes have the observation's own time. */
  readonly at: Date;
  /** What it is about. Absent if there are only outcomes. */
  readonly about?: Pick<Finding, 'rule' | 'accountId' | 'region'> | undefined;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /** True if the judgements rest on a look at the account (`Observation.looked`). */
  readonly isLooked?: boolean | undefined;
  /** Outcomes for the finding. One whose finding is not in the observation belongs to every finding that its kind of step can resolve. */
  readonly outcomes: readonly Outcome[];
}

/**
 * The observation by finding, in its own order: findings, then judgements, then outcomes, each as it is kept (`bounded.ts`). Judgements
 * that are `unknown` are left out.
 */
export function findingUpdates(observation: Observation): readonly FindingUpdate[] {
  const { at, times, looked } = observation;
  const findings = groupBy(observation.findings, ({ id }) => id);
  const onResource = groupBy(observation.findings, ({ resourceId }) => resourceId);
  const known = observation.judgements.filter(({ result }) => result !== 'unknown');
  const judgements = groupBy(known, ({ id }) => id);
  const outcomes = groupBy(
    observation.outcomes.flatMap((outcome) => findingsFor(outcome, onResource).map((id) => ({ id, outcome }))),
    ({ id }) => id,
  );
  const ids = new Set([...findings.keys(), ...judgements.keys(), ...outcomes.keys()]);
  return [...ids].map((id) => ({
    id,
    at: times?.get(id) ?? at,
    about: findings.get(id)?.[0] ?? judgements.get(id)?.[0],
    findings: (findings.get(id) ?? []).map(boundedFinding),
    judgements: (judgements.get(id) ?? []).map(boundedJudgement),
    isLooked: looked?.has(id) ?? false,
    outcomes: (outcomes.get(id) ?? []).map(({ outcome }) => boundedOutcome(outcome)),
  }));
}

/** The findings of the observation that an outcome's step can resolve; without one, every finding that it might be for. */
function findingsFor(outcome: Outcome, onResource: ReadonlyMap<string, readonly Finding[]>): readonly string[] {
  const { step } = outcome;
  const near = [step.resourceId, sessionIdOf(step) ?? ''].flatMap((id) => onResource.get(id) ?? []);
  const resolvable = near.filter((finding) => canResolve(finding, step));
  return resolvable.length > 0 ? resolvable.map(({ id }) => id) : findingsOfOutcome(outcome);
}

/** What complete looks say about an update. */
export interface LooksAround {
  /** Complete looks that are in the ledger, in the order of their times. */
  readonly later: readonly Covering[];
  /** The newest complete look that is recorded completely. */
  readonly last?: Covering | undefined;
  /** The complete look that the observation itself is. */
  readonly own?: Covering | undefined;
}

const NO_LOOKS: LooksAround = { later: [] };

/** The history after the findings and judgements of an update. The same object if they say nothing new. */
export function withUpdate(history: History, update: FindingUpdate, looks: LooksAround = NO_LOOKS): History {
  const { at, findings, judgements, isLooked } = update;
  const { own } = looks;
  const isOwn = own !== undefined && own.at === at.getTime();
  let after = isOwn && isLooked === true ? withoutImplied(history, own.at) : history;
  for (const finding of findings)
    if (!(isOwn && covers(own, finding) && saysNothingNew(after, finding, at)))
      after = withFinding(implied(after, update, finding.status, looks), finding, at);
  for (const judgement of judgements) {
    const state = stateAt(after.timeline, at.getTime())?.state ?? 'resolved';
    if (isLooked !== true || state !== 'resolved')
      after = withJudgement(implied(after, update, 'resolved', looks), judgement, at);
  }
  const isWritten = after !== history || (own !== undefined && after.latest && !covers(own, after.latest.content));
  return isWritten ? withLastSeen(after, looks) : after;
}

/**
 * The history, seen last when the newest complete look still found it. That is not stored as long as it follows from the newest look: it no
 * longer does when the finding is resolved, or a look does not judge it.
 */
function withLastSeen(history: History, { last }: LooksAround): History {
  const { timeline, latest, lastSeen } = history;
  if (last === undefined || latest === undefined || !covers(last, latest.content)) return history;
  if ((stateAt(timeline, last.at)?.state ?? 'resolved') === 'resolved') return history;
  const seen = new Date(last.at).toISOString();
  return lastSeen !== undefined && lastSeen >= seen ? history : { ...history, lastSeen: seen };
}

/** The history without what this look was taken to imply before all that it says was recorded. */
function withoutImplied(history: History, lookAt: number): History {
  const { facts } = history.timeline;
  const kept = facts.filter(({ at, isImplied }) => at !== lookAt || isImplied !== true);
  return kept.length === facts.length ? history : { ...history, timeline: { ...history.timeline, facts: kept } };
}

/** The history with what the looks after a fact of this state say. */
function implied(
  history: History,
  { id, about, at, findings }: FindingUpdate,
  state: Fact['state'],
  { later: looks, last }: LooksAround,
): History {
  const time = at.getTime();
  if (about === undefined) return history;
  const asked = { id, rule: about.rule };
  const before = withLastLook(history.timeline, { at: time, state }, asked, last);
  if (looks.every((look) => look.at < time))
    return before === history.timeline ? history : { ...history, timeline: before };
  const firstSeen = [history.firstSeen, ...findings.map((one) => one.firstSeen)].flatMap((one) => one ?? []);
  const shownFrom = Math.min(time, ...firstSeen.map((one) => Date.parse(one))) + SETTLE_MS;
  return {
    ...history,
    timeline: withImplied(before, { at: time, state }, asked, { looks, shownFrom }),
    latest: history.latest && { ...history.latest, at: contentSeenAt(history, asked, looks) ?? history.latest.at },
  };
}

/** A finding that was recorded, with its history before and after. */
export interface RecordedUpdate {
  readonly update: FindingUpdate;
  readonly before: History;
  readonly after: History;
}

/** What recorded updates changed. An update with nothing but outcomes, or with nothing new, changes nothing. */
export function changesOf(recorded: readonly RecordedUpdate[]): Changes {
  const kinds = recorded.flatMap(({ update, before, after }) => {
    const change = changeBetween(currentStateOf(before.timeline), currentStateOf(after.timeline));
    const isObserved = update.findings.length + update.judgements.length > 0 && after !== before;
    return change !== null && isObserved ? [{ id: update.id, change }] : [];
  });
  const of = (kind: keyof Changes): readonly string[] =>
    kinds.filter(({ change }) => change === kind).map(({ id }) => id);
  return {
    opened: of('opened'),
    reopened: of('reopened'),
    resolved: of('resolved'),
    unchanged: of('unchanged'),
  };
}
