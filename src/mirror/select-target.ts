/** The shared mirroring selector for one source: every target of its destination judged check by check, and the one that serves. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import { utilisation } from './capacity.ts';
import { type Destination, eligibilityOf, sensorsOf } from './eligibility.ts';
import { slotsTaken } from './sessions.ts';
import { hashOf, tieRank } from './stable-hash.ts';
import type { Survey } from './survey.ts';
import { type TargetProfile, targetsOf } from './targets.ts';
import { type Judgement, judge, sourceOf } from './vantage.ts';
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
  readonly exclude?: ReadonlySet<string>;
}

/** One target seen from one source, before it is put into words. */
export interface Option {
  readonly target: TargetProfile;
  readonly judgement: Judgement;
  readonly capacity: Check;
  /** The judgement with the capacity: only `pass` is eligible. */
  readonly result: Judgement['result'];
}

/**
 * The targets of an interface's destination with all their checks, best first: the eligible before the others, the same zone before
 * other zones, the less utilised first, ties by a stable hash of source and target; so that the first is the one `selectTarget`
 * takes, whatever order the inventory came in. Empty for an interface that is no source.
 */
export function candidatesFor(
  networkInterface: NetworkInterface,
  survey: Survey,
  options: SelectOptions = {},
): readonly Candidate[] {
  const eligibility = eligibilityOf(networkInterface, survey);
  if (eligibility.kind !== 'source') return [];
  const self = selfCheck(networkInterface, survey);
  return optionsFor(networkInterface, eligibility.destination, survey, options)
    .toSorted((a, b) => compareOptions(a, b, hashOf(networkInterface.networkInterfaceId)))
    .map((option) => toCandidate(option, self));
}

/**
 * The target for one source, given the sessions that exist. Only one that passes every check is taken; with `onUnknown: 'try'` also
 * one with unknown checks, where no other passes. An interface that AWS allows no further session gets none.
 */
export function selectTarget(
  networkInterface: NetworkInterface,
  survey: Survey,
  options: SelectOptions = {},
): Selection {
  const eligibility = eligibilityOf(networkInterface, survey);
  if (eligibility.kind !== 'source') {
    return { kind: 'none', unknown: eligibility.kind === 'unknown', reason: eligibility.reason, candidates: [] };
  }
  const choice = choose(networkInterface, eligibility.destination, survey, options);
  return { ...choice, candidates: candidatesFor(networkInterface, survey, options) };
}

/** `selectTarget` without the candidates, for those who ask of every interface in an account. */
export function choose(
  networkInterface: NetworkInterface,
  destination: Destination,
  survey: Survey,
  options: SelectOptions = {},
): OmitCandidates<Selection> {
  const slots = slotsTaken(networkInterface.networkInterfaceId, survey);
  if (slots !== undefined) return { kind: 'none', unknown: false, reason: slots };
  const seen = optionsFor(networkInterface, destination, survey, options);
  const sourceHash = hashOf(networkInterface.networkInterfaceId);
  let best: Option | undefined;
  for (const option of seen) if (best === undefined || compareOptions(option, best, sourceHash) < 0) best = option;
  const isTried = best?.result === 'unknown' && survey.policy.onUnknown === 'try';
  if (best === undefined || (best.result !== 'pass' && !isTried)) {
    return { kind: 'none', ...whyNone(seen) };
  }
  return {
    kind: 'selected',
    trafficMirrorTargetId: best.target.id,
    trafficMirrorFilterId: destination.filterId,
    reason: isTried ? `tried without knowing: ${decidingReason(best)}` : whyBest(best),
  };
}

type OmitCandidates<T> = T extends unknown ? Omit<T, 'candidates'> : never;

/** The targets of a destination, judged for one source; in the order of target ids. */
export function optionsFor(
  networkInterface: NetworkInterface,
  { targetIds }: Destination,
  survey: Survey,
  { exclude }: SelectOptions = {},
): readonly Option[] {
  const source = sourceOf(networkInterface, survey);
  const targets = survey.once(targetsOf);
  const options: Option[] = [];
  for (const id of targetIds) {
    const target = targets.get(id);
    if (target === undefined || exclude?.has(id)) continue;
    const judgement = judge(source, target, survey);
    const capacity = capacityCheck(target, source.networkInterfaceId);
    options.push({ target, judgement, capacity, result: withCapacity(judgement.result, capacity) });
  }
  return options;
}

