/** From the verdicts on an account to a plan: what to create, change and delete, and where it goes. */

import { scopeKey } from '../inventory/inventory.ts';
import type { TrafficMirrorSession } from '../inventory/mirror.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import { assign, type Placement } from '../mirror/assign.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { eligibilityOf, resourceOf } from '../mirror/eligibility.ts';
import { CONFIG_TAG, MANAGED_TAG } from '../mirror/policy.ts';
import { type RebalanceOptions, rebalance } from '../mirror/rebalance.ts';
import { freeSessionNumber } from '../mirror/session-number.ts';
import { isManaged, kindOf } from '../mirror/sessions.ts';
import { type Survey, surveyOf } from '../mirror/survey.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { PlanStep, RemediationPlan, TargetLoad, Unplaced } from './plan.ts';

/** What the plan is to cover. */
export interface PlanOptions {
  /** Only these source interfaces; absent means every one. */
  readonly networkInterfaceIds?: ReadonlySet<string>;
  /** Also moves healthy sessions of ours from crowded targets to idle ones. @default no moves */
  readonly rebalance?: RebalanceOptions;
}

/**
 * What would be done for one account and region: sessions of ours that carry nothing are re-targeted (by Modify: copies keep
 * flowing), sources without one get one, all placed together as one batch; with the policy's `cleanup`, our orphans and
 * duplicates are deleted first. Sessions of others are never touched. The same for any order of the inventory's lists, and
 * empty once it has been done.
 *
 * Every source that needs a session and gets none is in `unplaced` with the reason, also when something could not be read;
 * interface `*` stands for all of them when the interfaces themselves could not be.
 */
export function planRemediation(survey: Survey, options: PlanOptions = {}): RemediationPlan {
  const inScope = ({ networkInterfaceId }: { readonly networkInterfaceId: string }): boolean =>
    options.networkInterfaceIds?.has(networkInterfaceId) ?? true;
  const { networkInterfaces } = survey.inventory;

  const deletions = deletionsOf(survey).filter(inScope);
  // All that follows is decided as if the deletions were done: they are the first steps, and what they free can be used.
  const cleaned = surveyAfter(survey, deletions);
  const needs = (networkInterfaces ?? [])
    .filter(inScope)
    .toSorted(byInterface)
    .flatMap((each) => needOf(each, verdictOf(each, cleaned), cleaned));

  const wanting = needs.filter((need): need is Wanting => 'verdict' in need);
  const assignment = assign(
    cleaned,
    wanting.map(({ networkInterface }) => networkInterface),
  );
  const placements = new Map(assignment.placed.map((placement) => [placement.networkInterfaceId, placement]));
  const reasons = new Map(assignment.unplaced.map(({ networkInterfaceId, reason }) => [networkInterfaceId, reason]));
  const answers = wanting.map((need) => {
    const placement = placements.get(need.networkInterface.networkInterfaceId);
    if (placement !== undefined) return stepFor(need, placement, cleaned);
    const reason = reasons.get(need.networkInterface.networkInterfaceId) ?? need.verdict.reason;
    return unplacedFor(need.networkInterface, reason, cleaned);
  });
  const changes = answers.filter((answer): answer is PlanStep => 'kind' in answer);
  const planned = surveyAfter(cleaned, changes);
  const moves = options.rebalance === undefined ? [] : movesOf(planned, options.rebalance).filter(inScope);
  const unread = networkInterfaces === undefined ? [allUnplaced(survey)] : [];
  return {
    steps: [
      ...deletions,
      ...changes.filter(({ kind }) => kind === 'modify-session'),
      ...changes.filter(({ kind }) => kind === 'create-session'),
      ...moves,
    ],
    unplaced: [
      ...unread,
      ...[
        ...needs.filter((need): need is Unplaced => !('verdict' in need)),
        ...answers.filter((answer): answer is Unplaced => !('kind' in answer)),
      ].toSorted(byInterface),
    ],
    load: loadOf(
      surveyAfter(planned, moves),
      assignment.load.map(({ trafficMirrorTargetId, capacity }) => ({ trafficMirrorTargetId, capacity })),
    ),
  };
}

/** Plans of several accounts and regions as one, in the order given. */
export function joinPlans(plans: readonly RemediationPlan[]): RemediationPlan {
  return {
    steps: plans.flatMap(({ steps }) => steps),
    unplaced: plans.flatMap(({ unplaced }) => unplaced),
    load: plans.flatMap(({ load }) => load),
  };
}

/** A source that needs a session: a new one, or `session` of ours changed. */
interface Wanting {
  readonly networkInterface: NetworkInterface;
  readonly verdict: Exclude<Verdict, { readonly kind: 'mirrored' | 'exempt' }>;
  readonly session?: TrafficMirrorSession;
}

