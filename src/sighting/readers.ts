/** Turns records into sightings, by one table of the calls that matter and what each touches. */

import { type CloudTrailRecord, callFailed } from '../cloudtrail/record.ts';
import { circumstancesOf, isUpdate } from './circumstances.ts';
import { isOmitted } from './fields.ts';
import { instanceTypeChanged, namedResources } from './path-reader.ts';
import {
  lacksEvicted,
  lacksInstances,
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
  /** What a successful call's record should contain but doesn't. It too makes a live look-up necessary. */
  readonly lacks?: (record: CloudTrailRecord) => string | undefined;
}

const fromRequest = (read: Read): Reader => ({ from: ['requestParameters'], read });
const fromResponse = (read: Read): Reader => ({ from: ['responseElements'], read });
const fromEither = (read: Read): Reader => ({ from: ['requestParameters', 'responseElements'], read });

const target = fromEither(namedResources('target', ['trafficMirrorTargetId']));
const filter = fromEither(namedResources('filter', ['trafficMirrorFilterId', 'trafficMirrorFilterRuleId']));
const securityGroup = fromRequest(namedResources('security-group', ['groupId', 'groupName']));
const networkAcl = fromRequest(namedResources('network-acl', ['networkAclId', 'associationId']));
const route = fromRequest(namedResources('route', ['routeTableId', 'associationId', 'subnetId']));
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
  'ec2.amazonaws.com:RunInstances': { ...fromResponse(readLaunch), lacks: lacksInstances },
  'ec2.amazonaws.com:CreateFleet': fromResponse(readFleet),
  'ec2.amazonaws.com:CreateTags': fromRequest(readTagsSet),
  'ec2.amazonaws.com:DeleteTags': fromRequest(readTagsRemoved),
  'ec2.amazonaws.com:TerminateInstances': fromEither(readState('terminated')),
  'ec2.amazonaws.com:StartInstances': fromEither(readState('started')),
  'ec2.amazonaws.com:StopInstances': fromEither(readState('stopped')),
  'ec2.amazonaws.com:BidEvictedEvent': { from: ['serviceEventDetails'], read: readEviction, lacks: lacksEvicted },
  'ec2.amazonaws.com:AttachNetworkInterface': fromRequest(readInterface('interface-attached')),
  'ec2.amazonaws.com:DetachNetworkInterface': fromRequest(readInterface('interface-detached')),
  'ec2.amazonaws.com:CreateNetworkInterface': fromResponse(readInterface('interface-created')),
  'ec2.amazonaws.com:DeleteNetworkInterface': fromRequest(readInterface('interface-deleted')),
  'ec2.amazonaws.com:ModifyNetworkInterfaceAttribute': fromRequest(
    namedResources('network-interface', ['networkInterfaceId']),
  ),
  'ec2.amazonaws.com:ModifyInstanceAttribute': fromRequest(instanceTypeChanged),
  'ec2.amazonaws.com:CreateTrafficMirrorSession': fromEither(readSession('session-created')),
  'ec2.amazonaws.com:ModifyTrafficMirrorSession': fromEither(readSession('session-modified')),
  'ec2.amazonaws.com:DeleteTrafficMirrorSession': fromEither(readSession('session-deleted')),
  'ec2.amazonaws.com:CreateTrafficMirrorTarget': target,
  'ec2.amazonaws.com:DeleteTrafficMirrorTarget': target,
  'ec2.amazonaws.com:CreateTrafficMirrorFilter': filter,
  'ec2.amazonaws.com:DeleteTrafficMirrorFilter': filter,
  'ec2.amazonaws.com:ModifyTrafficMirrorFilterNetworkServices': filter,
  'ec2.amazonaws.com:CreateTrafficMirrorFilterRule': filter,
  'ec2.amazonaws.com:ModifyTrafficMirrorFilterRule': filter,
  'ec2.amazonaws.com:DeleteTrafficMirrorFilterRule': filter,
  'ec2.amazonaws.com:DeleteVpcEndpoints': fromRequest(namedResources('target', ['vpcEndpointId', 'vpcEndpointIds'])),
  'ec2.amazonaws.com:AuthorizeSecurityGroupIngress': securityGroup,
  'ec2.amazonaws.com:AuthorizeSecurityGroupEgress': securityGroup,
  'ec2.amazonaws.com:RevokeSecurityGroupIngress': securityGroup,
  'ec2.amazonaws.com:RevokeSecurityGroupEgress': securityGroup,
  'ec2.amazonaws.com:ModifySecurityGroupRules': securityGroup,
  'ec2.amazonaws.com:ModifyManagedPrefixList': fromRequest(namedResources('security-group', ['prefixListId'])),
  'ec2.amazonaws.com:CreateNetworkAclEntry': networkAcl,
  'ec2.amazonaws.com:DeleteNetworkAclEntry': networkAcl,
  'ec2.amazonaws.com:ReplaceNetworkAclEntry': networkAcl,
  'ec2.amazonaws.com:ReplaceNetworkAclAssociation': networkAcl,
  'ec2.amazonaws.com:CreateRoute': route,
  'ec2.amazonaws.com:DeleteRoute': route,
  'ec2.amazonaws.com:ReplaceRoute': route,
  'ec2.amazonaws.com:AssociateRouteTable': route,
  'ec2.amazonaws.com:DisassociateRouteTable': route,
  'ec2.amazonaws.com:ReplaceRouteTableAssociation': route,
  'ec2.amazonaws.com:DeleteRouteTable': route,
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
 * What a record says happened to something we watch. Empty for failed calls and dry runs, calls not in the table, network activity
 * (the same call seen at an endpoint), a launch repeated with more details (`UPDATED_DATA`), and a record without a time or account.
 *
 * When CloudTrail omitted the part that names what was touched, the sighting is `incomplete`, its evidence says so, and its ids come
 * from the record's `resources`, if any. Never throws, whatever the record contains.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function sightingsOf(record: CloudTrailRecord, logFile?: string): readonly Sighting[] {
  const reader = readers.get(`${record.eventSource}:${record.eventName}`);
  if (reader === undefined || callFailed(record) || isNetworkActivity(record)) return [];
  const circumstances = circumstancesOf(record, logFile);
  if (circumstances === undefined) return [];
  const omitted = reader.from.filter((part) => isOmitted(record[part]));
  const incomplete = omitted.length === reader.from.length;
  const seen = reader.read(record, incomplete);
  if (seen === undefined || (seen.kind === 'launch' && isUpdate(record))) return [];
  const gap = incomplete ? `${omitted.join(' and ')} omitted` : reader.lacks?.(record);
  if (gap === undefined) return [{ ...circumstances, ...seen }];
  const evidence = { ...circumstances.evidence, note: `${gap}: needs a live look-up` };
  return [{ ...circumstances, ...seen, evidence, incomplete: true }];
}

function isNetworkActivity({ eventCategory, eventType }: CloudTrailRecord): boolean {
  return eventCategory === 'NetworkActivity' || eventType === 'AwsVpceEvent';
}
