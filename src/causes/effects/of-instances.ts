/** The effects of calls on instances, their tags and their network interfaces. */

import type { Instance, InstanceState } from '../../inventory/instance.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type {
  GroupsSet,
  InstanceLaunched,
  InstanceTypeSet,
  InterfaceAttached,
  InterfaceCreated,
  InterfaceDeleted,
  InterfaceDetached,
  RecordedInterface,
  StateSet,
} from '../../sighting/changes/instances.ts';
import { cellOf } from '../cells.ts';
import {
  type AnyEffect,
  create,
  drop,
  type Effects,
  empty,
  type Knowledge,
  knownValue,
  lossOf,
  put,
  remove,
} from './effect.ts';
import { firstTags, lastTags } from './tags.ts';

/** An instance with its interfaces. Exact, except for tags and interfaces that the record lacks. */
export function launched(change: InstanceLaunched, knowledge: Knowledge): Effects {
  const { instanceId, instanceType, tags, networkInterfaces = [] } = change;
  if (networkInterfaces.length > 0) {
    const made = networkInterfaces.filter(({ existed }) => existed !== true);
    knowledge.launchedWith.set(instanceId, new Set(made.map(({ networkInterfaceId }) => networkInterfaceId)));
  }
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

/** An interface that existed before the launch was only attached by it. */
function launchedInterface(
  recorded: RecordedInterface,
  instanceId: string,
  knowledge: Knowledge,
): readonly AnyEffect[] {
  const { networkInterfaceId } = recorded;
  const { existed = isKnown(networkInterfaceId, knowledge) } = recorded;
  return [...(existed ? [] : newInterface(recorded, knowledge)), attach({ ...recorded, instanceId }, knowledge)];
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

const STATES: readonly InstanceState[] = ['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped'];

/** What a call needs that only a stopped instance allows. */
function stopped(instanceId: string): string {
  return `${instanceId} stopped`;
}

/**
 * The type of a stopped instance: of a running one, it can't be changed.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
 */
export function typeSet({ instanceId, instanceType }: InstanceTypeSet, knowledge: Knowledge): Effects {
  const changed = put(cellOf('type', instanceId), instanceType, knowledge);
  const effects = [{ ...changed, needs: stopped(instanceId) }];
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the type before') };
}

/** Starts, stops and terminations. A termination takes the interfaces of the launch with it, and the sessions on them. */
export function stateSet({ instanceId, state, previousState }: StateSet, knowledge: Knowledge): Effects {
  const before = STATES.find((one) => one === previousState);
  const changed = put(cellOf('state', instanceId), state, knowledge, before);
  const set = state === 'stopped' ? { ...changed, makes: stopped(instanceId) } : changed;
  if (state !== 'terminated') return { effects: [set], unplaced: [], lacks: lossOf([set], 'lacks the state before') };
  const attached = [...(knowledge.interfacesOn.get(instanceId) ?? [])];
  const isComplete = knowledge.launchedWith.has(instanceId) && attached.every((id) => isKnown(id, knowledge));
  return {
    effects: [
      set,
      ...attached.flatMap((id) => leftBy(instanceId, id, knowledge)),
      // EC2 lists a terminated instance for a while, as it was.
      ...(knowledge.account.instances.has(instanceId) ? [] : removed(instanceId, knowledge)),
    ],
    unplaced: isComplete ? [] : [{ lost: 'interface' }],
    lacks: isComplete ? undefined : 'does not say which interfaces were on the instance',
  };
}

function removed(instanceId: string, knowledge: Knowledge): readonly AnyEffect[] {
  return [
    ...lastTags(instanceId, knowledge),
    ...empty(cellOf('type', instanceId), knowledge),
    drop(cellOf('instance', instanceId), knowledge),
  ];
}

/**
 * An interface of a terminated instance. It goes if the launch made it; one that was attached later, or that is in the account still, is
 * only detached.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterfaceAttachmentChanges.html
 */
function leftBy(instanceId: string, id: string, knowledge: Knowledge): readonly AnyEffect[] {
  const goes = knowledge.launchedWith.get(instanceId)?.has(id) === true && !knowledge.account.networkInterfaces.has(id);
  const detached = empty(cellOf('attachment', id), knowledge);
  if (!goes) return detached;
  return [...detached, ...partsOfInterface(id, knowledge), drop(cellOf('interface', id), knowledge)];
}

/** The parts of a free interface that is deleted, and what is on it, as far as they are known. */
function partsOfInterface(id: string, knowledge: Knowledge): readonly AnyEffect[] {
  return [
    ...[...(knowledge.sessionsOn.get(id) ?? [])].flatMap((session) => withoutSession(session, knowledge)),
    ...empty(cellOf('groups', id), knowledge),
    ...lastTags(id, knowledge),
  ];
}

function withoutSession(id: string, knowledge: Knowledge): readonly AnyEffect[] {
  return [...lastTags(id, knowledge), drop(cellOf('session', id), knowledge)];
}

/** Exact. */
export function interfaceCreated({ networkInterface }: InterfaceCreated, knowledge: Knowledge): Effects {
  const detached = put(cellOf('attachment', networkInterface.networkInterfaceId), null, knowledge, null);
  return { effects: [...newInterface(networkInterface, knowledge), detached], unplaced: [] };
}

/** The interface is restored if a record describes it. */
export function interfaceDeleted({ networkInterfaceId }: InterfaceDeleted, knowledge: Knowledge): Effects {
  if (isKnown(networkInterfaceId, knowledge)) {
    const parts = partsOfInterface(networkInterfaceId, knowledge);
    return { effects: [...parts, remove(cellOf('interface', networkInterfaceId), knowledge)], unplaced: [] };
  }
  return {
    effects: [],
    unplaced: [{ lost: 'interface', networkInterfaceId }],
    lacks: 'does not say what the interface was',
  };
}

/** Exact. */
export function interfaceAttached(change: InterfaceAttached, knowledge: Knowledge): Effects {
  return { effects: [attach(change, knowledge)], unplaced: [] };
}

/** An interface that can be attached is on nothing. */
function attach(change: Omit<InterfaceAttached, 'kind'>, knowledge: Knowledge): AnyEffect {
  const { networkInterfaceId, instanceId, attachmentId, deviceIndex, networkCardIndex } = change;
  const on = knowledge.interfacesOn.get(instanceId) ?? new Set();
  knowledge.interfacesOn.set(instanceId, on.add(networkInterfaceId));
  const attachment = { attachmentId, instanceId, deviceIndex, networkCardIndex, status: 'attached' };
  if (attachmentId !== undefined)
    knowledge.attachments.set(attachmentId, { networkInterfaceId, instanceId, attachment });
  const cell = cellOf('attachment', networkInterfaceId);
  knowledge.values.set(cell.key, attachment);
  // An interface that is attached can't be attached again.
  return { cell, operation: 'create', after: attachment, before: null, makes: attachmentId };
}

/** True for an interface that a record or an older snapshot describes, and that was not deleted since. */
function isKnown(networkInterfaceId: string, knowledge: Knowledge): boolean {
  return (knownValue(cellOf('interface', networkInterfaceId), knowledge) ?? null) !== null;
}

/** The record names only the attachment, which the attaching record or an older snapshot tells. */
export function interfaceDetached({ attachmentId }: InterfaceDetached, knowledge: Knowledge): Effects {
  const known = knowledge.attachments.get(attachmentId);
  if (known === undefined)
    return {
      effects: [],
      unplaced: [{ lost: 'attachment' }],
      lacks: 'names only the attachment, not the interface or the instance',
    };
  const { networkInterfaceId, instanceId, attachment } = known;
  knowledge.interfacesOn.get(instanceId)?.delete(networkInterfaceId);
  const removed = remove(cellOf('attachment', networkInterfaceId), knowledge, attachment);
  return { effects: [{ ...removed, needs: attachmentId }], unplaced: [] };
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