function withCapacity(result: Judgement['result'], capacity: Check): Judgement['result'] {
  if (result === 'block' || capacity.result === 'block') return 'block';
  return result === 'unknown' || capacity.result === 'unknown' ? 'unknown' : 'pass';
}

const RESULT_ORDER = { pass: 0, unknown: 1, block: 2 } as const satisfies Record<Judgement['result'], number>;

/** The order of preference, of which ties end at the target's id. */
export function compareOptions(a: Option, b: Option, sourceHash: number): number {
  return (
    RESULT_ORDER[a.result] - RESULT_ORDER[b.result] ||
    Number(a.judgement.tier === 'other-zone') - Number(b.judgement.tier === 'other-zone') ||
    compareNumbers(
      utilisation(a.target.sources.size, a.target.unit),
      utilisation(b.target.sources.size, b.target.unit),
    ) ||
    tieRank(sourceHash, a.target.hash) - tieRank(sourceHash, b.target.hash) ||
    (a.target.id < b.target.id ? -1 : 1)
  );
}

/** A difference that is 0 for two infinities. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** A source that the target has already needs no room, however full it is. */
function capacityCheck({ sources, capacity, room }: TargetProfile, sourceId: string): Check {
  if (capacity === null || !sources.has(sourceId)) return room;
  return { check: 'capacity', result: 'allow', reason: `${sources.size} of ${capacity} sources, of which this is one` };
}

/** An interface is target or source, never both; sensors are exempt, so that this only confirms it. */
function selfCheck({ networkInterfaceId, attachment }: NetworkInterface, survey: Survey): Check {
  const sensors = survey.once(sensorsOf);
  const own = sensors.get(networkInterfaceId) ?? sensors.get(attachment?.instanceId ?? '');
  return own === undefined
    ? { check: 'self', result: 'allow', reason: 'the source is no sensor' }
    : { check: 'self', result: 'block', reason: `the source is the sensor behind ${own}` };
}

function checksOf({ target, judgement, capacity }: Option, self: Check): readonly Check[] {
  const { route, zone, securityGroup, networkAcl } = judgement;
  return [target.alive, self, route, zone, capacity, securityGroup, networkAcl];
}

function toCandidate(option: Option, self: Check): Candidate {
  const { target, judgement, result } = option;
  return {
    trafficMirrorTargetId: target.id,
    eligible: result === 'pass',
    tier: judgement.tier,
    sources: target.sources.size,
    capacity: target.capacity,
    checks: checksOf(option, self),
  };
}

/** The first check that decided against a target, or that could not be made. */
function decidingReason({ target, judgement, capacity, result }: Option): string {
  const { route, zone, securityGroup, networkAcl } = judgement;
  const checks = [target.alive, route, zone, capacity, securityGroup, networkAcl];
  return checks.find((one) => one.result === result)?.reason ?? '';
}

/** The most targets a reason speaks of one by one. */
const NAMED = 5;

/** Why nothing serves, by target id: what could not be read if that might have served, else what refuses each target. */
export function whyNone(options: readonly Option[]): { readonly unknown: boolean; readonly reason: string } {
  if (options.length === 0) return { unknown: false, reason: 'no target is configured for it' };
  const unknown = options.filter(({ result }) => result === 'unknown');
  const relevant = unknown.length > 0 ? unknown : options;
  const named = relevant.slice(0, NAMED).map((option) => `${option.target.id}: ${decidingReason(option)}`);
  const more = relevant.length > NAMED ? `; and ${relevant.length - NAMED} more` : '';
  return { unknown: unknown.length > 0, reason: `${named.join('; ')}${more}` };
}

function whyBest({ target, judgement }: Option): string {
  const where = judgement.tier === 'same-zone' ? 'in the same zone' : 'in another zone, as none of its own zone serves';
  const load = target.capacity === null ? `${target.sources.size}` : `${target.sources.size} of ${target.capacity}`;
  return `${target.id} is the least utilised target that passes every check ${where} (${load} sources)`;
}
