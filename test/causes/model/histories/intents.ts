/** What somebody may do next: a random call on an account, with ids for what it makes. Undefined where there is nothing to do it to. */

import type { Account, Instance, Interface } from '../account.ts';
import type { CallName, Params } from '../call.ts';
import type { Random } from './random.ts';
import { addressIn, EXCLUDE_TAG, REQUIRED_TAGS } from './world.ts';

/** A call before it has a caller and a time. */
export type Wish = { readonly [N in CallName]: { readonly eventName: N; readonly params: Params[N] } }[CallName];

/** What an intent sees. */
export interface Scene {
  readonly account: Account;
  readonly random: Random;
  /** The time of the call, ISO 8601 UTC. */
  readonly eventTime: string;
  /** The instances that were there before the logs. */
  readonly oldInstances: readonly string[];
}

export type Intent = (scene: Scene) => Wish | undefined;

export function living({ instances }: Account): readonly Instance[] {
  return Object.values(instances).filter(({ state }) => state !== 'terminated');
}

function isSensor(account: Account, instanceId: string): boolean {
  return Object.values(account.targets).some(
    ({ interfaceId }) => account.interfaces[interfaceId]?.attachment?.instanceId === instanceId,
  );
}

/** An instance: a sensor now and then, else a workload. */
function anInstance({ account, random }: Scene, sensors: number): Instance | undefined {
  const wantsSensor = random.chance(sensors);
  return random.favour(living(account).filter(({ id }) => isSensor(account, id) === wantsSensor));
}

/** An interface that is no sensor's. */
export function aSource({ account, random }: Scene): Interface | undefined {
  const sensors = new Set(Object.values(account.targets).map(({ interfaceId }) => interfaceId));
  return random.favour(Object.values(account.interfaces).filter(({ id }) => !sensors.has(id)));
}

/** Another group of the VPC of a subnet. */
function aGroup({ account, random }: Scene, subnetId: string): string | undefined {
  const vpcId = account.subnets[subnetId]?.vpcId;
  return random.pick(Object.values(account.groups).filter((group) => group.vpcId === vpcId))?.id;
}

const untag: Intent = (scene) => {
  const { random, account, oldInstances } = scene;
  const instance = anInstance(scene, 0.05);
  if (instance === undefined) return undefined;
  const key = random.pick(Object.keys(REQUIRED_TAGS)) ?? '';
  const value = instance.tags[key] ?? 'prod';
  const tags =
    random.pick([
      ...[[{ key }], [{ key }], [{ key }], Object.keys(REQUIRED_TAGS).map((each) => ({ key: each }))],
      ...[[{ key, value }], [{ key, value: '' }], [{ key, value: 'never' }], 'all' as const],
    ]) ?? 'all';
  // Calls on several name only instances that are there in every replay.
  const other = random.pick(oldInstances.filter((id) => account.instances[id]?.state !== 'terminated'));
  const isOld = oldInstances.includes(instance.id);
  const several = other !== undefined && other !== instance.id && isOld && random.chance(0.15);
  return { eventName: 'DeleteTags', params: { resourceIds: several ? [instance.id, other] : [instance.id], tags } };
};

const tag: Intent = (scene) => {
  const { random } = scene;
  const instance = anInstance(scene, 0.05);
  if (instance === undefined) return undefined;
  const key = random.pick(Object.keys(REQUIRED_TAGS)) ?? '';
  const good = REQUIRED_TAGS[key] ?? '';
  const value = random.pick([good, good, good, 'test', '', '']) ?? good;
  const resourceIds = random.chance(0.15) ? [instance.id, 'vol-0a1b2c3d4e5f60718'] : [instance.id];
  return { eventName: 'CreateTags', params: { resourceIds, tags: { [key]: value } } };
};

const exclude: Intent = (scene) => {
  const { account, random } = scene;
  const { key, value } = EXCLUDE_TAG;
  const excluded = living(account).filter(({ tags }) => tags[key] !== undefined);
  const instance = random.pick(random.chance(0.7) ? excluded : living(account));
  if (instance === undefined) return undefined;
  const resourceIds = [instance.id];
  return instance.tags[key] === undefined
    ? { eventName: 'CreateTags', params: { resourceIds, tags: { [key]: value } } }
    : { eventName: 'DeleteTags', params: { resourceIds, tags: [{ key }] } };
};

