/** CloudTrail records in EC2's two encodings: lists of `items`, and the wrapped form of the mirroring calls. */

import { CALLERS, type CallerName } from './actors.ts';
import type { Eni, Machine, Tags } from './fleet.ts';
import { ACCOUNT_ID, REGION, SUBNETS } from './network.ts';
import type { Seeded } from './seeded.ts';

/** A CloudTrail record. */
export type LogRecord = Readonly<Record<string, unknown>>;

/** What differs between calls; the rest is the same for every record. */
export interface Call {
  readonly at: string;
  readonly by: CallerName;
  readonly eventName: string;
  readonly eventSource?: string;
  readonly request?: object | null;
  readonly response?: object | null;
  readonly readOnly?: boolean;
  readonly error?: readonly [string, string];
}

/** A management event, version 1.11. */
export function record(random: Seeded, call: Call): LogRecord {
  const { userIdentity, sourceIPAddress, userAgent } = CALLERS[call.by];
  return {
    eventVersion: '1.11',
    userIdentity,
    eventTime: call.at,
    eventSource: call.eventSource ?? 'ec2.amazonaws.com',
    eventName: call.eventName,
    awsRegion: REGION,
    sourceIPAddress,
    userAgent,
    errorCode: call.error?.[0],
    errorMessage: call.error?.[1],
    requestParameters: call.request ?? null,
    responseElements: call.error === undefined ? (call.response ?? null) : null,
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: call.readOnly ?? false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: ACCOUNT_ID,
    eventCategory: 'Management',
  };
}

/** The RunInstances call that launched these machines with these tags. */
export function launch(
  random: Seeded,
  at: string,
  by: CallerName,
  machines: readonly Machine[],
  tags: Tags,
): LogRecord {
  const first = machines[0];
  const request = {
    instancesSet: { items: [{ imageId: first?.imageId, minCount: machines.length, maxCount: machines.length }] },
    instanceType: first?.type,
    blockDeviceMapping: {},
    monitoring: { enabled: false },
    disableApiTermination: false,
    subnetId: first === undefined ? undefined : SUBNETS[first.primary.subnet].subnetId,
    clientToken: random.uuid(),
    // Tags from a launch template aren't in the request, so Auto Scaling's launches have them only in the response.
    ...(by === 'autoScaling' || Object.keys(tags).length === 0
      ? {}
      : { tagSpecificationSet: { items: [{ resourceType: 'instance', tags: tagItems(tags) }] } }),
  };
  const response = {
    requestId: random.uuid(),
    reservationId: random.id('r'),
    ownerId: ACCOUNT_ID,
    groupSet: {},
    ...(by === 'autoScaling' ? { requesterId: '940372691376' } : {}),
    instancesSet: { items: machines.map((machine) => launched(machine, at, tags)) },
  };
  return record(random, { at, by, eventName: 'RunInstances', request, response });
}

function launched(machine: Machine, at: string, tags: Tags): object {
  const { subnetId, vpcId, zone } = SUBNETS[machine.primary.subnet];
  return {
    instanceId: machine.instanceId,
    imageId: machine.imageId,
    instanceState: { code: 0, name: 'pending' },
    privateDnsName: `ip-${machine.primary.address.replaceAll('.', '-')}.${REGION}.compute.internal`,
    amiLaunchIndex: 0,
    productCodes: {},
    instanceType: machine.type,
    launchTime: Date.parse(at),
    placement: { availabilityZone: `${REGION}${zone}`, tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId,
    vpcId,
    privateIpAddress: machine.primary.address,
    architecture: 'x86_64',
    tagSet: itemsOf(tagItems(tags)),
    groupSet: { items: machine.primary.groups.map((groupId) => ({ groupId })) },
    networkInterfaceSet: { items: [launchedEni(machine.primary, at)] },
    hypervisor: 'xen',
    virtualizationType: 'hvm',
  };
}

function launchedEni({ id, subnet, address, groups }: Eni, at: string): object {
  const { subnetId, vpcId } = SUBNETS[subnet];
  return {
    networkInterfaceId: id,
    subnetId,
    vpcId,
    ownerId: ACCOUNT_ID,
    status: 'in-use',
    privateIpAddress: address,
    interfaceType: 'interface',
    groupSet: { items: groups.map((groupId) => ({ groupId })) },
    attachment: {
      attachmentId: `eni-attach-${id.slice(4)}`,
      deviceIndex: 0,
      networkCardIndex: 0,
      status: 'attaching',
      attachTime: Date.parse(at),
      deleteOnTermination: true,
    },
    privateIpAddressesSet: { item: [{ privateIpAddress: address, primary: true }] },
    ipv6AddressesSet: {},
    tagSet: {},
  };
}

/** CreateTags on resources of any type. */
export function tagging(
  random: Seeded,
  at: string,
  by: CallerName,
  resourceIds: readonly string[],
  tags: Tags,
): LogRecord {
  const request = { resourcesSet: resources(resourceIds), tagSet: { items: tagItems(tags) } };
  return record(random, {
    at,
    by,
    eventName: 'CreateTags',
    request,
    response: { requestId: random.uuid(), _return: true },
  });
}

/** DeleteTags by key, regardless of the values. */
export function untagging(
  random: Seeded,
  at: string,
  by: CallerName,
  resourceIds: readonly string[],
  keys: readonly string[],
): LogRecord {
  const request = { resourcesSet: resources(resourceIds), tagSet: { items: keys.map((key) => ({ key })) } };
  return record(random, {
    at,
    by,
    eventName: 'DeleteTags',
    request,
    response: { requestId: random.uuid(), _return: true },
  });
}

/** StartInstances or TerminateInstances on one machine. */
export function change(
  random: Seeded,
  at: string,
  by: CallerName,
  eventName: 'StartInstances' | 'TerminateInstances',
  instanceId: string,
): LogRecord {
  const [currentState, previousState] =
    eventName === 'StartInstances'
      ? [
          { code: 0, name: 'pending' },
          { code: 80, name: 'stopped' },
        ]
      : [
          { code: 32, name: 'shutting-down' },
          { code: 16, name: 'running' },
        ];
  return record(random, {
    at,
    by,
    eventName,
    request: { instancesSet: { items: [{ instanceId }] } },
    response: { requestId: random.uuid(), instancesSet: { items: [{ instanceId, currentState, previousState }] } },
  });
}

/** A call in the newer encoding: request and response are wrapped, the request in Pascal case. */
export function wrapped(
  random: Seeded,
  at: string,
  by: CallerName,
  eventName: string,
  request: object,
  response: object,
): LogRecord {
  const wrappedResponse = { xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/', requestId: random.uuid(), ...response };
  return record(random, {
    at,
    by,
    eventName,
    request: { [`${eventName}Request`]: request },
    response: { [`${eventName}Response`]: wrappedResponse },
  });
}

/** EC2 writes an empty list as an empty object. */
function itemsOf(items: readonly object[]): object {
  return items.length === 0 ? {} : { items };
}

function tagItems(tags: Tags): readonly object[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function resources(resourceIds: readonly string[]): object {
  return { items: resourceIds.map((resourceId) => ({ resourceId })) };
}
