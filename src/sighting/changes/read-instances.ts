/** Reads changes of instances and network interfaces: states, attachments, groups and types. */

import { asList, type Fields, field, fieldsOf, numberField, str, textField, textsIn } from '../fields.ts';
import type { SettledState, StateSet } from './instances.ts';
import type { ReadChanges } from './read-changes.ts';
import { recordedInterface } from './read-launches.ts';

/**
 * StartInstances, StopInstances or TerminateInstances, for each instance of the response, or else of the request. An instance that the
 * call found in the state it asked for, so that nothing was done, is left out.
 */
export function readStateSet(state: SettledState): ReadChanges {
  return ({ request, response }) => {
    const answered = asList(field(response, 'instancesSet'));
    const asked = asList(field(request, 'instancesSet') ?? field(request, 'instanceId'));
    const named = answered.length > 0 ? answered : asked;
    const read = named.flatMap((member) => stateOf(member, state));
    return read.length === 0 ? undefined : read.filter(({ unchanged }) => !unchanged).map(({ change }) => change);
  };
}

/** BidEvictedEvent: its record doesn't say which states the instances were in. */
export const readEvicted: ReadChanges = ({ record }) => {
  const ids = textsIn(field(fieldsOf(record.serviceEventDetails), 'instanceIdSet'), 'instanceId');
  return ids.length === 0
    ? undefined
    : ids.map((instanceId) => ({ kind: 'state-set', instanceId, state: 'terminated', previousState: undefined }));
};

/** CreateNetworkInterface. */
export const readInterfaceCreated: ReadChanges = ({ response }) => {
  const networkInterface = recordedInterface(field(response, 'networkInterface'));
  return networkInterface && [{ kind: 'interface-created', networkInterface }];
};

/** DeleteNetworkInterface. */
export const readInterfaceDeleted: ReadChanges = ({ request }) => {
  const networkInterfaceId = textField(request, 'networkInterfaceId');
  return networkInterfaceId === undefined ? undefined : [{ kind: 'interface-deleted', networkInterfaceId }];
};

/** AttachNetworkInterface. */
export const readInterfaceAttached: ReadChanges = ({ request, response }) => {
  const networkInterfaceId = textField(request, 'networkInterfaceId');
  const instanceId = textField(request, 'instanceId');
  if (networkInterfaceId === undefined || instanceId === undefined) return undefined;
  const attachmentId = textField(response, 'attachmentId');
  const deviceIndex = numberField(request, 'deviceIndex');
  const networkCardIndex = numberField(request, 'networkCardIndex') ?? numberField(response, 'networkCardIndex');
  return [{ kind: 'interface-attached', networkInterfaceId, instanceId, attachmentId, deviceIndex, networkCardIndex }];
};

/** DetachNetworkInterface. */
export const readInterfaceDetached: ReadChanges = ({ request }) => {
  const attachmentId = textField(request, 'attachmentId');
  return attachmentId === undefined ? undefined : [{ kind: 'interface-detached', attachmentId }];
};

/** ModifyNetworkInterfaceAttribute: of its attributes, we judge only the groups. */
export const readInterfaceAttribute: ReadChanges = ({ request, requestOmitted }) => {
  const resourceId = textField(request, 'networkInterfaceId');
  if (requestOmitted || resourceId === undefined) return undefined;
  const groupIds = groupIdsIn(request);
  return groupIds.length === 0 ? [] : [{ kind: 'groups-set', resourceId, groupIds }];
};

/**
 * ModifyInstanceAttribute with `groupSet` or `instanceType`; other attributes change nothing that we judge. CloudTrail masks the value
 * when the type is named in the general form (`attribute` and `value`).
 */
export const readInstanceAttribute: ReadChanges = ({ request, requestOmitted }) => {
  const instanceId = textField(request, 'instanceId');
  if (requestOmitted || instanceId === undefined) return undefined;
  const groupIds = groupIdsIn(request);
  if (groupIds.length > 0) return [{ kind: 'groups-set', resourceId: instanceId, groupIds }];
  const general = str(field(request, 'attribute')) === 'instanceType' ? field(request, 'value') : undefined;
  const named = field(request, 'instanceType') ?? general;
  if (named === undefined && str(field(request, 'attribute')) !== 'instanceType') return [];
  const instanceType = textField(fieldsOf(named), 'value') ?? str(named);
  return instanceType !== undefined && /^[a-z0-9-]+\.[a-z0-9-]+$/.test(instanceType)
    ? [{ kind: 'instance-type-set', instanceId, instanceType }]
    : undefined;
};

/** An interface always has a group, so an empty set means that the call was about another attribute. */
function groupIdsIn(request: Fields): readonly string[] {
  return textsIn(
    field(request, 'groupSet') ?? field(request, 'groupId') ?? field(request, 'securityGroupId'),
    'groupId',
  );
}

function stateOf(
  member: unknown,
  state: SettledState,
): readonly { readonly change: StateSet; readonly unchanged: boolean }[] {
  const fields = fieldsOf(member);
  const instanceId = textField(fields, 'instanceId') ?? str(member);
  if (!instanceId) return [];
  const previousState = textField(fieldsOf(field(fields, 'previousState')), 'name');
  const currentState = textField(fieldsOf(field(fields, 'currentState')), 'name');
  const unchanged = previousState !== undefined && previousState === currentState;
  return [{ change: { kind: 'state-set', instanceId, state, previousState }, unchanged }];
}
