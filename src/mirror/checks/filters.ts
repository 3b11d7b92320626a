/** Whether a filter lets packets into a session. Every session needs one, and without an accepting rule it carries nothing. */

import type { TrafficMirrorFilterRule } from '../../inventory/mirror.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Check, IneffectiveReason } from '../verdict.ts';

/** A filter's check, and why a session with the filter is ineffective when the check blocks. */
export interface FilterCheck extends Check {
  readonly check: 'filter';
  readonly deadBecause?: IneffectiveReason | undefined;
}

/**
 * The check of a filter, which must accept something in each direction. Without an accepting rule in a direction, that direction is not
 * mirrored. Computed once per filter.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-filters.html
 */
export function filterCheck(filterId: string, account: AccountIndex): FilterCheck {
  const checks = account.once(filterChecks);
  const known = checks.get(filterId);
  if (known !== undefined) return known;
  const made = judgeFilter(filterId, account);
  checks.set(filterId, made);
  return made;
}

/** Starts empty and fills up on demand; its contents don't depend on the order. */
function filterChecks(): Map<string, FilterCheck> {
  return new Map();
}

function judgeFilter(filterId: string, account: AccountIndex): FilterCheck {
  const filter = account.trafficMirrorFilter(filterId);
  if (filter === 'unread') return check('unknown', `filter ${filterId} could not be read`);
  if (filter === 'gone') return check('block', `filter ${filterId} is not in the account`, 'FILTER_GONE');
  const takesIngress = accepts(filter.ingressFilterRules);
  const takesEgress = accepts(filter.egressFilterRules);
  if (takesIngress && takesEgress) return check('allow', `filter ${filterId} accepts traffic in both directions`);
  if (!takesIngress && !takesEgress) return check('block', `filter ${filterId} accepts nothing`, 'FILTER_EMPTY');
  const missing = takesIngress ? 'outbound' : 'inbound';
  return check('block', `filter ${filterId} accepts no ${missing} traffic`, 'FILTER_ONE_WAY');
}

/** Rules apply in order of their numbers, so one that comes after a rule that rejects everything accepts nothing. */
function accepts(rules: readonly TrafficMirrorFilterRule[]): boolean {
  for (const rule of rules.toSorted((a, b) => a.ruleNumber - b.ruleNumber)) {
    if (rule.ruleAction === 'accept') return true;
    if (rejectsAll(rule)) return false;
  }
  return false;
}

function rejectsAll({ protocol, sourceCidrBlock, destinationCidrBlock }: TrafficMirrorFilterRule): boolean {
  const isAny = (block: string | undefined): boolean => block === undefined || block === '0.0.0.0/0';
  return protocol === undefined && isAny(sourceCidrBlock) && isAny(destinationCidrBlock);
}

function check(result: Check['result'], reason: string, deadBecause?: IneffectiveReason): FilterCheck {
  return { check: 'filter', result, reason, deadBecause };
}
