/** Reads calls that create, tag, change and delete instances, network interfaces and mirror sessions. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import {
  asList,
  type Fields,
  field,
  fieldsOf,
  requestOf,
  resourceIds,
  responseOf,
  textField,
  textsIn,
} from './fields.ts';
import type {
  IamUserSighting,
  InstanceStateSighting,
  InterfaceSighting,
  LaunchedInstance,
  LaunchSighting,
  MirrorPathSighting,
  RuleSighting,
  SecurityGroupSighting,
  SessionSighting,
  SuspicionSighting,
  TagsRemovedSighting,
  TagsSetSighting,
  TaskSighting,
} from './sighting.ts';
import { tagNamesOf, tagsOf } from './tags.ts';

/** A part of a record that CloudTrail omits when it is too long. */
export type Part = 'requestParameters' | 'responseElements' | 'serviceEventDetails';

type Circumstantial = 'accountId' | 'region' | 'eventTime' | 'actor' | 'evidence' | 'incomplete' | 'changes';

/** What a reader adds to the circumstances. */
export type Seen =
  | Omit<LaunchSighting, Circumstantial>
  | Omit<TagsSetSighting, Circumstantial>
  | Omit<TagsRemovedSighting, Circumstantial>
  | Omit<InstanceStateSighting, Circumstantial>
  | Omit<InterfaceSighting, Circumstantial>
  | Omit<SessionSighting, Circumstantial>
  | Omit<MirrorPathSighting, Circumstantial>
  | Omit<SecurityGroupSighting, Circumstantial>;

/** Reads a successful call. `omitted`: CloudTrail left out the part it reads. Undefined when nothing we watch was touched. */
export type Read = (record: CloudTrailRecord, omitted: boolean) => Seen | undefined;

/**
 * RunInstances. Ids, tags and interfaces come from the response, which includes tags from launch templates and Auto Scaling. Without
 * a response, the ids come from `resources` and the tags are unknown.
 */
export function readLaunch(record: CloudTrailRecord, omitted: boolean): Seen | undefined {
  const response = responseOf(record);
  const reservationId = textField(response, 'reservationId');
  const described = field(response, 'instancesSet');
  if (!omitted && described !== undefined) {
    const instances = asList(described).flatMap(launchedInstance);
    return instances.length === 0 ? undefined : { kind: 'launch', instances, reservationId };
  }
  const instances = resourceIds(record, 'AWS::EC2::Instance').map(onlyId);
  return { kind: 'launch', instances, reservationId };
}

/**
 * CreateFleet. It gives only ids; the RunInstances it causes gives the rest. It may succeed without launching an instance.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
 */
export function readFleet(record: CloudTrailRecord, omitted: boolean): Seen | undefined {
  const sets = asList(field(responseOf(record), 'fleetInstanceSet'));
  const instances = sets.flatMap((set) => {
    const fields = fieldsOf(set);
    const instanceType = textField(fields, 'instanceType');
    return textsIn(field(fields, 'instanceIds'), 'instanceId').map((instanceId) => ({
      ...onlyId(instanceId),
      instanceType,
    }));
  });
  return instances.length === 0 && !omitted ? undefined : { kind: 'launch', instances };
}

/** CreateTags: sets every tag on every resource, of any type. */
export function readTagsSet(record: CloudTrailRecord, omitted: boolean): Seen {
  return {
    kind: 'tags-set',
    resourceIds: taggedIds(record, omitted),
    tags: tagsOf(field(requestOf(record), 'tagSet') ?? requestOf(record).Tag),
  };
}

/** DeleteTags: removes all tags if it names none. If the request was omitted, which tags is unknown. */
export function readTagsRemoved(record: CloudTrailRecord, omitted: boolean): Seen {
  const tags = tagNamesOf(field(requestOf(record), 'tagSet') ?? requestOf(record).Tag);
  return {
    kind: 'tags-removed',
    resourceIds: taggedIds(record, omitted),
    tags: tags.length === 0 && !omitted ? 'all' : tags,
  };
}

/** TerminateInstances, StartInstances, StopInstances. The response names the same instances as the request, or fewer. */
export function readState(kind: InstanceStateSighting['kind']): Read {
  return (record) => {
    const answered = textsIn(field(responseOf(record), 'instancesSet'), 'instanceId');
    const asked = textsIn(field(requestOf(record), 'instancesSet'), 'instanceId');
    const named = answered.length > 0 ? answered : asked;
    return { kind, instanceIds: named.length > 0 ? named : resourceIds(record, 'AWS::EC2::Instance') };
  };
}

/** BidEvictedEvent: EC2 reclaimed spot instances. Their ids are in `serviceEventDetails`. */
export function readEviction(record: CloudTrailRecord): Seen {
  return { kind: 'terminated', instanceIds: evictedIds(record) };
}

