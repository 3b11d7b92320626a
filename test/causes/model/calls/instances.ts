/** Launches, states, tags and attributes of instances. */

import type { Account, Instance, Tags } from '../account.ts';
import { drop, put, sortedTags } from '../account.ts';
import { ACCOUNT_ID, REGION } from '../actors.ts';
import { type CallKind, done, failed, type LaunchedMachine, type Params, returnTrue } from '../call.ts';
import { items } from './encoding.ts';

const NOT_FOUND = 'Client.InvalidInstanceID.NotFound';

const runInstances: CallKind<Params['RunInstances']> = {
  apply(account, params) {
    const { machines, subnetId, groupIds, tags, type, imageId, reservationId, launchTime } = params;
    const subnet = account.subnets[subnetId];
    if (subnet === undefined) return failed('Client.InvalidSubnetID.NotFound');
    if (groupIds.some((id) => account.groups[id] === undefined)) return failed('Client.InvalidGroup.NotFound');
    let after = account;
    for (const { instanceId, interfaceId, attachmentId, address } of machines) {
      after = put(after, 'instances', instanceId, {
        ...{ id: instanceId, subnetId, type, state: 'running', tags: sortedTags(tags) },
        ...{ imageId, reservationId, launchTime },
      });
      const attachment = { id: attachmentId, instanceId, deviceIndex: 0, deleteOnTermination: true };
      after = put(after, 'interfaces', interfaceId, { id: interfaceId, subnetId, address, groupIds, attachment });
    }
    return done(after, () => ({
      reservationId,
      ownerId: ACCOUNT_ID,
      groupSet: {},
      instancesSet: { items: machines.map((machine) => launched(machine, params, subnet.vpcId, subnet.zone)) },
    }));
  },
  request: ({ machines, subnetId, type, groupIds, tags, imageId }) => ({
    instancesSet: { items: [{ imageId, minCount: machines.length, maxCount: machines.length }] },
    instanceType: type,
    subnetId,
    groupSet: items(groupIds.map((groupId) => ({ groupId }))),
    ...(Object.keys(tags).length > 0 && {
      tagSpecificationSet: { items: [{ resourceType: 'instance', tags: tagItems(tags) }] },
    }),
  }),
  encoding: 'classic',
  about: ({ machines }) => machines.flatMap(({ instanceId, interfaceId }) => [instanceId, interfaceId]),
};

function launched(
  { instanceId, interfaceId, attachmentId, address }: LaunchedMachine,
  { subnetId, type, groupIds, tags, imageId, launchTime }: Params['RunInstances'],
  vpcId: string,
  zone: string,
): object {
  const groupSet = items(groupIds.map((groupId) => ({ groupId })));
  return {
    instanceId,
    imageId,
    instanceState: { code: 0, name: 'pending' },
    instanceType: type,
    launchTime: Date.parse(launchTime),
    placement: { availabilityZone: `${REGION}${zone}`, tenancy: 'default' },
    subnetId,
    vpcId,
    privateIpAddress: address,
    tagSet: items(tagItems(tags)),
    groupSet,
    networkInterfaceSet: {
      items: [
        {
          networkInterfaceId: interfaceId,
          subnetId,
          vpcId,
          ownerId: ACCOUNT_ID,
          status: 'in-use',
          privateIpAddress: address,
          interfaceType: 'interface',
          groupSet,
          attachment: {
            attachmentId,
            deviceIndex: 0,
            networkCardIndex: 0,
            status: 'attaching',
            deleteOnTermination: true,
          },
          privateIpAddressesSet: { item: [{ privateIpAddress: address, primary: true }] },
          tagSet: {},
        },
      ],
    },
  };
}

function tagItems(tags: Tags): readonly object[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Calls on tags name resources of every kind; the model keeps tags of instances only, and takes every other resource as there. */
function missingInstance(account: Account, resourceIds: readonly string[]): boolean {
  return resourceIds.some((id) => id.startsWith('i-') && account.instances[id] === undefined);
}

function retag(account: Account, resourceIds: readonly string[], change: (tags: Tags) => Tags): Account {
  let after = account;
  for (const id of resourceIds) {
    const instance = after.instances[id];
    if (instance !== undefined) after = put(after, 'instances', id, { ...instance, tags: change(instance.tags) });
  }
  return after;
}

const resourcesSet = (resourceIds: readonly string[]): object => ({
  items: resourceIds.map((resourceId) => ({ resourceId })),
});

const createTags: CallKind<Params['CreateTags']> = {
  apply(account, { resourceIds, tags }) {
    if (missingInstance(account, resourceIds)) return failed('Client.InvalidID');
    return done(
      retag(account, resourceIds, (before) => sortedTags({ ...before, ...tags })),
      returnTrue,
    );
  },
  request: ({ resourceIds, tags }) => ({
    resourcesSet: resourcesSet(resourceIds),
    tagSet: { items: tagItems(tags) },
  }),
  encoding: 'classic',
  about: ({ resourceIds }) => resourceIds,
};

/** Says yes whether or not the tags were there. Tags that AWS set stay. */
const deleteTags: CallKind<Params['DeleteTags']> = {
  apply(account, { resourceIds, tags }) {
    if (missingInstance(account, resourceIds)) return failed('Client.InvalidID');
    const isRemoved = (key: string, value: string): boolean =>
      !key.startsWith('aws:') &&
      (tags === 'all' || tags.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value)));
    const kept = (before: Tags): Tags =>
      Object.fromEntries(Object.entries(before).filter(([key, value]) => !isRemoved(key, value)));
    return done(retag(account, resourceIds, kept), returnTrue);
  },
  request: ({ resourceIds, tags }) => ({
    resourcesSet: resourcesSet(resourceIds),
    tagSet: tags === 'all' ? {} : { items: tags },
  }),
  encoding: 'classic',
  about: ({ resourceIds }) => resourceIds,
};

