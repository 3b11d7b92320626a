import { describe } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { NetworkInterface } from '../../../src/inventory/network-interface.ts';
import type { MirrorPolicy } from '../../../src/mirror/policy.ts';
import type { Tag } from '../../../src/sighting/tags.ts';
import {
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  attachedTo,
} from '../../support/inventories.ts';
import { aMirroredAccount, call, items, launchOf, OWNER_TAG, tags } from '../../support/stories.ts';
import { EARLIER, itTakesBack, NOW, type TakenBack } from '../../support/taking-back.ts';

const UNTAGGED = 'i-1 instance-untagged';
const INEFFECTIVE = 'i-1 mirror-ineffective';

// Tags, judged without mirroring
const byTags = { required: OWNER_TAG, mirror: null };
const withTags = (...values: Tag[]): Inventory => anInventory({ instances: [anInstance({ tags: values })] });
const tagsOf = (account: Inventory) => account.instances?.find(({ instanceId }) => instanceId === 'i-1')?.tags;
const OWNED = { key: 'Owner', value: 'ops' };
const launched = launchOf('helper', EARLIER, { Owner: 'ops' });

// The sensor behind tmt-a, launched in the logs or before them
const sensorLaunched = launchOf(
  'helper',
  EARLIER,
  {},
  {
    ...{ instanceId: 'i-sensor-a', networkInterfaceId: 'eni-sensor-a', groupId: 'sg-sensor' },
  },
);
const withSensor = (state: 'running' | 'stopped', overrides: Partial<NetworkInterface> = {}): Inventory =>
  aMirroredAccount({
    instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', instanceType: 'c5.large', state })],
    networkInterfaces: [anInterface(), aSensorInterface('a', overrides)],
  });
const withoutSensor = aMirroredAccount({
  instances: [anInstance()],
  networkInterfaces: [anInterface()],
  trafficMirrorSessions: [aSession()],
});
const stateOf = (id: string) => (account: Inventory) => account.instances?.find((it) => it.instanceId === id)?.state;
const change = (previous: string, current: string, instanceId = 'i-sensor-a') => ({
  instancesSet: items({ instanceId, previousState: { name: previous }, currentState: { name: current } }),
});
const onSensor = { instancesSet: items({ instanceId: 'i-sensor-a' }) };

const interfaceOf = (id: string) => (account: Inventory) => {
  const found = account.networkInterfaces?.find(({ networkInterfaceId }) => networkInterfaceId === id);
  return found && [found.attachment?.instanceId, found.groupIds, found.privateIpAddress];
};
const detached = { attachment: undefined, status: 'available' };
const attached = (actor: string, minute: number, networkInterfaceId: string, instanceId: string) =>
  call(...([actor, minute, 'AttachNetworkInterface', { networkInterfaceId, instanceId, deviceIndex: 0 }] as const), {
    attachmentId: `attach-${networkInterfaceId}`,
  });
const created = (actor: string, minute: number, networkInterfaceId: string) =>
  call(
    actor,
    minute,
    'CreateNetworkInterface',
    { subnetId: 'subnet-a' },
    {
      networkInterface: {
        ...{ networkInterfaceId, subnetId: 'subnet-a', vpcId: 'vpc-1', privateIpAddress: '10.0.0.100' },
        ...{
          interfaceType: 'interface',
          ownerId: '111122223333',
          groupSet: items({ groupId: 'sg-sensor' }),
          tagSet: {},
        },
      },
    },
  );
const second = anInterface({
  ...{ networkInterfaceId: 'eni-2', privateIpAddress: '10.0.0.6', attachment: attachedTo('i-1', 1) },
});
const groupsSet = (actor: string, minute: number, groupId: string) =>
  call(actor, minute, 'ModifyNetworkInterfaceAttribute', {
    networkInterfaceId: 'eni-sensor-a',
    groupSet: items({ groupId }),
  });
const inShutGroup = {
  ...withSensor('running', { groupIds: ['sg-shut'] }),
  securityGroups: [aSecurityGroup(), aSecurityGroup({ groupId: 'sg-shut', ipPermissions: [] })],
};
const typeSet = (actor: string, minute: number, value: string) =>
  call(actor, minute, 'ModifyInstanceAttribute', { instanceId: 'i-1', instanceType: { value } });
const typeOf = (account: Inventory) => account.instances?.find(({ instanceId }) => instanceId === 'i-1')?.instanceType;

const bare: MirrorPolicy = aPolicy();

