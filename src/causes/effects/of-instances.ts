/** The effects of calls on instances, their tags and their network interfaces. */

import type { Instance, InstanceState } from '../../inventory/instance.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type {
  GroupsSet,
  InstanceLaunched,
  InterfaceAttached,
  InterfaceCreated,
  InterfaceDeleted,
  InterfaceDetached,
  RecordedInterface,
  StateSet,
  TagsRemoved,
  TagsSet,
} from '../../sighting/changes/instances.ts';
import type { Tag } from '../../sighting/tags.ts';
import { cellOf } from '../cells.ts';
import { type AnyEffect, create, drop, type Effects, type Knowledge, knownValue, put, remove } from './effect.ts';

/** An instance with its interfaces. Exact, except for tags and interfaces that the record lacks. */
export function launched(change: InstanceLaunched, knowledge: Knowledge): Effects {
  const { instanceId, instanceType, tags, networkInterfaces = [] } = change;
  return {
    effects: [
      create(cellOf('instance', instanceId), instanceOf(change), knowledge),
      put(cellOf('state', instanceId), 'running', knowledge, null),
      ...(instanceType === undefined ? [] : [put(cellOf('type', instanceId), instanceType, knowledge, null)]),
      ...(tags === undefined ? [] : firstTags(instanceId, tags, knowledge)),
      ...networkInterfaces.flatMap((each) => launchedInterface(each, instanceId, knowledge)),
    ],
    unplaced: [],
  };
}

function instanceOf(change: InstanceLaunched): Instance {
  const { kind: _, tags = [], networkInterfaces = [], ...fields } = change;
  return {
    ...fields,
    state: 'running',
    tags,
    networkInterfaceIds: networkInterfaces.map(({ networkInterfaceId }) => networkInterfaceId),
  };
}

/** A new resource has these tags and no others. */
function firstTags(id: string, tags: readonly Tag[], knowledge: Knowledge): readonly AnyEffect[] {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  return knowledge.tagKeys.map((key) => put(cellOf('tag', id, key), values.get(key) ?? null, knowledge, null));
}

/** An interface that existed before the launch was only attached by it. */
function launchedInterface(
  recorded: RecordedInterface,
  instanceId: string,
  knowledge: Knowledge,
): readonly AnyEffect[] {
  const { networkInterfaceId } = recorded;
  const existed = (knownValue(cellOf('interface', networkInterfaceId), knowledge) ?? null) !== null;
  return [
    ...(existed ? [] : newInterface(recorded, knowledge)),
    ...attach({ ...recorded, instanceId }, existed ? undefined : null, knowledge),
  ];
}

function newInterface(recorded: RecordedInterface, knowledge: Knowledge): readonly AnyEffect[] {
  const { networkInterfaceId: id, groupIds, tags } = recorded;
  return [
    create(cellOf('interface', id), interfaceOf(recorded), knowledge),
    ...(groupIds === undefined ? [] : [put(cellOf('groups', id), groupIds, knowledge, null)]),
    ...(tags === undefined ? [] : firstTags(id, tags, knowledge)),
  ];
}

function interfaceOf(recorded: RecordedInterface): NetworkInterface {
  const { networkInterfaceId, subnetId, vpcId, availabilityZone, privateIpAddress, description, ownerId } = recorded;
  return {
    networkInterfaceId,
    interfaceType: recorded.interfaceType ?? 'interface',
    ...{ ownerId, subnetId, vpcId, availabilityZone, privateIpAddress, description },
    groupIds: recorded.groupIds ?? [],
    tags: recorded.tags ?? [],
  };
}

/** Sets the policy's keys among the tags. */
export function tagsSet({ resourceId, tags }: TagsSet, knowledge: Knowledge): Effects {
  const effects = tags
    .filter(({ key }) => knowledge.tagKeys.includes(key))
    .map(({ key, value }) => put(cellOf('tag', resourceId, key), value, knowledge));
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say which values the tags had before') };
}

/** Removes the policy's keys among those named, or all of them. */
export function tagsRemoved({ resourceId, tags }: TagsRemoved, knowledge: Knowledge): Effects {
  const named = tags === 'all' ? knowledge.tagKeys.map((key): TagName => ({ key })) : tags;
  const effects = named
    .filter(({ key }) => knowledge.tagKeys.includes(key) && !key.startsWith('aws:'))
    .map(({ key, value }) => drop(cellOf('tag', resourceId, key), knowledge, value));
  return { effects, unplaced: [], lacks: lossOf(effects, 'does not say whether the tag was there') };
}

interface TagName {
  readonly key: string;
  readonly value?: string;
}

const STATES: readonly InstanceState[] = ['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped'];

