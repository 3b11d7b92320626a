/** CloudTrail records of the calls that happen in the world, in EC2's two encodings. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import { REGION } from './account.ts';

/** A call that changed something. */
export interface TrailCall {
  readonly accountId: string;
  readonly at: number;
  readonly eventName: string;
  /** `user/dana`, or an assumed role and its session: `assumed-role/deploy/build-7`. */
  readonly caller: string;
  readonly request: Item;
  readonly response: Item;
}

/** A time in whole seconds, as CloudTrail writes it. */
export function second(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, '');
}

/** The record of a call. `number` makes its ids. */
export function recordOf({ accountId, at, eventName, caller, request, response }: TrailCall, number: number): Item {
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(accountId, caller),
    eventTime: second(at),
    eventSource: 'ec2.amazonaws.com',
    eventName,
    awsRegion: REGION,
    sourceIPAddress: '203.0.113.9',
    userAgent: 'aws-cli/2.31.0',
    requestParameters: request,
    responseElements: response,
    requestID: uuidOf(2 * number),
    eventID: uuidOf(2 * number + 1),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}

/** An id of a UUID's form. */
export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function identityOf(accountId: string, caller: string): Item {
  const [kind, name = '', session] = caller.split('/');
  if (kind !== 'assumed-role')
    return { type: 'IAMUser', userName: name, arn: `arn:aws:iam::${accountId}:user/${name}`, accountId };
  const sessionIssuer = { type: 'Role', arn: `arn:aws:iam::${accountId}:role/${name}`, accountId, userName: name };
  return {
    ...{ type: 'AssumedRole', accountId, arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${session}` },
    sessionContext: { sessionIssuer, attributes: { mfaAuthenticated: 'false' } },
  };
}

/** What RunInstances records of one instance. */
export function launchOf(instance: Item, tags: readonly Item[]): Pick<TrailCall, 'request' | 'response'> {
  const { InstanceId, ImageId, InstanceType, LaunchTime, SubnetId, VpcId, PrivateIpAddress, NetworkInterfaces } =
    instance;
  const items = tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
  const networkInterfaceSet = {
    items: NetworkInterfaces.map(({ NetworkInterfaceId }: Item) => ({
      networkInterfaceId: NetworkInterfaceId,
      tagSet: {},
    })),
  };
  return {
    request: {
      instancesSet: { items: [{ imageId: ImageId, minCount: 1, maxCount: 1 }] },
      instanceType: InstanceType,
      ...(items.length > 0 && { tagSpecificationSet: { items: [{ resourceType: 'instance', tags: items }] } }),
    },
    response: {
      ...{ requestId: uuidOf(1), reservationId: 'r-0a' },
      instancesSet: {
        items: [
          {
            ...{
              instanceId: InstanceId,
              imageId: ImageId,
              instanceType: InstanceType,
              launchTime: Date.parse(LaunchTime),
            },
            ...{ placement: { availabilityZone: 'eu-west-1a' }, subnetId: SubnetId, vpcId: VpcId },
            ...{ privateIpAddress: PrivateIpAddress, tagSet: items.length === 0 ? {} : { items }, networkInterfaceSet },
          },
        ],
      },
    },
  };
}

/** What CreateTags and DeleteTags record. */
export function taggingOf(instanceId: string, tags: readonly Item[]): Pick<TrailCall, 'request' | 'response'> {
  return {
    request: {
      resourcesSet: { items: [{ resourceId: instanceId }] },
      tagSet: { items: tags.map(({ Key, Value }) => ({ key: Key, ...(Value !== undefined && { value: Value }) })) },
    },
    response: { requestId: uuidOf(1), _return: true },
  };
}

/** What a call on instances records: StopInstances, TerminateInstances, StartInstances. */
export function stateChangeOf(
  instanceId: string,
  before: string,
  after: string,
): Pick<TrailCall, 'request' | 'response'> {
  const item = { instanceId, currentState: { name: after }, previousState: { name: before } };
  return {
    request: { instancesSet: { items: [{ instanceId }] } },
    response: { requestId: uuidOf(1), instancesSet: { items: [item] } },
  };
}

/** What the calls record that make an interface, put it on an instance, take it off and delete it. */
export function interfaceCallOf(eventName: string, networkInterface: Item): Pick<TrailCall, 'request' | 'response'> {
  const { NetworkInterfaceId, SubnetId, VpcId, AvailabilityZone, PrivateIpAddress, Groups, Attachment } =
    networkInterface;
  const [named, requestId] = [{ networkInterfaceId: NetworkInterfaceId }, uuidOf(1)];
  const groupSet = { items: Groups.map(({ GroupId }: Item) => ({ groupId: GroupId })) };
  const attachmentId = Attachment?.AttachmentId;
  if (eventName === 'CreateNetworkInterface') {
    const place = { subnetId: SubnetId, vpcId: VpcId, availabilityZone: AvailabilityZone, groupSet };
    const made = { ...named, ...place, status: 'pending', privateIpAddress: PrivateIpAddress, tagSet: {} };
    return { request: { subnetId: SubnetId, groupSet }, response: { requestId, networkInterface: made } };
  }
  if (eventName === 'AttachNetworkInterface') {
    const { InstanceId, DeviceIndex } = Attachment;
    return {
      request: { ...named, instanceId: InstanceId, deviceIndex: DeviceIndex },
      response: { requestId, attachmentId, networkCardIndex: 0 },
    };
  }
  const request = eventName === 'DetachNetworkInterface' ? { attachmentId, force: false } : named;
  return { request, response: { requestId, _return: true } };
}

/** What a call on a mirror session records, in the wrapped form of the newer calls. */
export function sessionCallOf(
  eventName: string,
  request: Item,
  session: Item,
): Pick<TrailCall, 'request' | 'response'> {
  const { TrafficMirrorSessionId, NetworkInterfaceId, TrafficMirrorTargetId, TrafficMirrorFilterId, SessionNumber } =
    session;
  const created = {
    ...{ trafficMirrorSessionId: TrafficMirrorSessionId, networkInterfaceId: NetworkInterfaceId },
    ...{ trafficMirrorTargetId: TrafficMirrorTargetId, trafficMirrorFilterId: TrafficMirrorFilterId },
    ...{ sessionNumber: SessionNumber, virtualNetworkId: session.VirtualNetworkId },
  };
  const isDelete = eventName.startsWith('Delete');
  const content = isDelete ? { trafficMirrorSessionId: TrafficMirrorSessionId } : { trafficMirrorSession: created };
  return {
    request: { [`${eventName}Request`]: { ...request, tag: undefined } },
    response: { [`${eventName}Response`]: { requestId: uuidOf(1), ...content } },
  };
}
