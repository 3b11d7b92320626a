/** Why a source gets no target, in one sentence about all of them. */

import { compareText, groupBy } from '../../collections.ts';
import type { AccountIndex } from '../account-index.ts';
import type { CandidateSet, Obstacle } from '../candidates.ts';
import type { TargetProfile } from '../targets.ts';

/** A sentence gives at most five reasons and names at most three targets with each. */
const MOST_REASONS = 5;
const MOST_NAMED = 3;

/**
 * Why no target passes: the filter, if no session with it would carry anything; what could not be read, if it might have passed; else
 * what blocks each target.
 */
export function whyNone(candidates: CandidateSet, account: AccountIndex): WhyNone {
  if (candidates.filter.result === 'block') return { unknown: false, reason: candidates.filter.reason };
  const { ofSets } = account.once(reasonsSoFar);
  const why = ofSets.get(candidates) ?? withUnproven(whyNot(candidates, account), candidates);
  ofSets.set(candidates, why);
  return why;
}

/** The reason, with the targets that were not considered because nothing proves that they are ours. */
function withUnproven({ unknown, reason }: WhyNone, { unproven }: CandidateSet): WhyNone {
  if (unproven.length === 0) return { unknown, reason };
  const named = unproven
    .slice(0, MOST_NAMED)
    .map((one) => `${one.trafficMirrorTargetId} is not considered: ${one.reason}`);
  const more = unproven.length > MOST_NAMED ? [`and ${unproven.length - MOST_NAMED} more like it`] : [];
  return { unknown, reason: [reason, ...named, ...more].join('; ') };
}

/** The reasons so far: thousands of sources may have the same one, which names hundreds of targets. */
interface ReasonsSoFar {
  readonly ofSets: WeakMap<CandidateSet, WhyNone>;
  /** By the targets and the numbers of the obstacles to them. */
  readonly ofObstacles: WeakMap<readonly TargetProfile[], Map<string, WhyNone>>;
  /** A number for each text. */
  readonly numbers: Map<string, number>;
}

/** Starts empty and fills up as sources get no target. */
function reasonsSoFar(): ReasonsSoFar {
  return { ofSets: new WeakMap(), ofObstacles: new WeakMap(), numbers: new Map() };
}

function whyNot({ targets, obstacles: find }: CandidateSet, account: AccountIndex): WhyNone {
  if (targets.length === 0) return { unknown: false, reason: 'no target is configured for it' };
  const { ofObstacles, numbers } = account.once(reasonsSoFar);
  const obstacles = find();
  const codes: number[] = [];
  for (const { target, check } of obstacles) {
    const number = numbers.get(check.reason) ?? numbers.size;
    if (number === numbers.size) numbers.set(check.reason, number);
    codes.push(target.index, number >>> 16, number & 0xffff);
  }
  const key = String.fromCharCode(...codes);
  const ofTargets = ofObstacles.get(targets) ?? new Map<string, WhyNone>();
  ofObstacles.set(targets, ofTargets);
  const why = ofTargets.get(key) ?? inWords(obstacles);
  ofTargets.set(key, why);
  return why;
}

function inWords(obstacles: readonly Obstacle[]): WhyNone {
  const unknown = obstacles.filter(({ check }) => check.result === 'unknown');
  const decisive = unknown.length > 0 ? unknown : obstacles;
  return {
    unknown: unknown.length > 0,
    reason: reasonsInWords(decisive.map(({ target, check: { reason } }) => ({ target, reason }))),
  };
}

/** Why a source gets no target. */
export interface WhyNone {
  readonly unknown: boolean;
  readonly reason: string;
}

/** Why one target does not take a source. */
export interface TargetReason {
  readonly target: TargetProfile;
  readonly reason: string;
}

/** The reason of each target. Targets share equal reasons, and the reason of the most targets comes first. */
export function reasonsInWords(all: readonly TargetReason[]): string {
  const reasons = [...groupBy(all, ({ reason }) => reason)].toSorted(
    ([reason, targets], [otherReason, otherTargets]) =>
      otherTargets.length - targets.length || compareText(reason, otherReason),
  );
  const given = reasons.slice(0, MOST_REASONS).map(([reason, targets]) => `${namesOf(targets)}: ${reason}`);
  const more = reasons.length > MOST_REASONS ? [`and ${reasons.length - MOST_REASONS} more reasons`] : [];
  return [...given, ...more].join('; ');
}

function namesOf(reasons: readonly TargetReason[]): string {
  const named = reasons.slice(0, MOST_NAMED).map(({ target }) => target.id);
  const more = reasons.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
