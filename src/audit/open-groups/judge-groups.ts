/** Applies the rule about security groups to the groups of an account: to all of them, or to those that records and re-checks name. */

import { byText, groupBy } from '../../collections.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { SecurityGroup } from '../../inventory/security-group.ts';
import type { Evidence, MirrorPathSighting, SecurityGroupSighting, Sighting } from '../../sighting/sighting.ts';
import type { OpenGroupPolicy } from '../calls/watch-policy.ts';
import { newestFirst } from '../finding.ts';
import type { JudgedResource } from '../judge-resources.ts';
import type { RuleAnswer } from '../rule-answer.ts';
import { securityGroupOpen } from '../rules/security-group-open.ts';
import { SETTLE_MS } from '../subjects.ts';
import { behindGroups } from './behind.ts';
import type { EntriesOf } from './open-to-world.ts';
import { type GroupsBefore, judgeRecordedGroups } from './recorded-groups.ts';

/** Which groups to judge. */
export interface GroupsInput {
  readonly inventory: Inventory;
  readonly sightings: readonly Sighting[];
  readonly scope: 'all' | 'sighted';
  readonly requested?: { readonly resourceIds?: readonly string[] | undefined } | undefined;
  /** Used where the account's groups were not read. @default nothing is known from before */
  readonly groupsBefore?: GroupsBefore | undefined;
  readonly now: Date;
}

type GroupSighting = MirrorPathSighting | SecurityGroupSighting;

/** True for a record about security groups, their rules, or a prefix list that they may refer to. */
export function isAboutGroups(sighting: Sighting): sighting is GroupSighting {
  const { kind } = sighting;
  if (kind === 'security-group-created' || kind === 'security-group-deleted') return true;
  return kind === 'mirror-path-changed' && sighting.what === 'security-group';
}

/** True for a record after which a group may let others in than before: not for a new group, nor for rules about what leaves it. */
export function maySayWhoIsLetIn(sighting: Sighting): sighting is GroupSighting {
  return (
    isAboutGroups(sighting) &&
    sighting.kind !== 'security-group-created' &&
    !sighting.evidence.eventName.endsWith('Egress')
  );
}

/**
 * What to judge: ids and names of groups, and ids of prefix lists. `all` where a record of which CloudTrail omitted the parameters names
 * nothing, as it may be about any group.
 */
export function groupsNamed(
  sightings: readonly Sighting[],
  requested: GroupsInput['requested'],
): 'all' | readonly string[] {
  const about = sightings.filter(maySayWhoIsLetIn);
  if (about.some((sighting) => namesOf(sighting).length === 0)) return 'all';
  return [...new Set([...about.flatMap(namesOf), ...groupsAsked(requested)])].toSorted();
}

/** The ids of groups among what is asked for, and the names by which calls named groups whose ids no record has. */
export function groupsAsked(requested: GroupsInput['requested']): readonly string[] {
  return (requested?.resourceIds ?? []).filter((id) => !OTHER_IDS.some((prefix) => id.startsWith(prefix)));
}

/** What else re-checks ask for: tasks, interfaces, sessions and instances. */
const OTHER_IDS = ['arn:', 'eni-', 'tms-', 'i-'];

/** What a call on a group named, and the group by the answer where the request has only its name. */
export function namesOf({ resourceIds, changes = [] }: GroupSighting): readonly string[] {
  const changed = changes.flatMap((change) => ('groupId' in change ? [change.groupId] : []));
  return [...new Set([...resourceIds, ...changed])].filter((name) => !isRuleId(name));
}

function isRuleId(name: string): boolean {
  return name.startsWith('sgr-');
}

/** True for a group that one of the names stands for: its id, its name, or a prefix list that it refers to. */
export function isNamed({ groupId, groupName, ipPermissions }: SecurityGroup, names: ReadonlySet<string>): boolean {
  if (names.has(groupId) || (groupName !== undefined && names.has(groupName))) return true;
  return ipPermissions.some(({ prefixListIds }) => prefixListIds.some((id) => names.has(id)));
}

const [GROUP] = securityGroupOpen.appliesTo;
const RULE = 'security-group-open';

