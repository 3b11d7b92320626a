/** The selector for one source: judges every target of its destination, check by check, and picks one. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { byPreference, type CandidateSet, candidateSetFor, type Merit, mostPreferred } from './candidates.ts';
import type { Destination } from './destinations.ts';
import { eligibilityOf, sensorsOf } from './eligibility.ts';
import { checksOf, type TargetJudgement } from './judge-target.ts';
import { whyNone } from './placement/why-none.ts';
import { countedOf, slotsTaken } from './sessions.ts';
import type { Candidate, Check } from './verdict.ts';

/** The selector's result for one source. `unknown` is true when a target might pass but could not be checked. */
export type Selection =
  | {
      readonly kind: 'selected';
      readonly trafficMirrorTargetId: string;
      readonly trafficMirrorFilterId: string;
      /** Why this one, in words. */
      readonly reason: string;
      readonly candidates: readonly Candidate[];
    }
  | {
      readonly kind: 'none';
      readonly unknown: boolean;
      readonly reason: string;
      readonly candidates: readonly Candidate[];
    };

/** What one run of the selector knows besides the account. */
export interface SelectOptions {
  /** Targets to leave out: those that AWS refused as full during this run. */
  readonly exclude?: ReadonlySet<string> | undefined;
}

/**
 * The targets of an interface's destination with all their checks, best first: eligible ones before others, then the same zone, then
 * lower utilisation, then a stable hash of source and target. The order doesn't depend on the inventory's. `selectTarget` takes the
 * first, unless the source stays where it already has a session. Empty for an interface that is not a source.
 */
export function candidatesFor(
  networkInterface: NetworkInterface,
  account: AccountIndex,
  options: SelectOptions = {},
): readonly Candidate[] {
  const eligibility = eligibilityOf(networkInterface, account);
  if (eligibility.kind !== 'source') return [];
  const self = selfCheck(networkInterface, account);
  const { targets, judge, filter } = candidateSetFor(
    networkInterface,
    eligibility.destination,
    account,
    options.exclude,
  );
  const { check, result, reason } = filter;
  return targets
    .map(judge)
    .toSorted(byPreference(networkInterface.networkInterfaceId))
    .map((judgement) => toCandidate(judgement, self, { check, result, reason }));
}

/**
 * The target for one source, given the existing sessions. It must pass every check; with `onUnknown: 'try'`, a target with unknown
 * checks is taken when no other passes. A source whose session goes to a passing target stays there. An interface whose session
 * slots are taken gets none.
 */
export function selectTarget(
  networkInterface: NetworkInterface,
  account: AccountIndex,
  options: SelectOptions = {},
): Selection {
  const eligibility = eligibilityOf(networkInterface, account);
  if (eligibility.kind !== 'source') {
    return { kind: 'none', unknown: eligibility.kind === 'unknown', reason: eligibility.reason, candidates: [] };
  }
  const choice = choose(networkInterface, eligibility.destination, account, options);
  return { ...choice, candidates: candidatesFor(networkInterface, account, options) };
}

/** `selectTarget` without the list of candidates, for callers that ask about every interface in an account. */
export function choose(
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
  options: SelectOptions = {},
): OmitCandidates<Selection> {
  const { networkInterfaceId } = networkInterface;
  const slots = slotsTaken(networkInterfaceId, account);
  if (slots !== undefined) return { kind: 'none', unknown: false, reason: slots };
  const candidates = candidateSetFor(networkInterface, destination, account, options.exclude);
  const kept = targetToKeep(networkInterface, destination, candidates, account);
  if (kept !== undefined) {
    return selected(kept, destination, `it is already a source of ${kept.target.id}, which passes every check`);
  }
  const best = mostPreferred(networkInterfaceId, candidates);
  if (best?.result === 'pass') return selected(best, destination, whyBest(best));
  if (best?.result === 'unknown' && account.policy.onUnknown === 'try') {
    const why = decidingReason(candidates.judge(best.target));
    return selected(best, destination, `tried although not every check could be made: ${why}`);
  }
  return { kind: 'none', ...whyNone(candidates, account) };
}

function selected({ target }: Merit, { filterId }: Destination, reason: string): OmitCandidates<Selection> {
  return { kind: 'selected', trafficMirrorTargetId: target.id, trafficMirrorFilterId: filterId, reason };
}

type OmitCandidates<T> = T extends unknown ? Omit<T, 'candidates'> : never;

/** An interface is either a target or a source. Sensors are exempt, so this only confirms it. */
function selfCheck({ networkInterfaceId, attachment }: NetworkInterface, account: AccountIndex): Check {
  const sensors = account.once(sensorsOf);
  const own = sensors.get(networkInterfaceId) ?? sensors.get(attachment?.instanceId ?? '');
  return own === undefined
    ? { check: 'self', result: 'allow', reason: 'the source is not a sensor' }
    : { check: 'self', result: 'block', reason: `the source is the sensor behind ${own}` };
}

function toCandidate(judgement: TargetJudgement, self: Check, filter: Check): Candidate {
  const { target, tier, result, alive, route, zone, capacity, securityGroup, networkAcl } = judgement;
  return {
    trafficMirrorTargetId: target.id,
    eligible: result === 'pass',
    tier,
    sources: target.sources.size,
    capacity: target.capacity,
    checks: [alive, self, route, zone, capacity, securityGroup, networkAcl, filter],
  };
}

/**
 * The passing target that already has this source and so needs no further room: the target of its session for this destination, or
 * one where another tool's session counts it. The latter is not kept if it is in another zone and the source's own zone has a
 * passing target.
 */
function targetToKeep(
  source: NetworkInterface,
  destination: Destination,
  candidates: CandidateSet,
  account: AccountIndex,
): TargetJudgement | undefined {
  const { networkInterfaceId } = source;
  if (account.sessionsOn(networkInterfaceId).length === 0) return undefined;
  const own = ownTarget(source, destination, candidates, account);
  if (own !== undefined) return own;
  const { best, targets, judge } = candidates;
  const isNear = best?.result === 'pass' && best.tier === 'same-zone';
  return targets
    .filter(({ sources }) => sources.has(networkInterfaceId))
    .map(judge)
    .find(({ result, tier }) => result === 'pass' && (tier === 'same-zone' || !isNear));
}

/** The passing target of a source's session for this destination. */
export function ownTarget(
  { networkInterfaceId }: NetworkInterface,
  destination: Destination,
  { targets, judge }: CandidateSet,
  account: AccountIndex,
): TargetJudgement | undefined {
  const sessions = account.sessionsOn(networkInterfaceId);
  if (sessions.length === 0) return undefined;
  const counted = new Set(countedOf(sessions, destination, account).map((session) => session.trafficMirrorTargetId));
  return targets
    .filter(({ id }) => counted.has(id))
    .map(judge)
    .find(({ result }) => result === 'pass');
}

/** The reason of the first check that blocks the target, or that could not be made. */
function decidingReason(judgement: TargetJudgement): string {
  return checksOf(judgement).find((check) => check.result === judgement.result)?.reason ?? '';
}

function whyBest({ target, tier }: Merit): string {
  const where = tier === 'same-zone' ? 'in the same zone' : 'in another zone, as no target in its own zone passes';
  const load = target.capacity === null ? `${target.sources.size}` : `${target.sources.size} of ${target.capacity}`;
  return `${target.id} is the least utilised target that passes every check ${where} (${load} sources)`;
}