const ROWS: Readonly<Record<string, TakenBack>> = {
  'RunInstances, which removes the instance': {
    call: launchOf('erin', NOW),
    now: anInventory(),
    ...{ part: stateOf('i-1'), before: undefined, broke: 'i-1 instance-unmirrored' },
  },
  'RunInstances, which removes its interfaces': {
    call: launchOf('erin', NOW),
    now: aMirroredAccount(),
    ...{ part: interfaceOf('eni-1'), before: undefined },
  },
  'RunInstances, which removes the sessions on its interfaces': {
    call: launchOf('erin', NOW),
    now: aMirroredAccount(),
    ...{ part: (account) => account.trafficMirrorSessions, before: [] },
  },
  'CreateTags, which puts the value before back': {
    call: call('erin', NOW, 'CreateTags', tags('i-1', { Owner: '' })),
    told: [launched],
    now: withTags({ key: 'Owner', value: '' }),
    ...{ part: tagsOf, before: [OWNED], broke: UNTAGGED, judgedBy: byTags },
  },
  'CreateTags, which removes a tag that was not there': {
    call: call('erin', NOW, 'CreateTags', tags('i-1', { Owner: '' })),
    told: [launchOf('helper', EARLIER)],
    now: withTags({ key: 'Owner', value: '' }),
    ...{ part: tagsOf, before: [], broke: UNTAGGED, proven: 'by helper (RunInstances)', judgedBy: byTags },
  },
  'DeleteTags by key, which puts the tag back': {
    call: call('erin', NOW, 'DeleteTags', tags('i-1', { Owner: undefined })),
    told: [launched],
    now: withTags(),
    ...{ part: tagsOf, before: [OWNED], broke: UNTAGGED, judgedBy: byTags },
  },
  'DeleteTags with the value, which puts the tag back': {
    call: call('erin', NOW, 'DeleteTags', tags('i-1', { Owner: 'ops' })),
    told: [launched],
    now: withTags(),
    ...{ part: tagsOf, before: [OWNED], broke: UNTAGGED, judgedBy: byTags },
  },
  'DeleteTags without tags, which puts all tags back': {
    call: call('erin', NOW, 'DeleteTags', { resourcesSet: items({ resourceId: 'i-1' }), tagSet: {} }),
    told: [launched],
    now: withTags(),
    ...{ part: tagsOf, before: [OWNED], broke: UNTAGGED, judgedBy: byTags },
  },
  'StartInstances, which sets the state before': {
    call: call('erin', NOW, 'StartInstances', onSensor, change('stopped', 'pending')),
    now: withSensor('running'),
    ...{ part: stateOf('i-sensor-a'), before: 'stopped' },
  },
  'StopInstances, which sets the state before': {
    call: call('erin', NOW, 'StopInstances', onSensor, change('running', 'stopping')),
    now: withSensor('stopped'),
    ...{ part: stateOf('i-sensor-a'), before: 'running', broke: INEFFECTIVE },
  },
  'TerminateInstances, which brings the instance back': {
    call: call('erin', NOW, 'TerminateInstances', onSensor, change('running', 'shutting-down')),
    told: [sensorLaunched],
    now: withoutSensor,
    ...{ part: stateOf('i-sensor-a'), before: 'running', broke: INEFFECTIVE },
  },
  'TerminateInstances, which brings its interfaces back': {
    call: call('erin', NOW, 'TerminateInstances', onSensor, change('running', 'shutting-down')),
    told: [sensorLaunched],
    now: withoutSensor,
    ...{ part: interfaceOf('eni-sensor-a'), before: ['i-sensor-a', ['sg-sensor'], '10.0.0.5'], broke: INEFFECTIVE },
  },
  'AttachNetworkInterface, which detaches': {
    call: attached('erin', NOW, 'eni-2', 'i-1'),
    now: aMirroredAccount({ networkInterfaces: [anInterface(), aSensorInterface(), second] }),
    ...{ part: interfaceOf('eni-2'), before: [undefined, ['sg-workload'], '10.0.0.6'] },
    broke: 'i-1 instance-unmirrored',
  },
  'DetachNetworkInterface, which attaches to where it was': {
    call: call('erin', NOW, 'DetachNetworkInterface', { attachmentId: 'attach-eni-sensor-a' }),
    told: [attached('helper', EARLIER, 'eni-sensor-a', 'i-sensor-a')],
    now: withSensor('running', detached),
    ...{ part: interfaceOf('eni-sensor-a'), before: ['i-sensor-a', ['sg-sensor'], '10.0.0.100'], broke: INEFFECTIVE },
  },
  'CreateNetworkInterface, which removes the interface': {
    call: created('erin', NOW, 'eni-2'),
    now: aMirroredAccount({
      networkInterfaces: [anInterface(), aSensorInterface(), { ...second, attachment: undefined, status: 'available' }],
    }),
    ...{ part: interfaceOf('eni-2'), before: undefined },
  },
  // Only a free interface can be deleted, and without the call it carries nothing either.
  'DeleteNetworkInterface, which brings the interface back': {
    call: call('erin', NOW, 'DeleteNetworkInterface', { networkInterfaceId: 'eni-sensor-a' }),
    told: [created('helper', EARLIER, 'eni-sensor-a')],
    now: aMirroredAccount({ networkInterfaces: [anInterface()] }),
    ...{ part: interfaceOf('eni-sensor-a'), before: [undefined, ['sg-sensor'], '10.0.0.100'], broke: INEFFECTIVE },
    proven: 'unknown: no record shows what led to it',
    unproven: 'unknown: ',
  },
  'ModifyNetworkInterfaceAttribute, which puts the groups back': {
    call: groupsSet('erin', NOW, 'sg-shut'),
    told: [groupsSet('helper', EARLIER, 'sg-sensor')],
    now: inShutGroup,
    ...{ part: interfaceOf('eni-sensor-a'), before: ['i-sensor-a', ['sg-sensor'], '10.0.0.100'], broke: INEFFECTIVE },
  },
  'ModifyInstanceAttribute of the groups, which puts those of the primary interface back': {
    call: call('erin', NOW, 'ModifyInstanceAttribute', {
      ...{ instanceId: 'i-sensor-a', groupSet: items({ groupId: 'sg-shut' }) },
    }),
    told: [groupsSet('helper', EARLIER, 'sg-sensor')],
    now: inShutGroup,
    ...{ part: interfaceOf('eni-sensor-a'), before: ['i-sensor-a', ['sg-sensor'], '10.0.0.100'], broke: INEFFECTIVE },
  },
  'ModifyInstanceAttribute of the type, which puts the type back': {
    call: typeSet('erin', NOW, 'm7i.large'),
    told: [typeSet('helper', EARLIER, 't2.micro')],
    now: anInventory(),
    ...{ part: typeOf, before: 't2.micro', broke: 'i-1 instance-unmirrored', judgedBy: { mirror: bare } },
  },
};

describe.each(Object.entries(ROWS))('taking back %s', (_, row) => {
  itTakesBack(row);
});