/** Starts, stops and terminations. A termination takes the interfaces that records know of with it, and the sessions on them. */
export function stateSet({ instanceId, state, previousState }: StateSet, knowledge: Knowledge): Effects {
  const before = STATES.find((one) => one === previousState);
  const set = put(cellOf('state', instanceId), state, knowledge, before);
  if (state !== 'terminated') return { effects: [set], unplaced: [], lacks: lossOf([set], 'lacks the state before') };
  const attached = [...(knowledge.interfacesOn.get(instanceId) ?? [])];
  return {
    effects: [
      set,
      ...attached.flatMap((id) => withoutInterface(id, knowledge)),
      drop(cellOf('instance', instanceId), knowledge),
    ],
    unplaced: attached.length > 0 ? [] : [{ lost: 'interface' }],
    lacks: attached.length > 0 ? undefined : 'does not say which interfaces were on the instance',
  };
}

/** An interface that is deleted with what is on it, as far as it is known. */
function withoutInterface(id: string, knowledge: Knowledge): readonly AnyEffect[] {
  const sessions = [...(knowledge.sessionsOn.get(id) ?? [])];
  return [
    ...sessions.map((session) => drop(cellOf('session', session), knowledge)),
    remove(cellOf('interface', id), knowledge, asItWas(id, knowledge)),
  ];
}

/** The interface as records describe it, with its last known groups and attachment. */
function asItWas(id: string, knowledge: Knowledge): NetworkInterface | null | undefined {
  const known = knownValue(cellOf('interface', id), knowledge) ?? undefined;
  if (known === undefined) return undefined;
  const groupIds = knownValue(cellOf('groups', id), knowledge) ?? known.groupIds;
  const attachment = knownValue(cellOf('attachment', id), knowledge) ?? undefined;
  return { ...known, groupIds, attachment };
}

/** Exact. */
export function interfaceCreated({ networkInterface }: InterfaceCreated, knowledge: Knowledge): Effects {
  const detached = put(cellOf('attachment', networkInterface.networkInterfaceId), null, knowledge, null);
  return { effects: [...newInterface(networkInterface, knowledge), detached], unplaced: [] };
}

/** The interface is restored if a record describes it. */
export function interfaceDeleted({ networkInterfaceId }: InterfaceDeleted, knowledge: Knowledge): Effects {
  if (asItWas(networkInterfaceId, knowledge) !== undefined)
    return { effects: withoutInterface(networkInterfaceId, knowledge), unplaced: [] };
  return {
    effects: [],
    unplaced: [{ lost: 'interface', networkInterfaceId }],
    lacks: 'does not say what the interface was',
  };
}

/** Exact. */
export function interfaceAttached(change: InterfaceAttached, knowledge: Knowledge): Effects {
  return { effects: attach(change, null, knowledge), unplaced: [] };
}

function attach(
  change: Omit<InterfaceAttached, 'kind'>,
  before: null | undefined,
  knowledge: Knowledge,
): readonly AnyEffect[] {
  const { networkInterfaceId, instanceId, attachmentId, deviceIndex, networkCardIndex } = change;
  if (attachmentId !== undefined) knowledge.attachments.set(attachmentId, { networkInterfaceId, instanceId });
  const on = knowledge.interfacesOn.get(instanceId) ?? new Set();
  knowledge.interfacesOn.set(instanceId, on.add(networkInterfaceId));
  const attachment = { attachmentId, instanceId, deviceIndex, networkCardIndex, status: 'attached' };
  return [put(cellOf('attachment', networkInterfaceId), attachment, knowledge, before)];
}

/** The record names only the attachment, which the attaching record tells. */
export function interfaceDetached({ attachmentId }: InterfaceDetached, knowledge: Knowledge): Effects {
  const known = knowledge.attachments.get(attachmentId);
  if (known === undefined)
    return {
      effects: [],
      unplaced: [{ lost: 'attachment' }],
      lacks: 'names only the attachment, not the interface or the instance',
    };
  const { networkInterfaceId, instanceId } = known;
  knowledge.interfacesOn.get(instanceId)?.delete(networkInterfaceId);
  return { effects: [put(cellOf('attachment', networkInterfaceId), null, knowledge)], unplaced: [] };
}

/** Of an instance, the groups of its primary interface. */
export function groupsSet({ resourceId, groupIds }: GroupsSet, knowledge: Knowledge): Effects {
  const id = resourceId.startsWith('i-') ? primaryOf(resourceId, knowledge) : resourceId;
  if (id === undefined)
    return {
      effects: [],
      unplaced: [{ lost: 'parameters', resourceIds: [resourceId] }],
      lacks: 'does not say which interface it was',
    };
  const effects = [put(cellOf('groups', id), groupIds, knowledge)];
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the groups before') };
}

function primaryOf(instanceId: string, knowledge: Knowledge): string | undefined {
  const now = knowledge.account.interfacesOn.get(instanceId)?.find(({ attachment }) => attachment?.deviceIndex === 0);
  if (now !== undefined) return now.networkInterfaceId;
  const recorded = [...(knowledge.interfacesOn.get(instanceId) ?? [])];
  return recorded.find((id) => knownValue(cellOf('attachment', id), knowledge)?.deviceIndex === 0);
}

/** The text if any effect's value before is lost. */
export function lossOf(effects: readonly AnyEffect[], lacks: string): string | undefined {
  return effects.some(({ before }) => before === undefined) ? lacks : undefined;
}