/** What a RunInstances record lacks when it doesn't describe the launched instances. */
export function lacksInstances(record: CloudTrailRecord): string | undefined {
  return field(responseOf(record), 'instancesSet') === undefined ? 'responseElements missing' : undefined;
}

/** What a BidEvictedEvent lacks when it names no instance. */
export function lacksEvicted(record: CloudTrailRecord): string | undefined {
  return evictedIds(record).length === 0 ? 'instanceIdSet missing' : undefined;
}

function evictedIds(record: CloudTrailRecord): readonly string[] {
  return textsIn(field(fieldsOf(record.serviceEventDetails), 'instanceIdSet'), 'instanceId');
}

/** The calls on interfaces. DetachNetworkInterface names only the attachment, so neither interface nor instance is known. */
export function readInterface(kind: InterfaceSighting['kind']): Read {
  return (record) => {
    const request = requestOf(record);
    const created = fieldsOf(field(responseOf(record), 'networkInterface'));
    return {
      kind,
      networkInterfaceId: textField(created, 'networkInterfaceId') ?? textField(request, 'networkInterfaceId'),
      instanceId: textField(request, 'instanceId'),
    };
  };
}

/** The calls on mirror sessions. The response describes the session; the request fills in the rest. */
export function readSession(kind: SessionSighting['kind']): Read {
  return (record) => {
    const response = responseOf(record);
    const holders = [fieldsOf(field(response, 'trafficMirrorSession')), requestOf(record), response];
    const either = (name: string): string | undefined => firstText(holders, name);
    return {
      kind,
      trafficMirrorSessionId: either('trafficMirrorSessionId'),
      networkInterfaceId: either('networkInterfaceId'),
      trafficMirrorTargetId: either('trafficMirrorTargetId'),
      trafficMirrorFilterId: either('trafficMirrorFilterId'),
    };
  };
}

/** The ids that a sighting names of resources that its call or event touched. */
export function namedIds(
  seen: Seen | TaskSighting | SuspicionSighting | RuleSighting | IamUserSighting,
): readonly string[] {
  switch (seen.kind) {
    case 'launch':
      return seen.instances.map(({ instanceId }) => instanceId);
    case 'tags-set':
    case 'tags-removed':
    case 'mirror-path-changed':
    case 'security-group-created':
    case 'security-group-deleted':
      return seen.resourceIds;
    case 'terminated':
    case 'started':
    case 'stopped':
      return seen.instanceIds;
    case 'interface-attached':
    case 'interface-detached':
    case 'interface-created':
    case 'interface-deleted':
      return known(seen.networkInterfaceId, seen.instanceId);
    case 'session-created':
    case 'session-modified':
    case 'session-deleted':
      return known(seen.trafficMirrorSessionId, seen.networkInterfaceId);
    case 'task-running':
    case 'task-stopped':
      return seen.networkInterfaceIds;
    case 'suspicion':
      return [...known(seen.instanceId), ...seen.networkInterfaceIds];
    case 'rule-found':
    case 'rule-ended':
      return seen.resourceId === '' ? [] : [seen.resourceId];
    case 'iam-user-made':
    case 'iam-user-deleted':
      return known(seen.userName);
  }
}

const known = (...ids: readonly (string | undefined)[]): readonly string[] => ids.filter((id) => id !== undefined);

function launchedInstance(value: unknown): readonly LaunchedInstance[] {
  const fields = fieldsOf(value);
  const instanceId = textField(fields, 'instanceId');
  if (instanceId === undefined) return [];
  return [
    {
      instanceId,
      instanceType: textField(fields, 'instanceType'),
      imageId: textField(fields, 'imageId'),
      availabilityZone: textField(fieldsOf(field(fields, 'placement')), 'availabilityZone'),
      subnetId: textField(fields, 'subnetId'),
      vpcId: textField(fields, 'vpcId'),
      privateIpAddress: textField(fields, 'privateIpAddress'),
      tags: tagsOf(field(fields, 'tagSet')),
      networkInterfaceIds: textsIn(field(fields, 'networkInterfaceSet'), 'networkInterfaceId'),
    },
  ];
}

const onlyId = (instanceId: string): LaunchedInstance => ({ instanceId, networkInterfaceIds: [] });

function taggedIds(record: CloudTrailRecord, omitted: boolean): readonly string[] {
  const request = requestOf(record);
  const ids = textsIn(field(request, 'resourcesSet') ?? field(request, 'resourceId'), 'resourceId');
  return ids.length === 0 && omitted ? resourceIds(record, 'AWS::EC2::Instance') : ids;
}

function firstText(holders: readonly Fields[], name: string): string | undefined {
  for (const holder of holders) {
    const text = textField(holder, name);
    if (text !== undefined) return text;
  }
  return undefined;
}
