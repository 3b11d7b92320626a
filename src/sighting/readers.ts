/** Turns records into sightings, by one table of the calls that matter and what each touches. */

import { type CloudTrailRecord, callFailed } from '../cloudtrail/record.ts';
import { changesNothing, changesOf, type ReadChanges } from './changes/read-changes.ts';
import {
  readEvicted,
  readInstanceAttribute,
  readInterfaceAttached,
  readInterfaceAttribute,
  readInterfaceCreated,
  readInterfaceDeleted,
  readInterfaceDetached,
  readStateSet,
} from './changes/read-instances.ts';
import { readLaunched } from './changes/read-launches.ts';
import {
  readFilterCreated,
  readFilterDeleted,
  readFilterRuleCreated,
  readFilterRuleDeleted,
  readFilterRuleModified,
  readSessionCreated,
  readSessionDeleted,
  readSessionModified,
  readTargetCreated,
  readTargetDeleted,
} from './changes/read-mirroring.ts';
import {
  readAclAssociation,
  readAclEntry,
  readAclEntryDeleted,
  readRoute,
  readRouteDeleted,
  readTableAssociated,
  readTableDisassociated,
  readTableReassociated,
} from './changes/read-network.ts';
import {
  readEgressNamed,
  readGroupCreated,
  readGroupDeleted,
  readPermissionsAdded,
  readPermissionsRemoved,
  readPermissionsReplaced,
} from './changes/read-permissions.ts';
import { impossibleTags, readTagging, readUntagging } from './changes/read-tags.ts';
import { circumstancesOf, isNetworkActivity, isUpdate, isWithdrawal } from './circumstances.ts';
import { isOmitted } from './fields.ts';
import { instanceTypeChanged, lacksGroup, namedResources, securityGroup, securityGroupAt } from './path-reader.ts';
import {
  lacksEvicted,
  lacksInstances,
  namedIds,
  type Part,
  type Read,
  readEviction,
  readFleet,
  readInterface,
  readLaunch,
  readSession,
  readState,
  readTagsRemoved,
  readTagsSet,
} from './record-readers.ts';
import type { Sighting } from './sighting.ts';

interface Reader {
  /** The parts of the record that say what was touched. If CloudTrail omitted all of them, a live look-up is needed. */
  readonly from: readonly Part[];
  readonly read: Read;
  /** What a successful call's record should contain but doesn't, or cannot contain. It too makes a live look-up necessary. */
  readonly lacks?: (record: CloudTrailRecord) => string | undefined;
  /** Absent for calls whose changes we don't model. */
  readonly changes?: ReadChanges;
}

const from =
  (...parts: readonly Part[]) =>
  (read: Read, changes?: ReadChanges): Reader =>
    changes === undefined ? { from: parts, read } : { from: parts, read, changes };
const fromRequest = from('requestParameters');
const fromResponse = from('responseElements');
const fromEither = from('requestParameters', 'responseElements');

const target = namedResources('target', ['trafficMirrorTargetId']);
const filter = namedResources('filter', ['trafficMirrorFilterId', 'trafficMirrorFilterRuleId']);
const networkAcl = namedResources('network-acl', ['networkAclId', 'associationId']);
const route = namedResources('route', ['routeTableId', 'associationId', 'subnetId']);
const peering = fromRequest(namedResources('route', ['vpcPeeringConnectionId']));
const transitGateway = fromRequest(
  namedResources('route', ['transitGatewayAttachmentId', 'transitGatewayRouteTableId', 'transitGatewayId']),
);
const loadBalancer = fromRequest(
  namedResources('load-balancer', ['loadBalancerArn', 'targetGroupArn', 'listenerArn', 'loadBalancerName']),
);
const resourceShare = fromRequest(namedResources('resource-share', ['resourceShareArn', 'resourceArns']));

/**
 * The reader of each call. The event source is part of the key: EFS has its own CreateTags, and Elastic Load Balancing and RAM share
 * call names with other services.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html
 */
