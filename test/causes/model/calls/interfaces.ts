/** Network interfaces: made, attached, detached, given other groups, deleted. */

import { type Account, type Interface, put } from '../account.ts';
import { ACCOUNT_ID, REGION } from '../actors.ts';
import { type CallKind, done, failed, type Params, returnTrue } from '../call.ts';
import { items } from './encoding.ts';
import { withoutInterface } from './instances.ts';

const NOT_FOUND = 'Client.InvalidNetworkInterfaceID.NotFound';

const createNetworkInterface: CallKind<Params['CreateNetworkInterface']> = {
  apply(account, { interfaceId, subnetId, groupIds, address }) {
    const subnet = account.subnets[subnetId];
    if (subnet === undefined) return failed('Client.InvalidSubnetID.NotFound');
    if (groupIds.some((id) => account.groups[id] === undefined)) return failed('Client.InvalidGroup.NotFound');
    const made = { id: interfaceId, subnetId, address, groupIds, attachment: null };
    return done(put(account, 'interfaces', interfaceId, made), () => ({
      networkInterface: {
        networkInterfaceId: interfaceId,
        subnetId,
        vpcId: subnet.vpcId,
        availabilityZone: `${REGION}${subnet.zone}`,
        ownerId: ACCOUNT_ID,
        requesterManaged: false,
        status: 'pending',
        privateIpAddress: address,
        interfaceType: 'interface',
        groupSet: items(groupIds.map((groupId) => ({ groupId }))),
        privateIpAddressesSet: { item: [{ privateIpAddress: address, primary: true }] },
        tagSet: {},
      },
    }));
  },
  request: ({ subnetId, groupIds, address }) => ({
    subnetId,
    groupSet: items(groupIds.map((groupId) => ({ groupId }))),
    privateIpAddressesSet: { items: [{ privateIpAddress: address, primary: true }] },
  }),
  encoding: 'classic',
  about: ({ interfaceId }) => [interfaceId],
};

/** An attached interface is in use and stays; with a free one go the sessions on it. */
const deleteNetworkInterface: CallKind<Params['DeleteNetworkInterface']> = {
  apply(account, { interfaceId }) {
    const found = account.interfaces[interfaceId];
    if (found === undefined) return failed(NOT_FOUND);
    if (found.attachment !== null) return failed('Client.InvalidParameterValue');
    return done(withoutInterface(account, interfaceId), returnTrue);
  },
  request: ({ interfaceId }) => ({ networkInterfaceId: interfaceId }),
  encoding: 'classic',
  about: ({ interfaceId }) => [interfaceId],
};

const attachNetworkInterface: CallKind<Params['AttachNetworkInterface']> = {
  apply(account, { interfaceId, instanceId, deviceIndex, attachmentId }) {
    const found = account.interfaces[interfaceId];
    const instance = account.instances[instanceId];
    if (found === undefined) return failed(NOT_FOUND);
    if (instance === undefined) return failed('Client.InvalidInstanceID.NotFound');
    if (instance.state === 'terminated') return failed('Client.IncorrectState');
    if (found.attachment !== null) return failed('Client.InvalidNetworkInterface.InUse');
    if (isTaken(account, instanceId, deviceIndex)) return failed('Client.InvalidParameterValue');
    const attachment = { id: attachmentId, instanceId, deviceIndex, deleteOnTermination: false };
    return done(put(account, 'interfaces', interfaceId, { ...found, attachment }), () => ({
      attachmentId,
      networkCardIndex: 0,
    }));
  },
  request: ({ interfaceId, instanceId, deviceIndex }) => ({
    networkInterfaceId: interfaceId,
    instanceId,
    deviceIndex,
  }),
  encoding: 'classic',
  about: ({ interfaceId, instanceId }) => [interfaceId, instanceId],
};

function isTaken(account: Account, instanceId: string, deviceIndex: number): boolean {
  return Object.values(account.interfaces).some(
    ({ attachment }) => attachment?.instanceId === instanceId && attachment.deviceIndex === deviceIndex,
  );
}

/** The record names only the attachment. The primary interface stays. */
const detachNetworkInterface: CallKind<Params['DetachNetworkInterface']> = {
  apply(account, { attachmentId }) {
    const found = withAttachment(account, attachmentId);
    if (found === undefined) return failed('Client.InvalidAttachmentID.NotFound');
    if (found.attachment?.deviceIndex === 0) return failed('Client.OperationNotPermitted');
    return done(put(account, 'interfaces', found.id, { ...found, attachment: null }), returnTrue);
  },
  request: ({ attachmentId }) => ({ attachmentId, force: false }),
  encoding: 'classic',
  about: ({ attachmentId }) => [attachmentId],
};

export function withAttachment(account: Account, attachmentId: string): Interface | undefined {
  return Object.values(account.interfaces).find(({ attachment }) => attachment?.id === attachmentId);
}

const modifyNetworkInterfaceAttribute: CallKind<Params['ModifyNetworkInterfaceAttribute']> = {
  apply(account, { interfaceId, groupIds }) {
    const found = account.interfaces[interfaceId];
    if (found === undefined) return failed(NOT_FOUND);
    if (groupIds.some((id) => account.groups[id] === undefined)) return failed('Client.InvalidGroup.NotFound');
    return done(put(account, 'interfaces', interfaceId, { ...found, groupIds }), returnTrue);
  },
  request: ({ interfaceId, groupIds }) => ({
    networkInterfaceId: interfaceId,
    groupSet: { items: groupIds.map((groupId) => ({ groupId })) },
  }),
  encoding: 'classic',
  about: ({ interfaceId }) => [interfaceId],
};

export const INTERFACE_CALLS = {
  CreateNetworkInterface: createNetworkInterface,
  DeleteNetworkInterface: deleteNetworkInterface,
  AttachNetworkInterface: attachNetworkInterface,
  DetachNetworkInterface: detachNetworkInterface,
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute,
} as const;
