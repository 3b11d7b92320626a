/** Whether a filter lets packets into a session. Every session needs one, and without an accepting rule it carries nothing. */

import type { TrafficMirrorFilter, TrafficMirrorFilterRule } from '../../inventory/mirror.ts';
import { cidrOf, parseCidr } from '../../net/cidr.ts';
import { boxOf, isCovered, type PacketBox } from '../../net/packet-set.ts';
import type { AccountIndex } from '../account-index.ts';
import type { Taken } from '../health/figures.ts';
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
  const ingress = accepts(filter.ingressFilterRules);
  const egress = accepts(filter.egressFilterRules);
  const refuses = [...(ingress === 'no' ? ['inbound'] : []), ...(egress === 'no' ? ['outbound'] : [])];
  const [missing] = refuses;
  if (refuses.length === 2) return check('block', `filter ${filterId} accepts nothing`, 'FILTER_EMPTY');
  if (missing !== undefined)
    return check('block', `filter ${filterId} accepts no ${missing} traffic`, 'FILTER_ONE_WAY');
  if (ingress === 'yes' && egress === 'yes')
    return check('allow', `filter ${filterId} accepts traffic in both directions`);
  const unsure = ingress === 'yes' ? 'outbound' : 'inbound';
  return check('unknown', `whether filter ${filterId} accepts any ${unsure} traffic cannot be told from its rules`);
}

/**
 * Whether any packet is accepted. Rules apply in order of their numbers and the first match decides, so a rule accepts what the rejecting
 * rules before it leave. A rule that cannot be read may accept or reject anything.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-filters.html
 */
function accepts(rules: readonly TrafficMirrorFilterRule[]): 'yes' | 'no' | 'unknown' {
  const rejected: PacketBox[] = [];
  let [mayReject, mayAccept] = [false, false];
  for (const rule of rules.toSorted((a, b) => a.ruleNumber - b.ruleNumber)) {
    const isReject = rule.ruleAction === 'reject';
    const boxes = boxesOf(rule);
    if (boxes === undefined) {
      if (isReject) mayReject = true;
      else mayAccept = true;
    } else if (isReject) rejected.push(...boxes);
    else {
      const covered = boxes.map((box) => isCovered(box, rejected));
      if (!mayReject && covered.includes(false)) return 'yes';
      if (covered.some((all) => all !== true)) mayAccept = true;
    }
  }
  return mayAccept ? 'unknown' : 'no';
}

/** The directions in which a filter takes every packet of an interface with addresses of these families, before it rejects any. */
export function takenBy(filter: TrafficMirrorFilter, families: readonly (4 | 6)[]): Taken {
  return {
    inbound: takesAll(filter.ingressFilterRules, families),
    outbound: takesAll(filter.egressFilterRules, families),
  };
}

function takesAll(rules: readonly TrafficMirrorFilterRule[], families: readonly (4 | 6)[]): boolean {
  const sorted = rules.toSorted((a, b) => a.ruleNumber - b.ruleNumber);
  const firstReject = sorted.findIndex(({ ruleAction }) => ruleAction === 'reject');
  const accepting = firstReject === -1 ? sorted : sorted.slice(0, firstReject);
  const accepted = accepting.flatMap((rule) => boxesOf(rule) ?? []);
  return families.every((family) => {
    const all = boxOf({ source: EVERYWHERE[family], destination: EVERYWHERE[family] });
    return all !== undefined && isCovered(all, accepted) === true;
  });
}

const EVERYWHERE = { 4: parseCidr('0.0.0.0/0'), 6: parseCidr('::/0') } as const;

/**
 * The packets that a rule matches; undefined when one of its blocks cannot be read. AWS requires both blocks. Without any, a rule that
 * rejects counts for both families and one that accepts for IPv4 only, so that no filter is called better than it is.
 */
function boxesOf(rule: TrafficMirrorFilterRule): readonly PacketBox[] | undefined {
  const { protocol, ruleAction, sourceCidrBlock, destinationCidrBlock } = rule;
  const given = [sourceCidrBlock, destinationCidrBlock].map((block) =>
    block === undefined ? undefined : cidrOf(block),
  );
  const [source, destination] = given;
  if (source === undefined && sourceCidrBlock !== undefined) return undefined;
  if (destination === undefined && destinationCidrBlock !== undefined) return undefined;
  const known = source?.family ?? destination?.family;
  const families = known !== undefined ? [known] : ruleAction === 'accept' ? ([4] as const) : ([4, 6] as const);
  return families.flatMap((family) => {
    const ends = { source: source ?? EVERYWHERE[family], destination: destination ?? EVERYWHERE[family] };
    const box = boxOf({
      protocol,
      ...ends,
      sourcePorts: rule.sourcePortRange,
      destinationPorts: rule.destinationPortRange,
    });
    return box === undefined ? [] : [box];
  });
}

function check(result: Check['result'], reason: string, deadBecause?: IneffectiveReason): FilterCheck {
  return { check: 'filter', result, reason, deadBecause };
}