const READERS = {
  'ec2.amazonaws.com:RunInstances': { ...fromResponse(readLaunch, readLaunched), lacks: lacksInstances },
  'ec2.amazonaws.com:CreateFleet': fromResponse(readFleet, changesNothing),
  'ec2.amazonaws.com:CreateTags': { ...fromRequest(readTagsSet, readTagging), lacks: impossibleTags },
  'ec2.amazonaws.com:DeleteTags': { ...fromRequest(readTagsRemoved, readUntagging), lacks: impossibleTags },
  'ec2.amazonaws.com:TerminateInstances': fromEither(readState('terminated'), readStateSet('terminated')),
  'ec2.amazonaws.com:StartInstances': fromEither(readState('started'), readStateSet('running')),
  'ec2.amazonaws.com:StopInstances': fromEither(readState('stopped'), readStateSet('stopped')),
  'ec2.amazonaws.com:BidEvictedEvent': {
    ...from('serviceEventDetails')(readEviction, readEvicted),
    lacks: lacksEvicted,
  },
  'ec2.amazonaws.com:AttachNetworkInterface': fromRequest(readInterface('interface-attached'), readInterfaceAttached),
  'ec2.amazonaws.com:DetachNetworkInterface': fromRequest(readInterface('interface-detached'), readInterfaceDetached),
  'ec2.amazonaws.com:CreateNetworkInterface': fromResponse(readInterface('interface-created'), readInterfaceCreated),
  'ec2.amazonaws.com:DeleteNetworkInterface': fromRequest(readInterface('interface-deleted'), readInterfaceDeleted),
  'ec2.amazonaws.com:ModifyNetworkInterfaceAttribute': fromRequest(
    namedResources('network-interface', ['networkInterfaceId']),
    readInterfaceAttribute,
  ),
  'ec2.amazonaws.com:ModifyInstanceAttribute': fromRequest(instanceTypeChanged, readInstanceAttribute),
  'ec2.amazonaws.com:CreateTrafficMirrorSession': fromEither(readSession('session-created'), readSessionCreated),
  'ec2.amazonaws.com:ModifyTrafficMirrorSession': fromEither(readSession('session-modified'), readSessionModified),
  'ec2.amazonaws.com:DeleteTrafficMirrorSession': fromEither(readSession('session-deleted'), readSessionDeleted),
  'ec2.amazonaws.com:CreateTrafficMirrorTarget': fromEither(target, readTargetCreated),
  'ec2.amazonaws.com:DeleteTrafficMirrorTarget': fromEither(target, readTargetDeleted),
  'ec2.amazonaws.com:CreateTrafficMirrorFilter': fromEither(filter, readFilterCreated),
  'ec2.amazonaws.com:DeleteTrafficMirrorFilter': fromEither(filter, readFilterDeleted),
  'ec2.amazonaws.com:ModifyTrafficMirrorFilterNetworkServices': fromEither(filter),
  'ec2.amazonaws.com:CreateTrafficMirrorFilterRule': fromEither(filter, readFilterRuleCreated),
  'ec2.amazonaws.com:ModifyTrafficMirrorFilterRule': fromEither(filter, readFilterRuleModified),
  'ec2.amazonaws.com:DeleteTrafficMirrorFilterRule': fromEither(filter, readFilterRuleDeleted),
  'ec2.amazonaws.com:DeleteVpcEndpoints': fromRequest(namedResources('target', ['vpcEndpointId', 'vpcEndpointIds'])),
  // The response has the rules too, if it was not omitted with the request.
  'ec2.amazonaws.com:CreateSecurityGroup': fromResponse(securityGroupAt('security-group-created'), readGroupCreated),
  'ec2.amazonaws.com:AuthorizeSecurityGroupIngress': {
    ...fromEither(securityGroup, readPermissionsAdded),
    lacks: lacksGroup,
  },
  'ec2.amazonaws.com:AuthorizeSecurityGroupEgress': fromRequest(securityGroup, readEgressNamed),
  'ec2.amazonaws.com:RevokeSecurityGroupIngress': {
    ...fromEither(securityGroup, readPermissionsRemoved),
    lacks: lacksGroup,
  },
  'ec2.amazonaws.com:RevokeSecurityGroupEgress': fromRequest(securityGroup, readEgressNamed),
  'ec2.amazonaws.com:ModifySecurityGroupRules': {
    ...fromRequest(securityGroup, readPermissionsReplaced),
    lacks: lacksGroup,
  },
  'ec2.amazonaws.com:DeleteSecurityGroup': {
    ...fromEither(securityGroupAt('security-group-deleted'), readGroupDeleted),
    lacks: lacksGroup,
  },
  'ec2.amazonaws.com:ModifyManagedPrefixList': fromRequest(namedResources('security-group', ['prefixListId'])),
  'ec2.amazonaws.com:CreateNetworkAclEntry': fromRequest(networkAcl, readAclEntry('acl-entry-created')),
  'ec2.amazonaws.com:DeleteNetworkAclEntry': fromRequest(networkAcl, readAclEntryDeleted),
  'ec2.amazonaws.com:ReplaceNetworkAclEntry': fromRequest(networkAcl, readAclEntry('acl-entry-replaced')),
  'ec2.amazonaws.com:ReplaceNetworkAclAssociation': fromRequest(networkAcl, readAclAssociation),
  // Its association with a subnet ended before.
  'ec2.amazonaws.com:DeleteNetworkAcl': fromRequest(networkAcl),
  'ec2.amazonaws.com:CreateRoute': fromRequest(route, readRoute('route-created')),
  'ec2.amazonaws.com:DeleteRoute': fromRequest(route, readRouteDeleted),
  'ec2.amazonaws.com:ReplaceRoute': fromRequest(route, readRoute('route-replaced')),
  'ec2.amazonaws.com:AssociateRouteTable': fromRequest(route, readTableAssociated),
  'ec2.amazonaws.com:DisassociateRouteTable': fromRequest(route, readTableDisassociated),
  'ec2.amazonaws.com:ReplaceRouteTableAssociation': fromRequest(route, readTableReassociated),
  'ec2.amazonaws.com:DeleteRouteTable': fromRequest(route),
  'ec2.amazonaws.com:DeleteVpcPeeringConnection': peering,
  'ec2.amazonaws.com:DeleteTransitGatewayVpcAttachment': transitGateway,
  'ec2.amazonaws.com:DeleteTransitGatewayPeeringAttachment': transitGateway,
  'ec2.amazonaws.com:DeleteTransitGatewayRoute': transitGateway,
  'ec2.amazonaws.com:DisassociateTransitGatewayRouteTable': transitGateway,
  'ec2.amazonaws.com:DeleteTransitGateway': transitGateway,
  'elasticloadbalancing.amazonaws.com:DeleteLoadBalancer': loadBalancer,
  'elasticloadbalancing.amazonaws.com:DeregisterTargets': loadBalancer,
  'elasticloadbalancing.amazonaws.com:DeleteListener': loadBalancer,
  'elasticloadbalancing.amazonaws.com:ModifyListener': loadBalancer,
  'elasticloadbalancing.amazonaws.com:DeleteTargetGroup': loadBalancer,
  'elasticloadbalancing.amazonaws.com:SetSecurityGroups': loadBalancer,
  'elasticloadbalancing.amazonaws.com:SetSubnets': loadBalancer,
  'ram.amazonaws.com:DisassociateResourceShare': resourceShare,
  'ram.amazonaws.com:DeleteResourceShare': resourceShare,
} as const satisfies Readonly<Record<string, Reader>>;

