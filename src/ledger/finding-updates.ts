/** Splits an observation by finding, and adds up what it changed: the part of recording that every ledger shares. */

import type { Finding, Judgement } from '../audit/finding.ts';
import { groupBy } from '../collections.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { sessionIdOf } from '../remediation/plan.ts';
import { canResolve } from '../remediation/settle-findings.ts';
import { changeBetween, findingsOfOutcome, type History, withFinding, withJudgement } from './fold.ts';
import type { Changes, Observation } from './ledger.ts';
import { currentStateOf } from './timeline.ts';

/** What an observation says about one finding. */
export interface FindingUpdate {
  readonly id: string;
  /** The date of the findings and judgements. Outcomes have the observation's own time. */
  readonly at: Date;
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /** Outcomes for the finding. One whose finding is not in the observation belongs to every finding that its kind of step can resolve. */
  readonly outcomes: readonly Outcome[];
}

/** The observation by finding, in its own order: findings, then judgements, then outcomes. Judgements that are `unknown` are left out. */
export function findingUpdates(observation: Observation): readonly FindingUpdate[] {
  const { at, times } = observation;
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
    findings: findings.get(id) ?? [],
    judgements: judgements.get(id) ?? [],
    outcomes: (outcomes.get(id) ?? []).map(({ outcome }) => outcome),
  }));
}

/** The findings of the observation that an outcome's step can resolve; without one, every finding that it might be for. */
function findingsFor(outcome: Outcome, onResource: ReadonlyMap<string, readonly Finding[]>): readonly string[] {
  const { step } = outcome;
  const near = [step.resourceId, sessionIdOf(step) ?? ''].flatMap((id) => onResource.get(id) ?? []);
  const resolvable = near.filter((finding) => canResolve(finding, step));
  return resolvable.length > 0 ? resolvable.map(({ id }) => id) : findingsOfOutcome(outcome);
}

/** The history after the findings and judgements of an update. */
export function withUpdate(history: History, { at, findings, judgements }: FindingUpdate): History {
  const observed = findings.reduce((before, finding) => withFinding(before, finding, at), history);
  return judgements.reduce((before, judgement) => withJudgement(before, judgement, at), observed);
}

/** A finding that was recorded, with its history before and after. */
export interface RecordedUpdate {
  readonly update: FindingUpdate;
  readonly before: History;
  readonly after: History;
}

/** What recorded updates changed. An update with nothing but outcomes observed nothing, so it changes nothing. */
export function changesOf(recorded: readonly RecordedUpdate[]): Changes {
  const kinds = recorded.flatMap(({ update, before, after }) => {
    const change = changeBetween(currentStateOf(before.timeline), currentStateOf(after.timeline));
    const isObserved = update.findings.length + update.judgements.length > 0;
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
