/** What proves that a finding's resource is gone: only the lists in which it would be, whatever else could not be read. */

import type { Finding } from '../../audit/finding.ts';
import { isComplete, isRead } from '../../audit/gaps/judged.ts';
import type { ResourceType } from '../../audit/rule-answer.ts';
import { ruleOf } from '../../audit/rule-book.ts';
import { SETTLE_MS } from '../../audit/subjects.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { ListName } from '../../inventory/snapshot-lists.ts';
import { resourceOf } from '../../mirror/eligibility.ts';

/** The list in which a resource of a type is, and the ids that the list holds. */
interface Listing {
  readonly list: ListName;
  readonly ids: (inventory: Inventory) => readonly string[];
}

const interfaces: Listing = {
  list: 'networkInterfaces',
  ids: ({ networkInterfaces = [] }) =>
    networkInterfaces.flatMap((each) => [each.networkInterfaceId, resourceOf(each).resourceId]),
};

/** By type of resource; null for those that no list of an account shows. A new type has to be added here to be proven gone. */
const LISTINGS = {
  'AWS::EC2::Instance': { list: 'instances', ids: ({ instances = [] }) => instances.map((each) => each.instanceId) },
  'AWS::ECS::Task': interfaces,
  'AWS::EC2::NetworkInterface': interfaces,
  'AWS::EC2::TrafficMirrorSession': {
    list: 'trafficMirrorSessions',
    ids: ({ trafficMirrorSessions = [] }) => trafficMirrorSessions.map((each) => each.trafficMirrorSessionId),
  },
  'AWS::EC2::SecurityGroup': {
    list: 'securityGroups',
    // Records alone know some groups only by their names, which cannot be changed.
    ids: ({ securityGroups = [] }) =>
      securityGroups.flatMap(({ groupId, groupName = groupId }) => [groupId, groupName]),
  },
  'AWS::IAM::User': null,
  'AWS::S3::Object': null,
  'AWS::Account': null,
  Other: null,
} as const satisfies Readonly<Record<ResourceType, Listing | null>>;

/** Why a finding under the name of a group is over: what is open has a finding of its own. */
const JUDGED_BY_ID = 'the account shows the group, which is judged by its id';

/** A finding as far as the proof depends on it. */
type Known = Pick<Finding, 'rule' | 'resourceType' | 'resourceId' | 'firstSeen' | 'evidence' | 'detail'>;

/** Why the finding no longer needs to be open, in words; undefined if the look does not prove it. */
export type Proof = (finding: Known) => string | undefined;

/** Why a finding needs not be open if its resource is gone. */
export const GONE = 'it is no longer in the account';

/**
 * What a look proves about findings that it did not meet. A resource is gone if the list it would be in was read completely and does not
 * have it, unless it is so new that EC2 may not list it yet. If the list has it, the rule found nothing wrong with it: that is proven only
 * if everything was read that the rule judges by, and never of what is measured: the figures may be missing. A look at some resources proves nothing about others.
 */
export function proofBy(inventory: Inventory, now: Date): Proof {
  const idsByList = new Map<ListName, ReadonlySet<string>>();
  const idsIn = ({ list, ids }: Listing): ReadonlySet<string> => {
    const known = idsByList.get(list) ?? new Set(ids(inventory));
    idsByList.set(list, known);
    return known;
  };
  return (finding) => {
    const listing = LISTINGS[finding.resourceType];
    if (listing === null || !isRead(inventory, listing.list) || !wasAsked(finding, inventory)) return undefined;
    if (!idsIn(listing).has(finding.resourceId))
      return now.getTime() - oldestTime(finding) < SETTLE_MS ? undefined : GONE;
    const judges = ruleOf(finding.rule)?.judges;
    // The rule about groups answers for each of them, by its id.
    if (judges === 'security-group') return isJudgedById(finding, inventory) ? JUDGED_BY_ID : undefined;
    if (inventory.partial !== undefined || judges === 'traffic') return undefined;
    return judges === 'instance' || isComplete(inventory) ? 'it no longer breaks the rule' : undefined;
  };
}

const WHOLE_LISTS: ReadonlySet<ResourceType> = new Set(['AWS::EC2::TrafficMirrorSession', 'AWS::EC2::SecurityGroup']);

/** True if the look would have shown the resource: it is always true of a complete look. */
function wasAsked({ resourceType, resourceId, detail }: Known, { partial }: Inventory): boolean {
  // Of these, every look reads the whole list.
  if (partial === undefined || WHOLE_LISTS.has(resourceType)) return true;
  if (resourceType === 'AWS::EC2::Instance') return partial.instanceIds.includes(resourceId);
  const own = (detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId);
  return own.length > 0 && own.every((id) => partial.networkInterfaceIds.includes(id));
}

/** True for the name of a group that the look judged by its id. */
function isJudgedById({ resourceId }: Known, { securityGroups = [], partial }: Inventory): boolean {
  if (resourceId.startsWith('sg-')) return false;
  const named = securityGroups.filter(({ groupName }) => groupName === resourceId);
  return named.every(({ groupId }) => partial === undefined || partial.securityGroupIds?.includes(groupId) === true);
}

/** The oldest time at which the resource is known to exist, in milliseconds. */
function oldestTime({ firstSeen, evidence }: Known): number {
  return Math.min(Date.parse(firstSeen), ...evidence.map(({ eventTime }) => Date.parse(eventTime)));
}