function byInterface(a: { readonly networkInterfaceId: string }, b: { readonly networkInterfaceId: string }): number {
  return a.networkInterfaceId < b.networkInterfaceId ? -1 : Number(a.networkInterfaceId > b.networkInterfaceId);
}

function needOf(networkInterface: NetworkInterface, verdict: Verdict, survey: Survey): readonly (Wanting | Unplaced)[] {
  switch (verdict.kind) {
    case 'mirrored':
    case 'exempt':
    // Which of two sessions of ours goes is the clean-up's to say; the one that stays carries the traffic.
    case 'duplicate':
      return [];
    case 'unknown':
      return [unplacedFor(networkInterface, verdict.reason, survey)];
    case 'missing':
    case 'ineffective':
    case 'rogue': {
      const session = sessionToChange(networkInterface, verdict, survey);
      return [{ networkInterface, verdict, ...(session !== undefined && { session }) }];
    }
  }
}

/**
 * The session of ours that does not do what it should: the one the verdict names, else one that drifted from the configuration or
 * was turned elsewhere. A session of someone else's that carries nothing is theirs to mend; ours goes beside it.
 */
function sessionToChange(
  networkInterface: NetworkInterface,
  verdict: Wanting['verdict'],
  survey: Survey,
): TrafficMirrorSession | undefined {
  const eligibility = eligibilityOf(networkInterface, survey);
  const destination = eligibility.kind === 'source' ? eligibility.destination : undefined;
  const named = 'trafficMirrorSessionId' in verdict ? verdict.trafficMirrorSessionId : undefined;
  const ours = survey.sessionsOn(networkInterface.networkInterfaceId).filter(isManaged);
  return (
    ours.find(({ trafficMirrorSessionId }) => trafficMirrorSessionId === named) ??
    ours.find((session) => ['drifted', 'rogue'].includes(kindOf(session, destination, survey)))
  );
}

function stepFor(need: Wanting, placement: Placement, survey: Survey): PlanStep | Unplaced {
  const { networkInterface, verdict, session } = need;
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, tier, alternatives } = placement;
  const { accountId, region } = survey.inventory;
  const { resourceId } = resourceOf(networkInterface, survey);
  const common = {
    ...{ accountId, region, networkInterfaceId, resourceId },
    ...{ trafficMirrorTargetId, trafficMirrorFilterId, alternatives },
  };
  const where = `${trafficMirrorTargetId} is in ${tier === 'same-zone' ? 'its own' : 'another'} zone`;
  if (session !== undefined) {
    const { trafficMirrorSessionId, sessionNumber } = session;
    const sameTarget = session.trafficMirrorTargetId === trafficMirrorTargetId;
    // What is as it should be and still carries nothing (an empty filter) is not mended by asking for it again.
    if (sameTarget && session.trafficMirrorFilterId === trafficMirrorFilterId) {
      return unplacedFor(networkInterface, verdict.reason, survey);
    }
    const reason = `${verdict.reason}; ${sameTarget ? `filter ${trafficMirrorFilterId} is to be its filter` : where}`;
    return { kind: 'modify-session', ...common, sessionNumber, trafficMirrorSessionId, reason };
  }
  const number = freeSessionNumber(networkInterfaceId, survey);
  if (number.kind !== 'free') return unplacedFor(networkInterface, number.reason, survey);
  const { sessionNumber } = number;
  const inVain = inVainBeside(verdict, sessionNumber, survey);
  if (inVain !== undefined) return unplacedFor(networkInterface, inVain, survey);
  const tags = [
    { key: MANAGED_TAG, value: 'true' },
    { key: CONFIG_TAG, value: survey.policy.configHash },
    { key: 'Name', value: resourceId },
  ];
  const why = verdict.kind === 'missing' ? 'no session carries its traffic' : verdict.reason;
  return { kind: 'create-session', ...common, sessionNumber, tags, reason: `${why}; ${where}` };
}

/**
 * Why a session of ours would get no packets beside another's that is dead, undefined when it would: a packet goes to the first
 * session whose filter takes it, by number, and the other's has the very filter that ours would have.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html
 */
function inVainBeside(verdict: Wanting['verdict'], sessionNumber: number, survey: Survey): string | undefined {
  if (verdict.kind !== 'ineffective') return undefined;
  const other = survey.trafficMirrorSession(verdict.trafficMirrorSessionId);
  if (typeof other !== 'object') return undefined;
  if (verdict.code.startsWith('FILTER_')) return verdict.reason;
  if (sessionNumber < other.sessionNumber) return undefined;
  return `${verdict.reason}; it is not ours to change, and number ${other.sessionNumber} gets the packets before ours would`;
}

function unplacedFor(networkInterface: NetworkInterface, reason: string, survey: Survey): Unplaced {
  const { resourceId } = resourceOf(networkInterface, survey);
  return { networkInterfaceId: networkInterface.networkInterfaceId, resourceId, reason };
}

