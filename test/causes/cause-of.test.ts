import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import {
  aFilter,
  anAcl,
  anAclEntry,
  anInstance,
  anInterface,
  anInventory,
  aPeering,
  aPermission,
  aPolicy,
  aRouteTable,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aSubnet,
  aTarget,
  aTaskInterface,
} from '../support/inventories.ts';
import {
  aMirroredAccount,
  anAssociatedAcl,
  call,
  causesOf,
  items,
  launchOf,
  OWNER_TAG,
  tags,
} from '../support/stories.ts';

const UNTAGGED = 'i-1 instance-untagged';
const UNMIRRORED = 'i-1 instance-unmirrored';
const INEFFECTIVE = 'i-1 mirror-ineffective';

// An instance that misses its Owner
const bare = anInventory({ instances: [anInstance()] });
const untagged = (...calls: Parameters<typeof causesOf>[0]['calls']) =>
  causesOf({ now: bare, calls, required: OWNER_TAG, mirror: null })[UNTAGGED];
const deleteOwner = (actor: string, minute: number) =>
  call(actor, minute, 'DeleteTags', tags('i-1', { Owner: undefined }));
const setOwner = (actor: string, minute: number, value: string) =>
  call(actor, minute, 'CreateTags', tags('i-1', { Owner: value }));

// eni-1 in subnet-a mirrors to the sensor in subnet-b, past a security group and an ACL
const VXLAN = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, ipRanges: items({ cidrIp: '10.0.0.0/8' }) };
const onSensors = { groupId: 'sg-sensor', ipPermissions: items(VXLAN) };
const DENY = { networkAclId: 'acl-1', ruleNumber: 90, egress: false };
const authorize = (actor: string, minute: number) => call(actor, minute, 'AuthorizeSecurityGroupIngress', onSensors);
const revoke = (actor: string, minute: number) => call(actor, minute, 'RevokeSecurityGroupIngress', onSensors);
const deny = (actor: string, minute: number) =>
  call(actor, minute, 'CreateNetworkAclEntry', {
    ...{ ...DENY, ruleAction: 'deny', aclProtocol: '17', portRange: { from: 4789, to: 4789 }, cidrBlock: '0.0.0.0/0' },
  });
const undeny = (actor: string, minute: number) => call(actor, minute, 'DeleteNetworkAclEntry', DENY);
const denyEntry = anAclEntry({
  ...{ ruleNumber: 90, ruleAction: 'deny', protocol: '17', portRange: { from: 4789, to: 4789 } },
});
const doors = ({ group, acl }: { readonly group: 'open' | 'shut'; readonly acl: 'open' | 'shut' }): Inventory =>
  aMirroredAccount({
    trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b' })],
    securityGroups: [aSecurityGroup(group === 'open' ? {} : { ipPermissions: [] })],
    networkAcls: [
      anAssociatedAcl({
        entries: [...(acl === 'open' ? [] : [denyEntry]), anAclEntry(), anAclEntry({ egress: true })],
      }),
    ],
  });
const groupShut = doors({ group: 'shut', acl: 'open' });
const bothShut = doors({ group: 'shut', acl: 'shut' });
const ineffective = (now: Inventory, ...calls: Parameters<typeof causesOf>[0]['calls']) =>
  causesOf({ now, calls })[INEFFECTIVE];

// A bare source
const SESSION = {
  ...{ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a' },
  ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: '111122223333', tagSet: {} },
};
const createSession = (actor: string, minute: number, fields: object = {}) =>
  call(actor, minute, 'CreateTrafficMirrorSession', {}, { trafficMirrorSession: { ...SESSION, ...fields } });
/** A launch onto eni-1, which was there before. */
const launchOnto = (actor: string, minute: number) => launchOf(actor, minute, {}, { existing: true });
const deleteSession = (actor: string, minute: number, trafficMirrorSessionId = 'tms-1') =>
  call(actor, minute, 'DeleteTrafficMirrorSession', { trafficMirrorSessionId });
const targetMade = (actor: string, minute: number) =>
  call(
    actor,
    minute,
    'CreateTrafficMirrorTarget',
    {},
    {
      trafficMirrorTarget: {
        ...{ trafficMirrorTargetId: 'tmt-a', networkInterfaceId: 'eni-sensor-a', ownerId: '111122223333' },
        type: 'network-interface',
      },
    },
  );
const unmirrored = (...calls: Parameters<typeof causesOf>[0]['calls']) =>
  causesOf({ now: anInventory(), calls })[UNMIRRORED];

const toTarget = (actor: string, minute: number, trafficMirrorTargetId: string) =>
  call(actor, minute, 'ModifyTrafficMirrorSession', { trafficMirrorSessionId: 'tms-1', trafficMirrorTargetId });
const state = (
  actor: string,
  minute: number,
  eventName: string,
  instanceId: string,
  [previous, current]: [string, string],
) =>
  call(...([actor, minute, eventName, { instancesSet: items({ instanceId }) }] as const), {
    instancesSet: items({ instanceId, previousState: { name: previous }, currentState: { name: current } }),
  });
