/** Judges security groups by records alone, where the account's groups were not read: by the rules that calls added and took away. */

import { byText, groupBy } from '../../collections.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { RecordedPermission } from '../../sighting/changes/network.ts';
import type { Evidence, MirrorPathSighting } from '../../sighting/sighting.ts';
import type { OpenGroupPolicy } from '../calls/watch-policy.ts';
import { newestFirst } from '../finding.ts';
import type { RuleAnswer } from '../rule-answer.ts';
import { type IngressRule, type Openness, openToWorld, packetsOf } from './open-to-world.ts';
import { listed, openDetail, openInWords } from './words.ts';

/** A rule that a record shows. */
interface ShownRule {
  readonly permission: RecordedPermission;
  readonly evidence: Evidence;
  /** False where the record does not say whether it is an ingress rule. */
  readonly isIngress: boolean;
}

/** The answers about the groups whose rules records changed, by id or name as the records have it, ordered. */
export function judgeRecordedGroups(
  sightings: readonly MirrorPathSighting[],
  policy: OpenGroupPolicy,
): readonly { readonly resourceId: string; readonly answer: RuleAnswer }[] {
  const changes = sightings
    .toSorted((a, b) => a.eventTime.getTime() - b.eventTime.getTime())
    .flatMap(({ changes: own = [], evidence }) =>
      own.flatMap((change) => groupsOf(change).map((groupId) => ({ groupId, change, evidence }))),
    );
  return [...groupBy(changes, ({ groupId }) => groupId)]
    .filter(([groupId]) => !policy.exceptGroups.includes(groupId))
    .map(([resourceId, own]) => ({ resourceId, answer: answerOf(resourceId, own, policy) }))
    .toSorted(byText(({ resourceId }) => resourceId));
}

function groupsOf(change: Change): readonly string[] {
  if (change.kind === 'opaque') return change.resourceIds.filter((id) => id.startsWith('sg-'));
  return 'groupId' in change ? [change.groupId] : [];
}

interface RecordedChange {
  readonly change: Change;
  readonly evidence: Evidence;
}

/** Replays the calls. What was there before them is not known, so only what they opened is found. */
function answerOf(groupId: string, changes: readonly RecordedChange[], policy: OpenGroupPolicy): RuleAnswer {
  const rules = new Map<string, ShownRule>();
  let since: Date | undefined;
  let lacks: string | undefined;
  let openness: Openness = { open: [], unknown: [] };
  let end: Evidence | undefined;
  for (const { change, evidence } of changes) {
    if (change.kind === 'opaque') lacks = `the record of ${evidence.eventName} ${change.lacks}`;
    apply(change, evidence, rules);
    openness = openToWorld([...rules.values()].map(ruleOf), () => undefined, policy.allowedPorts);
    if (openness.open.length > 0) since ??= new Date(evidence.eventTime);
    else if (since !== undefined) {
      since = undefined;
      end = evidence;
    }
  }
  const newest = changes.at(-1)?.evidence;
  const asOf = new Date(newest?.eventTime ?? 0);
  if (since === undefined) {
    const unread = [...openness.unknown, ...(lacks === undefined ? [] : [lacks])];
    if (unread.length > 0) return { result: 'unknown', reason: `could not be judged: ${listed(unread)}` };
    return {
      result: 'pass',
      reason: end === undefined ? 'the records open nothing that may not be' : `${end.eventName} closed it`,
      evidence: end === undefined ? [] : [{ ...end, role: 'resolution' }],
      decided: { since: asOf, asOf },
    };
  }
  const peers = new Set(openness.open.flatMap(({ doors }) => doors.map(({ peer }) => peer)));
  const opening = [...rules.values()].filter(({ permission }) => peers.has(peerOf(permission)));
  const isUnsure = opening.some(({ isIngress }) => !isIngress);
  const unsure = isUnsure ? '; it may be an egress rule, as ModifySecurityGroupRules does not say which it is' : '';
  return {
    result: 'fail',
    reason: `${groupId} is open to the world by the records alone: ${openInWords(openness.open)}${unsure}.`,
    detail: { openPorts: openDetail(openness.open), ...(isUnsure && { direction: 'unknown' }) },
    evidence: [...new Set(opening.map(({ evidence }) => evidence))].toSorted(newestFirst),
    fix: 'No command is known before the account is read: what was changed since is not in the records that were read',
    decided: { since, asOf },
  };
}

function apply(change: Change, evidence: Evidence, rules: Map<string, ShownRule>): void {
  const removeById = (id: string | undefined): ShownRule | undefined => {
    const [key, rule] = [...rules].find(([, { permission }]) => permission.securityGroupRuleId === id) ?? [];
    if (id === undefined || key === undefined) return undefined;
    rules.delete(key);
    return rule;
  };
  if (change.kind === 'permissions-added')
    for (const permission of change.permissions)
      rules.set(keyOf(permission), { permission, evidence, isIngress: true });
  if (change.kind === 'permissions-removed') {
    for (const permission of change.permissions) rules.delete(keyOf(permission));
    for (const id of change.unknownRuleIds) removeById(id);
  }
  if (change.kind === 'permissions-replaced')
    for (const permission of change.permissions) {
      const before = removeById(permission.securityGroupRuleId);
      rules.set(keyOf(permission), { permission, evidence, isIngress: before?.isIngress === true });
    }
}

function ruleOf({ permission }: ShownRule): IngressRule {
  const { ipProtocol, fromPort, toPort, cidrIp, cidrIpv6, prefixListId } = permission;
  const one = (peer: string | undefined): readonly string[] => (peer === undefined ? [] : [peer]);
  const peers = { cidrIps: one(cidrIp), cidrIpv6s: one(cidrIpv6), prefixListIds: one(prefixListId) };
  return { ipProtocol, fromPort, toPort, ...peers };
}

function peerOf({ cidrIp, cidrIpv6, prefixListId, referencedGroupId }: RecordedPermission): string {
  return cidrIp ?? cidrIpv6 ?? prefixListId ?? referencedGroupId ?? '';
}

function keyOf(permission: RecordedPermission): string {
  const { protocol, from, to } = packetsOf(permission);
  return `${protocol} ${from}-${to} ${peerOf(permission)}`;
}