const CODES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 } as const;

/** StartInstances and StopInstances: `to` is the settled state, `toward` the one that EC2 answers with. */
function stateCall(to: 'running' | 'stopped', toward: 'pending' | 'stopping'): CallKind<Params['StartInstances']> {
  return {
    apply(account, { instanceIds }) {
      const before = instancesOf(account, instanceIds);
      if (before.length < instanceIds.length) return failed(NOT_FOUND);
      if (before.some(({ state }) => state === 'terminated')) return failed('Client.IncorrectInstanceState');
      let after = account;
      for (const instance of before) after = put(after, 'instances', instance.id, { ...instance, state: to });
      return done(after, () => stateAnswer(before, (state) => (state === to ? to : toward)));
    },
    request: instancesSet,
    encoding: 'classic',
    about: ({ instanceIds }) => instanceIds,
  };
}

/** Interfaces that came with the launch go, and the sessions on them; interfaces attached later are only detached. */
const terminateInstances: CallKind<Params['TerminateInstances']> = {
  apply(account, { instanceIds }) {
    const before = instancesOf(account, instanceIds);
    if (before.length < instanceIds.length) return failed(NOT_FOUND);
    let after = account;
    for (const instance of before) {
      after = put(after, 'instances', instance.id, { ...instance, state: 'terminated' });
      for (const each of Object.values(account.interfaces)) {
        if (each.attachment?.instanceId !== instance.id) continue;
        after = each.attachment.deleteOnTermination
          ? withoutInterface(after, each.id)
          : put(after, 'interfaces', each.id, { ...each, attachment: null });
      }
    }
    return done(after, () => stateAnswer(before, (state) => (state === 'terminated' ? 'terminated' : 'shutting-down')));
  },
  request: instancesSet,
  encoding: 'classic',
  about: ({ instanceIds }) => instanceIds,
};

/** The account without an interface and without the sessions that it was the source of. */
export function withoutInterface(account: Account, interfaceId: string): Account {
  const sessions = Object.values(account.sessions).filter((session) => session.interfaceId === interfaceId);
  const without = drop(account, 'interfaces', [interfaceId]);
  return drop(
    without,
    'sessions',
    sessions.map(({ id }) => id),
  );
}

function instancesOf(account: Account, instanceIds: readonly string[]): readonly Instance[] {
  return instanceIds.flatMap((id) => account.instances[id] ?? []);
}

function instancesSet({ instanceIds }: Params['StartInstances']): object {
  return { instancesSet: { items: instanceIds.map((instanceId) => ({ instanceId })) } };
}

function stateAnswer(before: readonly Instance[], next: (state: Instance['state']) => keyof typeof CODES): object {
  const named = (name: keyof typeof CODES): object => ({ code: CODES[name], name });
  return {
    instancesSet: {
      items: before.map(({ id, state }) => ({
        instanceId: id,
        currentState: named(next(state)),
        previousState: named(state),
      })),
    },
  };
}

/** Groups are those of the primary interface; the type of a running instance cannot be changed. */
const modifyInstanceAttribute: CallKind<Params['ModifyInstanceAttribute']> = {
  apply(account, params) {
    const instance = account.instances[params.instanceId];
    if (instance === undefined || instance.state === 'terminated') return failed(NOT_FOUND);
    if ('type' in params) {
      if (instance.state !== 'stopped') return failed('Client.IncorrectInstanceState');
      return done(put(account, 'instances', instance.id, { ...instance, type: params.type }), returnTrue);
    }
    const primary = Object.values(account.interfaces).find(
      ({ attachment }) => attachment?.instanceId === instance.id && attachment.deviceIndex === 0,
    );
    if (primary === undefined) return failed('Client.InvalidParameterValue');
    if (params.groupIds.some((id) => account.groups[id] === undefined)) return failed('Client.InvalidGroup.NotFound');
    return done(put(account, 'interfaces', primary.id, { ...primary, groupIds: params.groupIds }), returnTrue);
  },
  request: (params) => ({
    instanceId: params.instanceId,
    ...('type' in params
      ? { instanceType: { value: params.type } }
      : { groupSet: { items: params.groupIds.map((groupId) => ({ groupId })) } }),
  }),
  encoding: 'classic',
  about: ({ instanceId }) => [instanceId],
};

export const INSTANCE_CALLS = {
  RunInstances: runInstances,
  CreateTags: createTags,
  DeleteTags: deleteTags,
  StartInstances: stateCall('running', 'pending'),
  StopInstances: stateCall('stopped', 'stopping'),
  TerminateInstances: terminateInstances,
  ModifyInstanceAttribute: modifyInstanceAttribute,
} as const;