const sensor = (stateNow: 'running' | 'stopped'): Inventory =>
  aMirroredAccount({ instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', state: stateNow })] });

const sensorMade = (actor: string, minute: number) =>
  call(
    actor,
    minute,
    'CreateNetworkInterface',
    { subnetId: 'subnet-a' },
    {
      networkInterface: {
        ...{ networkInterfaceId: 'eni-sensor-a', subnetId: 'subnet-a', vpcId: 'vpc-1', privateIpAddress: '10.0.0.100' },
        ...{
          interfaceType: 'interface',
          ownerId: '111122223333',
          groupSet: items({ groupId: 'sg-sensor' }),
          tagSet: {},
        },
      },
    },
  );
const attachSensor = (actor: string, minute: number) =>
  call(
    ...([actor, minute, 'AttachNetworkInterface'] as const),
    { networkInterfaceId: 'eni-sensor-a', instanceId: 'i-sensor-a', deviceIndex: 1 },
    { attachmentId: 'attach-sensor' },
  );

/** eni-1 in vpc-1 mirrors to a sensor in vpc-2; the main table of vpc-1 has no route to it, another one has. */
function toPeer(): Inventory {
  const route = { destinationCidrBlock: '10.1.0.0/16', vpcPeeringConnectionId: 'pcx-1' };
  return aMirroredAccount({
    networkInterfaces: [
      anInterface(),
      aSensorInterface('a', { vpcId: 'vpc-2', subnetId: 'subnet-peer', privateIpAddress: '10.1.0.100' }),
    ],
    subnets: [aSubnet(), aSubnet({ subnetId: 'subnet-peer', vpcId: 'vpc-2', cidrBlock: '10.1.0.0/24' })],
    securityGroups: [aSecurityGroup({ vpcId: 'vpc-2' })],
    networkAcls: [anAcl({ subnetIds: ['subnet-a'] }), anAcl({ networkAclId: 'acl-peer', subnetIds: ['subnet-peer'] })],
    vpcPeeringConnections: [aPeering()],
    routeTables: [aRouteTable({ routeTableId: 'rtb-2' }), aRouteTable({ main: false, routes: [route] })],
  });
}

describe('the cause of a missing tag', () => {
  it('is the launch of an instance launched without it', () => {
    expect(untagged(launchOf('dana', 0))).toBe('by dana (RunInstances)');
  });

  it('is who removed the tag of an instance launched with it, not the launcher', () => {
    expect(untagged(launchOf('dana', 0, { Owner: 'ops' }), deleteOwner('erin', 9))).toBe('by erin (DeleteTags)');
  });

  it('is not who removes what was missing already', () => {
    expect(untagged(launchOf('dana', 0), deleteOwner('erin', 9))).toBe('by dana (RunInstances)');
    const twice = [launchOf('dana', 0, { Owner: 'ops' }), deleteOwner('erin', 9), deleteOwner('mallory', 12)];
    expect(untagged(...twice)).toBe('by erin (DeleteTags)');
  });

  it('is not who sets the tag and not who removed it before that', () => {
    const calls = [
      ...[launchOf('dana', 0, { Owner: 'ops' }), deleteOwner('erin', 5), setOwner('helper', 9, 'ops')],
      deleteOwner('mallory', 12),
    ];
    expect(untagged(...calls)).toBe('by mallory (DeleteTags)');
  });

  it('is who removes a tag that somebody added to an instance launched without it', () => {
    const calls = [launchOf('dana', 0), setOwner('helper', 5, 'ops'), deleteOwner('erin', 9)];
    expect(untagged(...calls)).toBe('by erin (DeleteTags)');
  });

  it('is possibly who removes a key of an instance launched before the logs begin', () => {
    expect(untagged(deleteOwner('erin', 9))).toBe(
      'maybe erin (DeleteTags): the record of DeleteTags does not say whether the tag was there',
    );
  });

  it('is nobody where nothing was done about the tag', () => {
    expect(untagged(call('erin', 9, 'CreateTags', tags('i-1', { Name: 'web' })))).toBe(
      'unknown: no record that was read changed anything about it',
    );
    expect(untagged(call('erin', 9, 'CreateTags', tags('i-9', { Owner: 'x' })))).toMatch(/^unknown: /);
    expect(untagged(setOwner('erin', 9, ''))).toBe('unknown: the records and the account do not agree');
  });

  it('is nobody by what we know of our own calls, which are no records of what others did', () => {
    const [recorded] = call(...(['mirrorwatch', 9, 'CreateTrafficMirrorSession', {}] as const), {
      trafficMirrorSession: { ...SESSION, trafficMirrorSessionId: 'tms-9' },
    });
    if (recorded === undefined) throw new Error('the record of a new session gives no sighting');
    const evidence = { ...recorded.evidence, eventID: 'mirrorwatch:session-created:tms-9' };
    expect(untagged([{ ...recorded, evidence }])).toBe('unknown: no CloudTrail record of a change to it was read');
  });

  it('is nobody without any record', () => {
    expect(untagged()).toBe('unknown: no CloudTrail record of a change to it was read');
  });

  it('is neither who asked in vain nor who only tried', () => {
    const failed = (errorCode: string) =>
      call('mallory', 12, 'DeleteTags', tags('i-1', { Owner: undefined }), null, { errorCode, errorMessage: 'no' });
    for (const errorCode of ['Client.UnauthorizedOperation', 'Client.DryRunOperation'])
      expect(untagged(launchOf('dana', 0), failed(errorCode))).toBe('by dana (RunInstances)');
  });

  it('is told from records alone, without an account', () => {
    const now: Inventory = { accountId: '111122223333', region: 'eu-west-1' };
    const alone = (...calls: Parameters<typeof causesOf>[0]['calls']) =>
      causesOf({ now, calls, required: OWNER_TAG, mirror: null, scope: 'sighted' });
    expect(alone(launchOf('dana', 0))).toEqual({ [UNTAGGED]: 'by dana (RunInstances)' });
    expect(alone(launchOf('dana', 0, { Owner: 'ops' }), deleteOwner('erin', 9))).toEqual({
      [UNTAGGED]: 'by erin (DeleteTags)',
    });
    expect(alone(deleteOwner('erin', 9))[UNTAGGED]).toMatch(/^maybe erin \(DeleteTags\)/);
    expect(alone(launchOf('dana', 0), setOwner('helper', 5, 'ops'))).toEqual({});
  });

  it('is known although log and EventBridge both deliver the call', () => {
    const log = deleteOwner('erin', 9);
    const event = log.map((sighting) => ({ ...sighting, evidence: { ...sighting.evidence, logFile: undefined } }));
    expect(untagged(launchOf('dana', 0, { Owner: 'ops' }), log, event)).toBe('by erin (DeleteTags)');
  });

  it('is not known after two calls of one second that set it: nobody can say what it was then', () => {
    const calls = [setOwner('dana', 3, ''), setOwner('helper', 3, 'ops'), deleteOwner('erin', 9)];
    expect(untagged(...calls)).toBe('unknown: calls of one second changed it, and which came last is not known');
  });

  it('of one second is who removed the tag, if the account says that the removal came last', () => {
    const calls = [launchOf('dana', 0), setOwner('helper', 9, 'ops'), deleteOwner('erin', 9)];
    expect(untagged(...calls)).toBe('by erin (DeleteTags)');
  });

  it('keeps a hostile name as it is: whoever prints it escapes it', () => {
    const name = '<img src=x onerror=alert(1)>\n"; drop';
    expect(untagged(launchOf(name, 0))).toBe(`by ${name} (RunInstances)`);
  });
});

describe('the cause of a session that carries nothing', () => {
  const terminated = state('erin', 9, 'TerminateInstances', 'i-sensor-a', ['running', 'shutting-down']);

  it('is who closed the only door', () => {
    expect(ineffective(groupShut, revoke('erin', 9))).toBe('by erin (RevokeSecurityGroupIngress)');
  });

  it('is both who closed one of two doors each', () => {
    expect(ineffective(bothShut, revoke('erin', 5), deny('mallory', 9))).toBe(
      'by erin (RevokeSecurityGroupIngress) and mallory (CreateNetworkAclEntry)',
    );
  });

  it('is not who opened a door, nor who half repaired it', () => {
    const calls = [authorize('helper', 1), deny('mallory', 3), revoke('erin', 5), undeny('mender', 9)];
    expect(ineffective(groupShut, ...calls)).toBe('by erin (RevokeSecurityGroupIngress)');
  });

  it('is not who closed a door that was opened again', () => {
    const calls = [authorize('helper', 1), revoke('mallory', 3), authorize('mender', 5), revoke('erin', 9)];
    expect(ineffective(groupShut, ...calls)).toBe('by erin (RevokeSecurityGroupIngress)');
  });

  it('is both who sent the session elsewhere, one after the other', () => {
    const now = aMirroredAccount({ trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-x', tags: [] })] });
    const calls = [createSession('helper', 1), toTarget('mallory', 3, 'tmt-y'), toTarget('erin', 9, 'tmt-x')];
    expect(causesOf({ now, calls })[UNMIRRORED]).toBe(
      'by mallory (ModifyTrafficMirrorSession) and erin (ModifyTrafficMirrorSession)',
    );
  });

  it('is possibly who changed a session that may have led to a target that is not ours', () => {
    const now = aMirroredAccount({
      instances: [anInstance(), anInstance({ instanceId: 'i-sensor-a', state: 'stopped' })],
    });
    const started = state('cleo', 1, 'StartInstances', 'i-1', ['stopped', 'running']);
    const said = causesOf({ now, calls: [started, toTarget('ana', 3, 'tmt-a')] })[INEFFECTIVE];
    expect(said).toMatch(/^maybe cleo \(StartInstances\) and ana \(ModifyTrafficMirrorSession\)/);
  });

  it('is not a change that a later one made irrelevant', () => {
    const inOwnGroup = aSensorInterface('a', { groupIds: ['sg-a'] });
    const now = {
      ...doors({ group: 'open', acl: 'shut' }),
      networkInterfaces: [anInterface(), inOwnGroup, aSensorInterface('b')],
      securityGroups: [aSecurityGroup(), aSecurityGroup({ groupId: 'sg-a', ipPermissions: [] })],
    };
    const calls = [
      createSession('helper', 1),
      call('mallory', 3, 'RevokeSecurityGroupIngress', { ...onSensors, groupId: 'sg-a' }),
      toTarget('mender', 5, 'tmt-b'),
      deny('erin', 9),
    ];
    expect(
      ineffective(
        { ...now, trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b', tags: [] })] },
        ...calls,
      ),
    ).toBe('by erin (CreateNetworkAclEntry)');
  });

  it('is nobody where the account contradicts the records', () => {
    expect(ineffective(groupShut, revoke('erin', 5), authorize('helper', 9))).toMatch(/^unknown: /);
  });

  it('is who stopped the sensor, and not who started it before', () => {
    const calls = [
      state('helper', 1, 'StartInstances', 'i-sensor-a', ['stopped', 'pending']),
      state('erin', 9, 'StopInstances', 'i-sensor-a', ['running', 'stopping']),
    ];
    expect(ineffective(sensor('stopped'), ...calls)).toBe('by erin (StopInstances)');
  });

  it('is not who stopped a sensor that was stopped', () => {
    const calls = [
      state('erin', 5, 'StopInstances', 'i-sensor-a', ['running', 'stopping']),
      state('mallory', 9, 'StopInstances', 'i-sensor-a', ['stopped', 'stopped']),
    ];
    expect(ineffective(sensor('stopped'), ...calls)).toBe('by erin (StopInstances)');
  });

  it('is who terminated a sensor, whose second interface carried the copies and stayed', () => {
    const left = aSensorInterface('a', { attachment: undefined, status: 'available' });
    const now = aMirroredAccount({ instances: [anInstance()], networkInterfaces: [anInterface(), left] });
    const launched = launchOf('dana', 0, {}, { instanceId: 'i-sensor-a', networkInterfaceId: 'eni-primary' });
    const calls = [launched, sensorMade('helper', 1), attachSensor('helper', 2), terminated];
    expect(ineffective(now, ...calls)).toBe('by erin (TerminateInstances)');
  });

  it('is who detached the interface of the sensor, not who could then delete it', () => {
    const now = aMirroredAccount({ networkInterfaces: [anInterface(), aSensorInterface('b')] });
    const calls = [
      ...[sensorMade('helper', 1), attachSensor('helper', 2)],
      call('erin', 5, 'DetachNetworkInterface', { attachmentId: 'attach-sensor' }),
      call('cleaner', 9, 'DeleteNetworkInterface', { networkInterfaceId: 'eni-sensor-a' }),
    ];
    expect(ineffective(now, ...calls)).toBe('by erin (DetachNetworkInterface)');
  });

  it('is possibly who detached an unknown interface, and never who could then delete it', () => {
    const now = aMirroredAccount({ networkInterfaces: [anInterface(), aSensorInterface('b')] });
    const detached = call('erin', 5, 'DetachNetworkInterface', { attachmentId: 'attach-sensor' });
    const deleted = call('cleaner', 9, 'DeleteNetworkInterface', { networkInterfaceId: 'eni-sensor-a' });
    expect(ineffective(now, detached, deleted)).toMatch(/^maybe erin \(DetachNetworkInterface\): /);
  });

  it('is everybody who closed one of four or five doors each, not who launched the instance or made the session', () => {
    const reject = (actor: string, minute: number, trafficDirection: string, trafficMirrorFilterRuleId: string) =>
      call(
        actor,
        minute,
        'CreateTrafficMirrorFilterRule',
        {},
        {
          trafficMirrorFilterRule: {
            ...{ trafficMirrorFilterRuleId, trafficMirrorFilterId: 'tmf-1', trafficDirection },
            ...{ ruleNumber: 1, ruleAction: 'reject', sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' },
          },
        },
      );
    const rejecting = (trafficMirrorFilterRuleId: string) => [
      { trafficMirrorFilterRuleId, ruleNumber: 1, ruleAction: 'reject' as const },
      { ruleNumber: 100, ruleAction: 'accept' as const },
    ];
    const filter = aFilter({ ingressFilterRules: rejecting('tmfr-1'), egressFilterRules: rejecting('tmfr-2') });
    const calls = [
      ...[
        revoke('amy', 1),
        deny('bob', 2),
        reject('cal', 3, 'ingress', 'tmfr-1'),
        reject('dot', 4, 'egress', 'tmfr-2'),
      ],
    ];
    const four =
      'by amy (RevokeSecurityGroupIngress) and bob (CreateNetworkAclEntry) and cal (CreateTrafficMirrorFilterRule) and dot (CreateTrafficMirrorFilterRule)';
    const now = {
      ...bothShut,
      trafficMirrorFilters: [filter],
      trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b', tags: [] })],
    };
    const made = [launchOf('dana', 0), createSession('helper', 0, { trafficMirrorTargetId: 'tmt-b' })];
    expect(ineffective(now, ...made, ...calls)).toBe(four);
    const stopped = state('eve', 5, 'StopInstances', 'i-sensor-b', ['running', 'stopping']);
    const withFive = { ...now, instances: [anInstance(), anInstance({ instanceId: 'i-sensor-b', state: 'stopped' })] };
    expect(ineffective(withFive, ...made, ...calls, stopped)).toBe(`${four} and eve (StopInstances)`);
  });

  it('is possibly who gave the subnet another ACL, where the one before may have been deleted since', () => {
    const shut = anAcl({
      ...{ networkAclId: 'acl-shut', isDefault: false, subnetIds: ['subnet-b'], entries: [] },
      associations: [{ networkAclAssociationId: 'aclassoc-new', subnetId: 'subnet-b' }],
    });
    const now = { ...doors({ group: 'open', acl: 'open' }), networkAcls: [anAcl({ subnetIds: ['subnet-a'] }), shut] };
    const replaced = call(
      ...(['erin', 5, 'ReplaceNetworkAclAssociation'] as const),
      { networkAclId: 'acl-shut', associationId: 'aclassoc-b' },
      { newAssociationId: 'aclassoc-new' },
    );
    expect(ineffective(now, replaced)).toBe('by erin (ReplaceNetworkAclAssociation)');
    const deleted = call('cleaner', 9, 'DeleteNetworkAcl', { networkAclId: 'acl-gone' });
    expect(ineffective(now, replaced, deleted)).toMatch(/^maybe erin \(ReplaceNetworkAclAssociation\): /);
  });

  const gone = aMirroredAccount({
    instances: [anInstance()],
    networkInterfaces: [anInterface(), aSensorInterface('b')],
  });

  it('is possibly who terminated a sensor whose launch is not in the logs', () => {
    expect(ineffective(gone, terminated)).toMatch(/^maybe erin \(TerminateInstances\): /);
  });

  it('is possibly who stopped the sensor and who terminated it after that, if its launch is not in the logs', () => {
    const stopped = state('mallory', 5, 'StopInstances', 'i-sensor-a', ['running', 'stopping']);
    const ended = state('erin', 9, 'TerminateInstances', 'i-sensor-a', ['stopped', 'terminated']);
    expect(ineffective(gone, stopped, ended)).toMatch(
      /^maybe mallory \(StopInstances\) and erin \(TerminateInstances\): /,
    );
    const started = state('helper', 7, 'StartInstances', 'i-sensor-a', ['stopped', 'pending']);
    expect(ineffective(gone, stopped, started, terminated)).toMatch(/^maybe erin \(TerminateInstances\): /);
    const other = state('mallory', 5, 'StopInstances', 'i-other', ['running', 'stopping']);
    expect(ineffective(gone, other, ended)).toMatch(/^maybe erin \(TerminateInstances\): /);
  });

  it('is possibly who terminated a sensor of which only a second interface is known', () => {
    const attached = call(
      ...(['helper', 1, 'AttachNetworkInterface'] as const),
      { networkInterfaceId: 'eni-2', instanceId: 'i-sensor-a', deviceIndex: 1 },
      { attachmentId: 'attach-2' },
    );
    expect(ineffective(gone, attached, terminated)).toMatch(/^maybe erin \(TerminateInstances\): /);
  });

  it('is possibly who terminated a sensor that left its interface behind', () => {
    const left = aSensorInterface('a', { attachment: undefined, status: 'available' });
    const now = aMirroredAccount({ instances: [anInstance()], networkInterfaces: [anInterface(), left] });
    expect(ineffective(now, terminated)).toMatch(/^maybe erin \(TerminateInstances\): /);
  });

  it('is possibly a call whose parameters CloudTrail omitted, if its resources are around', () => {
    const omitted = (id: string) =>
      call(...(['mallory', 9, 'RevokeSecurityGroupIngress'] as const), { omitted: true }, null, {
        resources: [
          { type: 'AWS::EC2::SecurityGroup', ARN: `arn:aws:ec2:eu-west-1:111122223333:security-group/${id}` },
        ],
      });
    expect(ineffective(groupShut, omitted('sg-sensor'))).toMatch(/^maybe mallory/);
    expect(ineffective(groupShut, omitted('sg-elsewhere'))).toMatch(/^unknown: /);
  });
});

describe('a finding that no record explains', () => {
  it('was so before the records begin only if all that it is about was there', () => {
    const elsewhere = launchOf('dana', 0, {}, { instanceId: 'i-elsewhere', networkInterfaceId: 'eni-elsewhere' });
    const sensor = launchOf(
      'dana',
      0,
      {},
      { instanceId: 'i-sensor-b', networkInterfaceId: 'eni-sensor-b', groupId: 'sg-sensor' },
    );
    expect(causesOf({ now: groupShut, calls: [elsewhere] })[INEFFECTIVE]).toBe(
      'unknown: it was so before the records begin',
    );
    expect(causesOf({ now: groupShut, calls: [sensor] })[INEFFECTIVE]).toBe('unknown: no record shows what led to it');
  });
});

describe('a call whose record names nothing, as CloudTrail omitted its parameters', () => {
  const rogueAndTwice = aMirroredAccount({
    trafficMirrorSessions: [
      aSession(),
      aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2, tags: [] }),
      aSession({ trafficMirrorSessionId: 'tms-3', sessionNumber: 3, trafficMirrorTargetId: 'tmt-x', tags: [] }),
    ],
  });
  const omitted = (eventName: string) => call('mallory', 9, eventName, { omitted: true }, { omitted: true });

  it.each<[string, RegExp]>([
    ['CreateTrafficMirrorSession', /^maybe mallory \(CreateTrafficMirrorSession\)/],
    ['ModifyTrafficMirrorSession', /^maybe mallory \(ModifyTrafficMirrorSession\)/],
    ['DeleteTrafficMirrorSession', /^unknown: /],
    ['RevokeSecurityGroupIngress', /^unknown: /],
  ])('%s may have made a session rogue, or one of two, only if it can', (eventName, cause) => {
    const causes = causesOf({ now: rogueAndTwice, calls: [omitted(eventName)] });
    expect(Object.keys(causes).map((key) => key.split(' ')[1])).toEqual(
      expect.arrayContaining(['mirror-rogue', 'mirror-duplicate']),
    );
    expect(causes['i-1 mirror-rogue']).toMatch(cause);
    expect(causes['i-1 mirror-duplicate']).toMatch(cause);
  });

  it.each<[string, RegExp]>([
    ['DeleteTrafficMirrorSession', /^maybe mallory \(DeleteTrafficMirrorSession\)/],
    ['ModifyTrafficMirrorSession', /^maybe mallory \(ModifyTrafficMirrorSession\)/],
    ['CreateTrafficMirrorSession', /^unknown: /],
    ['RevokeSecurityGroupIngress', /^unknown: /],
  ])('%s may have left an instance without a session only if it can', (eventName, cause) => {
    const now = aMirroredAccount({ trafficMirrorSessions: [] });
    expect(causesOf({ now, calls: [omitted(eventName)] })['i-1 instance-unmirrored']).toMatch(cause);
  });

  it.each(['RevokeSecurityGroupIngress', 'CreateTrafficMirrorSession', 'DeleteTrafficMirrorSession'])(
    '%s may have made a session ineffective',
    (eventName) => {
      expect(ineffective(groupShut, omitted(eventName))).toMatch(/^maybe mallory/);
    },
  );
});

describe('the cause where a call cannot be taken back', () => {
  const made = createSession('helper', 1, { trafficMirrorTargetId: 'tmt-b' });
  const ofList = call('erin', 9, 'ModifyManagedPrefixList', {
    ModifyManagedPrefixListRequest: { PrefixListId: 'pl-1' },
  });
  const ofPeering = call('erin', 9, 'DeleteVpcPeeringConnection', { vpcPeeringConnectionId: 'pcx-1' });
  const ofGateway = call('erin', 9, 'DeleteTransitGateway', {
    DeleteTransitGatewayRequest: { TransitGatewayId: 'tgw-1' },
  });

  /** The session that helper made carries nothing: the sensor, in the same VPC or in another, lets only these in. */
  const toSensor = ({
    permission = {},
    vpcId = 'vpc-1',
    route = {},
  }: {
    readonly permission?: Parameters<typeof aPermission>[0];
    readonly vpcId?: string;
    readonly route?: object;
  }): Inventory => {
    const { networkInterfaces = [] } = groupShut;
    const there = networkInterfaces.map((each) => (each.subnetId === 'subnet-b' ? { ...each, vpcId } : each));
    const routes = [{ destinationCidrBlock: '10.0.0.0/8', gatewayId: 'igw-1', state: 'active', ...route }];
    return {
      ...groupShut,
      networkInterfaces: there,
      subnets: [aSubnet(), aSubnet({ subnetId: 'subnet-b', vpcId })],
      routeTables: [aRouteTable({ routes })],
      securityGroups: [aSecurityGroup({ ipPermissions: [aPermission({ toPort: 1, fromPort: 1, ...permission })] })],
      vpcPeeringConnections: [],
      transitGatewayVpcAttachments: [],
      prefixLists: [],
    };
  };
  const elsewhere = { vpcId: 'vpc-2' };
  const group = { userIdGroupPairs: [{ groupId: 'sg-workload', userId: '111122223333' }] };

  it.each<[string, Inventory, readonly (typeof ofList)[]]>([
    ['a prefix list that a rule of the sensor names', toSensor({ permission: { prefixListIds: ['pl-1'] } }), [ofList]],
    [
      'a prefix list of which a rule that was revoked, by an id that no record explains, may have named',
      groupShut,
      [
        ofList,
        call('dana', 5, 'RevokeSecurityGroupIngress', {
          groupId: 'sg-sensor',
          securityGroupRuleIds: items({ securityGroupRuleId: 'sgr-9' }),
        }),
      ],
    ],
    [
      'a peering that a route to the other VPC names',
      toSensor({ ...elsewhere, route: { gatewayId: undefined, vpcPeeringConnectionId: 'pcx-1' } }),
      [ofPeering],
    ],
    [
      "a peering, and the sensor lets in another VPC's group",
      toSensor({ ...elsewhere, permission: group }),
      [ofPeering],
    ],
    [
      'a transit gateway, and a route to the other VPC names one',
      toSensor({ ...elsewhere, route: { gatewayId: undefined, transitGatewayId: 'tgw-2' } }),
      [ofGateway],
    ],
  ])('is never proven to be who made the session, when somebody changed %s after that', (_, now, changed) => {
    expect(ineffective(now, made)).toBe('by helper (CreateTrafficMirrorSession)');
    expect(ineffective(now, made, ...changed)).toMatch(/^maybe .*erin/);
  });

  it.each<[string, Inventory, typeof ofList]>([
    [
      'a prefix list that no rule and no route on the way names',
      toSensor({ permission: { prefixListIds: ['pl-2'] } }),
      ofList,
    ],
    [
      'a peering, although a route names it: the sensor is in the same VPC',
      toSensor({ route: { gatewayId: undefined, vpcPeeringConnectionId: 'pcx-1' } }),
      ofPeering,
    ],
    ['a peering that no route to the other VPC names', toSensor(elsewhere), ofPeering],
    ['a transit gateway, but no route names one', toSensor(elsewhere), ofGateway],
  ])('is still proven when somebody changed %s after that', (_, now, changed) => {
    expect(ineffective(now, made, changed)).toBe('by helper (CreateTrafficMirrorSession)');
  });
});

describe('the cause of a missing session', () => {
  it('is the launch of an instance that never had one', () => {
    expect(unmirrored(launchOf('dana', 0))).toBe('by dana (RunInstances)');
  });

  it('is who deleted a session whose making is recorded', () => {
    expect(unmirrored(createSession('helper', 1), deleteSession('erin', 9))).toBe(
      'by erin (DeleteTrafficMirrorSession)',
    );
    expect(unmirrored(launchOf('dana', 0), createSession('helper', 1), deleteSession('erin', 9))).toBe(
      'by erin (DeleteTrafficMirrorSession)',
    );
  });

  it('is who deleted the session, not who could then delete its target and filter', () => {
    const calls = [
      ...[targetMade('helper', 1), createSession('helper', 2), deleteSession('erin', 5)],
      call('cleaner', 9, 'DeleteTrafficMirrorTarget', { trafficMirrorTargetId: 'tmt-a' }),
    ];
    const tmtB = aTarget({ trafficMirrorTargetId: 'tmt-b', networkInterfaceId: 'eni-sensor-b' });
    expect(causesOf({ now: anInventory({ trafficMirrorTargets: [tmtB] }), calls })[UNMIRRORED]).toBe(
      'by erin (DeleteTrafficMirrorSession)',
    );
  });

  it('is possibly who deleted an unknown session, for a source that existed before the logs begin', () => {
    expect(unmirrored(deleteSession('erin', 9))).toMatch(/^maybe erin \(DeleteTrafficMirrorSession\): /);
  });

  it('is never who deleted an unknown session, for a source launched within the logs', () => {
    expect(unmirrored(launchOf('dana', 0), deleteSession('erin', 9, 'tms-other'))).toBe('by dana (RunInstances)');
  });

  it('of a task is who deleted its session', () => {
    const now = anInventory({ networkInterfaces: [aTaskInterface(), aSensorInterface()] });
    const calls = [createSession('helper', 1, { networkInterfaceId: 'eni-task' }), deleteSession('erin', 9)];
    const [[resource = '', cause] = []] = Object.entries(causesOf({ now, calls })).filter(
      ([key]) => key.endsWith(' instance-unmirrored') && key.startsWith('arn:aws:ecs'),
    );
    expect([resource.startsWith('arn:aws:ecs:'), cause]).toEqual([true, 'by erin (DeleteTrafficMirrorSession)']);
  });

  it('is who took the exclude tag away from an instance that never had a session', () => {
    const mirror = aPolicy({ excludeTags: [{ key: 'NoMirror' }] });
    const story = { now: anInventory(), mirror };
    const removed = call('erin', 9, 'DeleteTags', tags('i-1', { NoMirror: undefined }));
    expect(causesOf({ ...story, calls: [launchOf('dana', 0, { NoMirror: 'yes' }), removed] })[UNMIRRORED]).toBe(
      'by erin (DeleteTags)',
    );
    expect(causesOf({ ...story, calls: [removed] })[UNMIRRORED]).toMatch(/^maybe erin \(DeleteTags\): /);
  });
});

describe('the cause of a session that should not be there', () => {
  it('is who made a session to an unknown target', () => {
    const now = aMirroredAccount({
      trafficMirrorSessions: [
        aSession(),
        aSession({ trafficMirrorSessionId: 'tms-2', trafficMirrorTargetId: 'tmt-x', sessionNumber: 2, tags: [] }),
      ],
    });
    const rogue = createSession('mallory', 9, {
      trafficMirrorSessionId: 'tms-2',
      trafficMirrorTargetId: 'tmt-x',
      sessionNumber: 2,
    });
    const calls = [
      launchOf('dana', 0),
      createSession('helper', 1, { tagSet: items({ key: 'mirrorwatch:managed', value: 'true' }) }),
      rogue,
    ];
    expect(causesOf({ now, calls })).toEqual({ 'i-1 mirror-rogue': 'by mallory (CreateTrafficMirrorSession)' });
  });

  it('is who made the second of two for the same purpose', () => {
    const now = aMirroredAccount({
      trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2, tags: [] })],
    });
    const calls = [createSession('mallory', 9, { trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })];
    expect(causesOf({ now, calls })['i-1 mirror-duplicate']).toBe('by mallory (CreateTrafficMirrorSession)');
  });

  it('is not who opened the door of two that did the same, nor who started their sensor', () => {
    const twice = (now: Inventory): Inventory => ({
      ...now,
      trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2, tags: [] })],
    });
    const second = createSession('mallory', 3, { trafficMirrorSessionId: 'tms-2', sessionNumber: 2 });
    const opened = authorize('helper', 9);
    const started = state('helper', 9, 'StartInstances', 'i-sensor-a', ['stopped', 'pending']);
    const cause = (now: Inventory, ...calls: Parameters<typeof causesOf>[0]['calls']) =>
      causesOf({ now: twice(now), calls })['i-1 mirror-duplicate'];
    const open = doors({ group: 'open', acl: 'open' });
    expect(cause(open, opened)).toMatch(/^unknown: it was so before/);
    expect(cause(open, second, opened)).toBe('by mallory (CreateTrafficMirrorSession)');
    expect(cause(sensor('running'), started)).toMatch(/^unknown: it was so before/);
    expect(cause(sensor('running'), second, started)).toBe('by mallory (CreateTrafficMirrorSession)');
  });

  it('is who stopped the source of a session, which is then billed for nothing', () => {
    const now = aMirroredAccount({ instances: [anInstance({ state: 'stopped' })] });
    const calls = [launchOf('dana', 0), state('erin', 9, 'StopInstances', 'i-1', ['running', 'stopping'])];
    expect(causesOf({ now, calls })['tms-1 mirror-orphan']).toBe('by erin (StopInstances)');
  });
});