/**
 * The answers about groups of this account, ordered by id. One that records name by its id and the account does not have is gone, unless it
 * may be too new to be listed. Without a list of groups, the records alone decide.
 */
export function judgeGroups(input: GroupsInput, policy: OpenGroupPolicy): readonly JudgedResource[] {
  const { inventory, sightings, scope, requested, groupsBefore: before, now } = input;
  const { accountId, region, securityGroups } = inventory;
  if (securityGroups === undefined) {
    const asked = groupsAsked(requested);
    const isElseRead = inventory.instances !== undefined;
    return judgeRecordedGroups(sightings.filter(isAboutGroups), policy, { before, asked, isElseRead }).map(
      (judged) => ({ ...{ rule: RULE, resourceType: GROUP, tags: [] }, ...judged }),
    );
  }
  const named = scope === 'all' ? 'all' : groupsNamed(sightings, requested);
  const names = new Set(named === 'all' ? [] : named);
  const own = securityGroups.filter(({ ownerId = accountId }) => ownerId === accountId);
  const judged = own.filter((group) => named === 'all' || isNamed(group, names));
  const rulesOf = inventory.securityGroupRules && groupBy(inventory.securityGroupRules, ({ groupId }) => groupId);
  const about = recordsByName(sightings);
  const context = { region, policy, entriesOf: entriesIn(inventory), behindOf: behindGroups(inventory) };
  const answers = judged.map((group): JudgedResource => {
    const { groupId, groupName, vpcId, ipPermissions, tags = [] } = group;
    const lists = ipPermissions.flatMap(({ prefixListIds }) => prefixListIds);
    const evidence = newestOf([groupId, groupName ?? '', ...lists], about);
    const rules = rulesOf && (rulesOf.get(groupId) ?? []);
    const answer = securityGroupOpen.judge(group, { ...context, rules, evidence });
    return { rule: RULE, resourceType: GROUP, resourceId: groupId, answer, tags, place: { vpcId } };
  });
  const known = new Set(securityGroups.map(({ groupId }) => groupId));
  const missing = [...names].filter((id) => id.startsWith('sg-') && !known.has(id));
  const absent = missing.map((id): JudgedResource => {
    const answer = absentAnswer(newestOf([id], about), inventory, now);
    return { rule: RULE, resourceType: GROUP, resourceId: id, answer, tags: [] };
  });
  return [...answers, ...absent].toSorted(byText(({ resourceId }) => resourceId));
}

/** Looks up the entries of the prefix lists that were read. */
export function entriesIn({ prefixLists }: Inventory): EntriesOf {
  const entries = new Map(prefixLists?.map(({ prefixListId, cidrs }) => [prefixListId, cidrs]));
  return (id) => entries.get(id);
}

function recordsByName(sightings: readonly Sighting[]): ReadonlyMap<string, readonly Evidence[]> {
  const named = sightings
    .filter(isAboutGroups)
    .flatMap((sighting) => namesOf(sighting).map((name) => ({ name, evidence: sighting.evidence })));
  const groups = groupBy(named, ({ name }) => name);
  return new Map([...groups].map(([name, records]) => [name, records.map(({ evidence }) => evidence)]));
}

function newestOf(names: readonly string[], records: ReadonlyMap<string, readonly Evidence[]>): readonly Evidence[] {
  return [...new Set(names.flatMap((name) => records.get(name) ?? []))].toSorted(newestFirst);
}

function absentAnswer(evidence: readonly Evidence[], { incomplete }: Inventory, now: Date): RuleAnswer {
  if (incomplete?.securityGroups !== undefined)
    return { result: 'unknown', reason: `the security groups could not be read: ${incomplete.securityGroups}` };
  const [newest] = evidence;
  if (newest?.eventName === 'DeleteSecurityGroup') return { result: 'gone', reason: 'the security group was deleted' };
  const isNew = newest !== undefined && now.getTime() - Date.parse(newest.eventTime) < SETTLE_MS;
  return isNew
    ? { result: 'unknown', reason: 'EC2 does not list the security group: it was just made or deleted' }
    : { result: 'gone', reason: 'the security group no longer exists' };
}