const readers: ReadonlyMap<string, Reader> = new Map(Object.entries(READERS));

/** The names of all calls in the table, for the scanner. */
export const WANTED_CALLS: ReadonlySet<string> = new Set(
  [...readers.keys()].map((call) => call.slice(call.indexOf(':') + 1)),
);

/**
 * What a record says happened to something we watch. Empty for failed calls and dry runs (but see `withdrawn`), calls not in the table, network activity
 * (the same call seen at an endpoint), and a record without a time or account. An addendum (`UPDATED_DATA`) is read like the record that
 * it repeats, with that record's `eventID`; `withAddenda` makes one of both.
 *
 * When CloudTrail omitted the part that names what was touched, the sighting is `incomplete`, its evidence says so, and its ids come
 * from the record's `resources`, if any. `changes` has what the call changed. Never throws, whatever the record contains.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function sightingsOf(record: CloudTrailRecord, logFile?: string): readonly Sighting[] {
  const { eventSource, eventName } = record;
  // Only text: to turn a list or an object of somebody's making into text may fail.
  if (typeof eventSource !== 'string' || typeof eventName !== 'string') return [];
  const reader = readers.get(`${eventSource}:${eventName}`);
  if (reader === undefined || isNetworkActivity(record)) return [];
  const withdrawn = isWithdrawal(record);
  if (callFailed(record) && !withdrawn) return [];
  const circumstances = circumstancesOf(record, logFile);
  if (circumstances === undefined) return [];
  const isMissing = (part: Part): boolean => isOmitted(record[part]) || (isUpdate(record) && isNothing(record[part]));
  const omitted = reader.from.filter(isMissing);
  const allOmitted = omitted.length === reader.from.length;
  const seen = reader.read(record, allOmitted);
  if (seen === undefined) return [];
  if (withdrawn) return [{ ...circumstances, ...seen, withdrawn }];
  const incomplete = allOmitted || (omitted.length > 0 && namedIds(seen).length === 0);
  const gap = incomplete ? `${omitted.join(' and ')} omitted` : reader.lacks?.(record);
  const changes = changesOf(record, reader.changes, namedIds(seen));
  const sighting = changes === undefined ? { ...circumstances, ...seen } : { ...circumstances, ...seen, changes };
  if (gap === undefined) return [sighting];
  const evidence = { ...circumstances.evidence, note: `${gap}: needs a live look-up` };
  return [{ ...sighting, evidence, incomplete: true }];
}

/** True for a part that an addendum leaves out because it only repeats it. */
function isNothing(part: unknown): boolean {
  return part === undefined || part === null;
}
