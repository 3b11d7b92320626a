/** The shared mirroring selector for one source: every target of its destination judged check by check, and the one that serves. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from './account-index.ts';
import { byPreference, candidateSetFor } from './candidates.ts';
import { type Destination, eligibilityOf, sensorsOf } from './eligibility.ts';
import type { TargetJudgement } from './judge-target.ts';
import { countedOf, slotsTaken } from './sessions.ts';
import type { Candidate, Check } from './verdict.ts';

/** The answer for one source. `unknown` is true when a target might serve but could not be checked. */
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

export interface SelectOptions {
  /** Targets to leave out: those that AWS answered to be full, in this run. */
  readonly exclude?: ReadonlySet<string> | undefined;
}

/**
 * The targets of an interface's destination with all their checks, best first: the eligible before the others, the same zone before
 * other zones, the less utilised first, ties by a stable hash of source and target; so that the first is the one `selectTarget`
 * takes (unless the source stays where a session of it goes), whatever order the inventory came in. Empty for an interface that is
 * no source.
 */
export function candidatesFor(
  networkInterface: NetworkInterface,
  account: AccountIndex,
  options: SelectOptions = {},
): readonly Candidate[] {
  const eligibility = eligibilityOf(networkInterface, account);
  if (eligibility.kind !== 'source') return [];
  const self = selfCheck(networkInterface, account);
  const offer = candidateSetFor(networkInterface, eligibility.destination, account, options.exclude);
  return offer.options
    .toSorted(byPreference(networkInterface.networkInterfaceId))
    .map((option) => toCandidate(option, self));
}

/**
 * The target for one source, given the sessions that exist. Only one that passes every check is taken; with `onUnknown: 'try'` also
 * one with unknown checks, where no other passes. A source whose session goes to a target that passes stays there. An interface that
 * AWS allows no further session gets none.
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

/** `selectTarget` without the candidates, for those who ask of every interface in an account. */
export function choose(
  networkInterface: NetworkInterface,
  destination: Destination,
  account: AccountIndex,
  options: SelectOptions = {},
): OmitCandidates<Selection> {
  const slots = slotsTaken(networkInterface.networkInterfaceId, account);
  if (slots !== undefined) return { kind: 'none', unknown: false, reason: slots };
  const offer = candidateSetFor(networkInterface, destination, account, options.exclude);
  const staying = stayingAt(networkInterface, destination, offer.options, account);
  if (staying !== undefined)
    return selection(staying, destination, `${staying.target.id} has it as a source already and passes every check`);
  const [best] =
    offer.best.length > 1 ? offer.best.toSorted(byPreference(networkInterface.networkInterfaceId)) : offer.best;
  const isTried = best?.result === 'unknown' && account.policy.onUnknown === 'try';
  if (best === undefined || (best.result !== 'pass' && !isTried)) {
    return { kind: 'none', ...whyNone(offer.options) };
  }
  return selection(best, destination, isTried ? `tried without knowing: ${decidingReason(best)}` : whyBest(best));
}

function selection({ target }: TargetJudgement, { filterId }: Destination, reason: string): OmitCandidates<Selection> {
  return { kind: 'selected', trafficMirrorTargetId: target.id, trafficMirrorFilterId: filterId, reason };
}

type OmitCandidates<T> = T extends unknown ? Omit<T, 'candidates'> : never;

/** An interface is target or source, never both; sensors are exempt, so that this only confirms it. */
function selfCheck({ networkInterfaceId, attachment }: NetworkInterface, account: AccountIndex): Check {
  const sensors = account.once(sensorsOf);
  const own = sensors.get(networkInterfaceId) ?? sensors.get(attachment?.instanceId ?? '');
  return own === undefined
    ? { check: 'self', result: 'allow', reason: 'the source is no sensor' }
    : { check: 'self', result: 'block', reason: `the source is the sensor behind ${own}` };
}

function toCandidate(judgement: TargetJudgement, self: Check): Candidate {
  const { target, tier, result } = judgement;
  const { alive, route, zone, capacity, securityGroup, networkAcl } = judgement;
  return {
    trafficMirrorTargetId: target.id,
    eligible: result === 'pass',
    tier,
    sources: target.sources.size,
    capacity: target.capacity,
    checks: [alive, self, route, zone, capacity, securityGroup, networkAcl],
  };
}

/**
 * The passing target that needs no new room for this source: that of its session for this destination; or one that another tool's
 * session counts it at already, unless that is in another zone and the own zone has one that passes.
 */
export function stayingAt(
  { networkInterfaceId }: NetworkInterface,
  destination: Destination,
  options: readonly TargetJudgement[],
  account: AccountIndex,
): TargetJudgement | undefined {
  const sessions = account.sessionsOn(networkInterfaceId);
  if (sessions.length === 0) return undefined;
  const passing = options.filter(({ result }) => result === 'pass');
  const counted = new Set(countedOf(sessions, destination, account).map((session) => session.trafficMirrorTargetId));
  const own = passing.find(({ target }) => counted.has(target.id));
  if (own !== undefined) return own;
  const near = passing.filter(({ tier }) => tier === 'same-zone');
  return (near.length > 0 ? near : passing).find(({ target }) => target.sources.has(networkInterfaceId));
}

/** The first check that decided against a target, or that could not be made. */
function decidingReason({ alive, route, zone, capacity, securityGroup, networkAcl, result }: TargetJudgement): string {
  const checks = [alive, route, zone, capacity, securityGroup, networkAcl];
  return checks.find((one) => one.result === result)?.reason ?? '';
}

/** The most reasons that are told, and the most targets that are named with each. */
const MOST_REASONS = 5;
const MOST_NAMED = 3;

/**
 * Why nothing serves: what could not be read if that might have served, else what refuses each target. Targets that the same thing
 * refuses share a reason; the reason of the most targets comes first.
 */
export function whyNone(options: readonly TargetJudgement[]): { readonly unknown: boolean; readonly reason: string } {
  if (options.length === 0) return { unknown: false, reason: 'no target is configured for it' };
  const unknown = options.filter(({ result }) => result === 'unknown');
  const targets = new Map<string, string[]>();
  for (const option of unknown.length > 0 ? unknown : options) {
    const reason = decidingReason(option);
    const sharing = targets.get(reason);
    if (sharing === undefined) targets.set(reason, [option.target.id]);
    else sharing.push(option.target.id);
  }
  const all = [...targets].toSorted(
    ([one, some], [other, others]) => others.length - some.length || (one < other ? -1 : 1),
  );
  const told = all.slice(0, MOST_REASONS).map(([reason, ids]) => `${namesOf(ids)}: ${reason}`);
  const more = all.length > MOST_REASONS ? [`and ${all.length - MOST_REASONS} more reasons`] : [];
  return { unknown: unknown.length > 0, reason: [...told, ...more].join('; ') };
}

function namesOf(ids: readonly string[]): string {
  const named = ids.slice(0, MOST_NAMED).join(', ');
  return ids.length > MOST_NAMED ? `${named} and ${ids.length - MOST_NAMED} more` : named;
}

function whyBest({ target, tier }: TargetJudgement): string {
  const where = tier === 'same-zone' ? 'in the same zone' : 'in another zone, as none of its own zone serves';
  const load = target.capacity === null ? `${target.sources.size}` : `${target.sources.size} of ${target.capacity}`;
  return `${target.id} is the least utilised target that passes every check ${where} (${load} sources)`;
}
