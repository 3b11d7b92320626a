/** Readers of the calls that make, tag, start, stop and end instances, interfaces and mirror sessions. */

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
  InstanceStateSighting,
  InterfaceSighting,
  LaunchedInstance,
  LaunchSighting,
  MirrorPathSighting,
  SessionSighting,
  TagsRemovedSighting,
  TagsSetSighting,
} from './sighting.ts';
import { tagNamesOf, tagsOf } from './tags.ts';

/** A part of a record that CloudTrail leaves out when it is too long. */
export type Part = 'requestParameters' | 'responseElements' | 'serviceEventDetails';

type Circumstantial = 'accountId' | 'region' | 'eventTime' | 'actor' | 'evidence' | 'incomplete';

/** What a reader adds to the circumstances. `lacks`: what the record should hold and does not. */
export type Seen = (
  | Omit<LaunchSighting, Circumstantial>
  | Omit<TagsSetSighting, Circumstantial>
  | Omit<TagsRemovedSighting, Circumstantial>
  | Omit<InstanceStateSighting, Circumstantial>
  | Omit<InterfaceSighting, Circumstantial>
  | Omit<SessionSighting, Circumstantial>
  | Omit<MirrorPathSighting, Circumstantial>
) & { readonly lacks?: string };

/** Reads a successful record; `omitted` when what it reads was left out. Undefined when nothing of ours was touched. */
export type Read = (record: CloudTrailRecord, omitted: boolean) => Seen | undefined;

/**
 * RunInstances. Ids, tags and interfaces come from the response, which has the tags of launch templates and Auto Scaling too; when
 * it is missing, the ids from `resources` and no tags, which are then not known.
 */
export function readLaunch(record: CloudTrailRecord, omitted: boolean): Seen | undefined {
  const response = responseOf(record);
  const reservationId = textField(response, 'reservationId');
  const reservation = reservationId === undefined ? {} : { reservationId };
  const described = field(response, 'instancesSet');
  if (!omitted && described !== undefined) {
    const instances = asList(described).flatMap(launchedInstance);
    return instances.length === 0 ? undefined : { kind: 'launch', instances, ...reservation };
  }
  const instances = resourceIds(record, 'AWS::EC2::Instance').map(onlyId);
  const lacks = omitted ? {} : { lacks: 'responseElements missing' };
  return { kind: 'launch', instances, ...reservation, ...lacks };
}

/**
 * CreateFleet: a hint of ids and no more, the RunInstances that it leads to says the rest. It may succeed without an instance.
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
      ...(instanceType === undefined ? {} : { instanceType }),
    }));
  });
  return instances.length === 0 && !omitted ? undefined : { kind: 'launch', instances };
}

/** CreateTags: every tag was set on every resource, whatever their types. */
export function readTagsSet(record: CloudTrailRecord, omitted: boolean): Seen {
  return {
    kind: 'tags-set',
    resourceIds: taggedIds(record, omitted),
    tags: tagsOf(field(requestOf(record), 'tagSet') ?? requestOf(record).Tag),
  };
}

/** DeleteTags: without any tag named, all went; when the request was left out, it is not known which. */
export function readTagsRemoved(record: CloudTrailRecord, omitted: boolean): Seen {
  const tags = tagNamesOf(field(requestOf(record), 'tagSet') ?? requestOf(record).Tag);
  return {
    kind: 'tags-removed',
    resourceIds: taggedIds(record, omitted),
    tags: tags.length === 0 && !omitted ? 'all' : tags,
  };
}

/** TerminateInstances, StartInstances, StopInstances: the response names the same instances as the request, or fewer. */
export function readState(kind: InstanceStateSighting['kind']): Read {
  return (record) => {
    const answered = textsIn(field(responseOf(record), 'instancesSet'), 'instanceId');
    const asked = textsIn(field(requestOf(record), 'instancesSet'), 'instanceId');
    const named = answered.length > 0 ? answered : asked;
    return { kind, instanceIds: named.length > 0 ? named : resourceIds(record, 'AWS::EC2::Instance') };
  };
}

/** BidEvictedEvent: Amazon took the spot instances back; their ids are in the service's own details. */
export function readEviction(record: CloudTrailRecord): Seen {
  const instanceIds = textsIn(field(fieldsOf(record.serviceEventDetails), 'instanceIdSet'), 'instanceId');
  const lacks = instanceIds.length === 0 ? { lacks: 'instanceIdSet missing' } : {};
  return { kind: 'terminated', instanceIds, ...lacks };
}

/** An interface's call: DetachNetworkInterface names only the attachment, which tells neither interface nor instance. */
export function readInterface(kind: InterfaceSighting['kind']): Read {
  return (record) => {
    const request = requestOf(record);
    const created = fieldsOf(field(responseOf(record), 'networkInterface'));
    return {
      kind,
      ...optional(
        'networkInterfaceId',
        textField(created, 'networkInterfaceId') ?? textField(request, 'networkInterfaceId'),
      ),
      ...optional('instanceId', textField(request, 'instanceId')),
    };
  };
}

/** A mirror session's call: what the response describes, and what only the request says. */
export function readSession(kind: SessionSighting['kind']): Read {
  return (record) => {
    const response = responseOf(record);
    const holders = [fieldsOf(field(response, 'trafficMirrorSession')), requestOf(record), response];
    const either = (name: string): string | undefined => firstText(holders, name);
    return {
      kind,
      ...optional('trafficMirrorSessionId', either('trafficMirrorSessionId')),
      ...optional('networkInterfaceId', either('networkInterfaceId')),
      ...optional('trafficMirrorTargetId', either('trafficMirrorTargetId')),
      ...optional('trafficMirrorFilterId', either('trafficMirrorFilterId')),
    };
  };
}

function launchedInstance(value: unknown): readonly LaunchedInstance[] {
  const fields = fieldsOf(value);
  const instanceId = textField(fields, 'instanceId');
  if (instanceId === undefined) return [];
  return [
    {
      instanceId,
      ...optional('instanceType', textField(fields, 'instanceType')),
      ...optional('imageId', textField(fields, 'imageId')),
      ...optional('availabilityZone', textField(fieldsOf(field(fields, 'placement')), 'availabilityZone')),
      ...optional('subnetId', textField(fields, 'subnetId')),
      ...optional('vpcId', textField(fields, 'vpcId')),
      ...optional('privateIpAddress', textField(fields, 'privateIpAddress')),
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

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}