describe('the cause of a filter that accepts nothing', () => {
  it('is who emptied it', () => {
    const now = aMirroredAccount({ trafficMirrorFilters: [aFilter({ ingressFilterRules: [] })] });
    const made = call(
      'helper',
      1,
      'CreateTrafficMirrorFilterRule',
      {},
      {
        trafficMirrorFilterRule: {
          ...{ trafficMirrorFilterRuleId: 'tmfr-1', trafficMirrorFilterId: 'tmf-1', trafficDirection: 'ingress' },
          ...{ ruleNumber: 100, ruleAction: 'accept', sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' },
        },
      },
    );
    const deleted = call('erin', 9, 'DeleteTrafficMirrorFilterRule', { trafficMirrorFilterRuleId: 'tmfr-1' });
    expect(ineffective(now, made, deleted)).toBe('by erin (DeleteTrafficMirrorFilterRule)');
    expect(ineffective(now, deleted)).toMatch(/^maybe erin/);
  });
});

describe('the cause where an interface is older than its instance', () => {
  it('is possibly who deleted an unknown session, since it may have been on the interface before', () => {
    expect(unmirrored(launchOf('dana', 5), deleteSession('erin', 9))).toBe('by dana (RunInstances)');
    expect(unmirrored(launchOnto('dana', 5), deleteSession('erin', 9))).toMatch(
      /^maybe .*erin \(DeleteTrafficMirrorSession\)/,
    );
  });
});

describe('the cause of a missing route', () => {
  it('is possibly who gave the VPC another main table', () => {
    const now = toPeer();
    const replaced = call(
      ...(['erin', 9, 'ReplaceRouteTableAssociation'] as const),
      { routeTableId: 'rtb-2', associationId: 'rtbassoc-main' },
      { newAssociationId: 'rtbassoc-main-2' },
    );
    expect(ineffective(now, replaced)).toMatch(/^maybe erin \(ReplaceRouteTableAssociation\): /);
  });
});