const launch: Intent = ({ account, random, eventTime }) => {
  const subnet = random.pick(Object.values(account.subnets));
  const groups = Object.values(account.groups).filter(({ vpcId }) => vpcId === subnet?.vpcId);
  if (subnet === undefined) return undefined;
  const machines = Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => ({
    instanceId: random.id('i'),
    interfaceId: random.id('eni'),
    attachmentId: random.id('eni-attach'),
    address: addressIn(subnet.cidr, random),
  }));
  const { Environment = '', OwnerTeam = '' } = REQUIRED_TAGS;
  const tags = random.pick([{}, { OwnerTeam }, { OwnerTeam, Environment }, { OwnerTeam, Environment }]) ?? {};
  const excluded = random.chance(0.2) ? { [EXCLUDE_TAG.key]: EXCLUDE_TAG.value } : {};
  return {
    eventName: 'RunInstances',
    params: {
      ...{ machines, subnetId: subnet.id, groupIds: [groups[0]?.id ?? ''], tags: { ...tags, ...excluded } },
      ...{ type: random.pick(['m7i.large', 'm7i.large', 'm7i.large', 't2.large']) ?? 'm7i.large' },
      ...{ imageId: 'ami-0a1', reservationId: random.id('r'), launchTime: eventTime },
    },
  };
};

function stateWish(eventName: 'StartInstances' | 'StopInstances' | 'TerminateInstances', sensors: number): Intent {
  return (scene) => {
    const instance = anInstance(scene, sensors);
    return instance === undefined ? undefined : { eventName, params: { instanceIds: [instance.id] } };
  };
}

const startStopped: Intent = ({ account, random }) => {
  const instance = random.pick(living(account).filter(({ state }) => state === 'stopped'));
  return instance === undefined ? undefined : { eventName: 'StartInstances', params: { instanceIds: [instance.id] } };
};

const changeInstance: Intent = (scene) => {
  const { random, account } = scene;
  const stopped = living(account).filter(({ state }) => state === 'stopped');
  if (random.chance(0.5)) {
    const instance = random.pick(random.chance(0.9) ? stopped : living(account));
    const type = random.pick(['t2.large', 'm7i.large', 'c6i.xlarge']) ?? 'm7i.large';
    return instance && { eventName: 'ModifyInstanceAttribute', params: { instanceId: instance.id, type } };
  }
  const instance = anInstance(scene, 0.7);
  const groupId = instance && aGroup(scene, instance.subnetId);
  if (instance === undefined || groupId === undefined) return undefined;
  return { eventName: 'ModifyInstanceAttribute', params: { instanceId: instance.id, groupIds: [groupId] } };
};

const changeInterface: Intent = (scene) => {
  const { random, account } = scene;
  const sensors = Object.values(account.targets).flatMap(({ interfaceId }) => account.interfaces[interfaceId] ?? []);
  const found = random.chance(0.8) ? random.favour(sensors) : aSource(scene);
  const groupId = found && aGroup(scene, found.subnetId);
  if (found === undefined || groupId === undefined) return undefined;
  return { eventName: 'ModifyNetworkInterfaceAttribute', params: { interfaceId: found.id, groupIds: [groupId] } };
};

const createInterface: Intent = (scene) => {
  const { random, account } = scene;
  const subnet = random.pick(Object.values(account.subnets));
  const groupId = subnet && aGroup(scene, subnet.id);
  if (subnet === undefined || groupId === undefined) return undefined;
  const address = addressIn(subnet.cidr, random);
  const params = { interfaceId: random.id('eni'), subnetId: subnet.id, groupIds: [groupId], address };
  return { eventName: 'CreateNetworkInterface', params };
};

const attach: Intent = (scene) => {
  const { random, account } = scene;
  const free = random.pick(Object.values(account.interfaces).filter(({ attachment }) => attachment === null));
  const instance = anInstance(scene, 0.15);
  if (free === undefined || instance === undefined) return undefined;
  const deviceIndex = 1 + random.below(3);
  const attachmentId = random.id('eni-attach');
  const params = { interfaceId: free.id, instanceId: instance.id, deviceIndex, attachmentId };
  return { eventName: 'AttachNetworkInterface', params };
};

const detach: Intent = ({ account, random }) => {
  const attached = Object.values(account.interfaces).flatMap(({ attachment }) => attachment ?? []);
  const later = attached.filter(({ deviceIndex }) => deviceIndex > 0);
  const attachment = random.pick(random.chance(0.9) ? later : attached);
  return attachment && { eventName: 'DetachNetworkInterface', params: { attachmentId: attachment.id } };
};

const deleteInterface: Intent = ({ account, random }) => {
  const all = Object.values(account.interfaces);
  const found = random.pick(random.chance(0.8) ? all.filter(({ attachment }) => attachment === null) : all);
  return found && { eventName: 'DeleteNetworkInterface', params: { interfaceId: found.id } };
};

/** The intents on instances and interfaces, each with how often it comes up. */
export const INSTANCE_INTENTS: readonly (readonly [number, Intent])[] = [
  [13, untag],
  [9, tag],
  [4, exclude],
  [7, launch],
  [3, stateWish('StopInstances', 0.6)],
  [1, stateWish('StartInstances', 0.3)],
  [3, startStopped],
  [2, stateWish('TerminateInstances', 0.6)],
  [1, changeInstance],
  [1, changeInterface],
  [2, createInterface],
  [4, attach],
  [2, detach],
  [1, deleteInterface],
];
