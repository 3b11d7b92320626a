/** Reads the instances and interfaces that launches make. */

import {
  accountIdOf,
  asList,
  type Fields,
  field,
  fieldsOf,
  numberField,
  resourceIds,
  textField,
  textsIn,
} from '../fields.ts';
import { tagsOf } from '../tags.ts';
import type { InstanceLaunched, RecordedInterface } from './instances.ts';
import type { ReadChanges, RecordedCall } from './read-changes.ts';

/** RunInstances: each instance of the response. Without a response, those in `resources`, without parts. */
export const readLaunched: ReadChanges = (call) => {
  const described = field(call.response, 'instancesSet');
  if (described !== undefined) return asList(described).flatMap((instance) => launched(fieldsOf(instance), call));
  const ids = resourceIds(call.record, 'AWS::EC2::Instance');
  return ids.length === 0 ? undefined : ids.map((instanceId) => ({ kind: 'instance-launched', instanceId }));
};

/** An interface as a response describes it; undefined without its id. */
export function recordedInterface(value: unknown): RecordedInterface | undefined {
  const fields = fieldsOf(value);
  const networkInterfaceId = textField(fields, 'networkInterfaceId');
  if (networkInterfaceId === undefined) return undefined;
  const attachment = fieldsOf(field(fields, 'attachment'));
  const groups = field(fields, 'groupSet');
  const tags = field(fields, 'tagSet');
  return {
    networkInterfaceId,
    subnetId: textField(fields, 'subnetId'),
    vpcId: textField(fields, 'vpcId'),
    availabilityZone: textField(fields, 'availabilityZone'),
    privateIpAddress: textField(fields, 'privateIpAddress'),
    interfaceType: textField(fields, 'interfaceType'),
    description: textField(fields, 'description'),
    ownerId: accountIdOf(field(fields, 'ownerId')),
    groupIds: groups === undefined ? undefined : textsIn(groups, 'groupId'),
    attachmentId: textField(attachment, 'attachmentId'),
    deviceIndex: numberField(attachment, 'deviceIndex'),
    networkCardIndex: numberField(attachment, 'networkCardIndex'),
    tags: tags === undefined ? undefined : tagsOf(tags),
  };
}

/** Like the launch's sighting, it has no tags where the response lists none: older records leave out an empty `tagSet`. */
function launched(fields: Fields, { request, response }: RecordedCall): readonly InstanceLaunched[] {
  const instanceId = textField(fields, 'instanceId');
  if (instanceId === undefined) return [];
  const interfaces = field(fields, 'networkInterfaceSet');
  const existing = existingInterfaces(request);
  return [
    {
      kind: 'instance-launched',
      instanceId,
      instanceType: textField(fields, 'instanceType'),
      imageId: textField(fields, 'imageId'),
      availabilityZone: textField(fieldsOf(field(fields, 'placement')), 'availabilityZone'),
      subnetId: textField(fields, 'subnetId'),
      vpcId: textField(fields, 'vpcId'),
      privateIpAddress: textField(fields, 'privateIpAddress'),
      reservationId: textField(response, 'reservationId'),
      clientToken: textField(fields, 'clientToken'),
      requesterId: textField(response, 'requesterId'),
      tags: tagsOf(field(fields, 'tagSet')),
      networkInterfaces:
        interfaces === undefined ? undefined : asList(interfaces).flatMap((one) => launchedInterface(one, existing)),
    },
  ];
}

/** The interfaces that the request names: they were there before. Of a new one it has only the properties. */
function existingInterfaces(request: Fields): ReadonlySet<string> {
  const specified = asList(field(request, 'networkInterfaceSet') ?? field(request, 'networkInterface'));
  return new Set(specified.flatMap((one) => textField(fieldsOf(one), 'networkInterfaceId') ?? []));
}

function launchedInterface(value: unknown, existing: ReadonlySet<string>): readonly RecordedInterface[] {
  const recorded = recordedInterface(value);
  if (recorded === undefined) return [];
  return [existing.has(recorded.networkInterfaceId) ? { ...recorded, existed: true } : recorded];
}