function allUnplaced({ inventory }: Survey): Unplaced {
  const why = inventory.unread?.networkInterfaces ?? 'they are not in what was read';
  const reason = `the network interfaces of ${scopeKey(inventory)} are not known: ${why}`;
  return { networkInterfaceId: '*', resourceId: '*', reason };
}

/** Our orphans and duplicates, where the policy lets them go. */
function deletionsOf(survey: Survey): readonly PlanStep[] {
  if (!survey.policy.cleanup) return [];
  const { incomplete = {} } = survey.inventory;
  // A source that is missing from a list that lost some of its items may well be there.
  const sure = incomplete.networkInterfaces === undefined && incomplete.instances === undefined;
  const unwanted = sessionFindings(survey).filter(
    ({ managed, kind }) => managed && (kind === 'duplicate' || (kind === 'orphan' && sure)),
  );
  const distinct = new Map(unwanted.map((finding) => [finding.trafficMirrorSessionId, finding]));
  return [...distinct.values()].flatMap((finding) => {
    const session = survey.trafficMirrorSession(finding.trafficMirrorSessionId);
    return typeof session === 'object' ? [deletionOf(session, finding, survey)] : [];
  });
}

function deletionOf(session: TrafficMirrorSession, { kind, reason }: SessionFinding, survey: Survey): PlanStep {
  const { networkInterfaceId, trafficMirrorTargetId, trafficMirrorFilterId, sessionNumber } = session;
  const source = survey.networkInterface(networkInterfaceId);
  const name = session.tags.find(({ key }) => key === 'Name')?.value;
  return {
    kind: 'delete-session',
    accountId: survey.inventory.accountId,
    region: survey.inventory.region,
    networkInterfaceId,
    resourceId: typeof source === 'object' ? resourceOf(source, survey).resourceId : (name ?? networkInterfaceId),
    trafficMirrorTargetId,
    trafficMirrorFilterId,
    sessionNumber,
    trafficMirrorSessionId: session.trafficMirrorSessionId,
    reason: `${kind}: ${reason}`,
  };
}

function movesOf(survey: Survey, options: RebalanceOptions): readonly PlanStep[] {
  const { accountId, region } = survey.inventory;
  return rebalance(survey, options).flatMap(({ trafficMirrorSessionId, networkInterfaceId, to, reason }) => {
    const session = survey.trafficMirrorSession(trafficMirrorSessionId);
    const source = survey.networkInterface(networkInterfaceId);
    if (typeof session !== 'object' || typeof source !== 'object') return [];
    const { trafficMirrorFilterId, sessionNumber } = session;
    const { resourceId } = resourceOf(source, survey);
    const step = { kind: 'modify-session', accountId, region, networkInterfaceId, resourceId } as const;
    const what = { trafficMirrorSessionId, trafficMirrorTargetId: to, trafficMirrorFilterId, sessionNumber };
    return [{ ...step, ...what, reason }];
  });
}

/** The survey as it would be once the steps are done. */
function surveyAfter(survey: Survey, steps: readonly PlanStep[]): Survey {
  const byId = new Map(steps.map((step) => [step.trafficMirrorSessionId, step]));
  const created = steps
    .filter(({ kind }) => kind === 'create-session')
    // Without tags: what is not there yet is not offered for a move.
    .map(
      (step): TrafficMirrorSession => ({ ...step, trafficMirrorSessionId: `new ${step.networkInterfaceId}`, tags: [] }),
    );
  const changed = (session: TrafficMirrorSession): readonly TrafficMirrorSession[] => {
    const step = byId.get(session.trafficMirrorSessionId);
    if (step === undefined) return [session];
    const { trafficMirrorTargetId, trafficMirrorFilterId } = step;
    return step.kind === 'delete-session' ? [] : [{ ...session, trafficMirrorTargetId, trafficMirrorFilterId }];
  };
  return withSessions(survey, (sessions) => [...sessions.flatMap(changed), ...created], steps.length);
}

/** The survey with other sessions; itself when nothing changes. */
function withSessions(
  survey: Survey,
  change: (sessions: readonly TrafficMirrorSession[]) => readonly TrafficMirrorSession[],
  changes: number,
): Survey {
  const { inventory, policy, unsupported } = survey;
  if (changes === 0 || inventory.trafficMirrorSessions === undefined) return survey;
  const trafficMirrorSessions = change(inventory.trafficMirrorSessions);
  return surveyOf({ ...inventory, trafficMirrorSessions }, policy, { unsupported });
}

function loadOf(survey: Survey, targets: readonly Omit<TargetLoad, 'sources'>[]): readonly TargetLoad[] {
  return targets.map(({ trafficMirrorTargetId, capacity }) => ({
    trafficMirrorTargetId,
    sources: survey.sourcesOf(trafficMirrorTargetId).size,
    capacity,
  }));
}
