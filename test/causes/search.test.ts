import { describe, expect, it } from 'vitest';
import { anInstance, anInterface, aSecurityGroup, aSensorInterface, aSession } from '../support/inventories.ts';
import { aMirroredAccount, call, causesOf, items, launchOf } from '../support/stories.ts';

const VXLAN = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, ipRanges: items({ cidrIp: '10.0.0.0/8' }) };
const revoke = (actor: string, minute: number) =>
  call(actor, minute, 'RevokeSecurityGroupIngress', { groupId: 'sg-sensor', ipPermissions: items(VXLAN) });
const createSession = (actor: string, minute: number) =>
  call(
    actor,
    minute,
    'CreateTrafficMirrorSession',
    {},
    {
      trafficMirrorSession: {
        ...{ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a' },
        ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: '111122223333', tagSet: {} },
      },
    },
  );
const toSensorB = (actor: string, minute: number) =>
  call(actor, minute, 'ModifyTrafficMirrorSession', {
    trafficMirrorSessionId: 'tms-1',
    trafficMirrorTargetId: 'tmt-b',
  });
const stopSensorB = (actor: string, minute: number) =>
  call(
    actor,
    minute,
    'StopInstances',
    { instancesSet: items({ instanceId: 'i-sensor-b' }) },
    {
      instancesSet: items({
        ...{ instanceId: 'i-sensor-b', previousState: { name: 'running' }, currentState: { name: 'stopping' } },
      }),
    },
  );

// The session leads to sensor b, which is stopped; and nothing gets in to either sensor.
const now = aMirroredAccount({
  trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b', tags: [] })],
  securityGroups: [aSecurityGroup({ ipPermissions: [] })],
  instances: [
    anInstance(),
    anInstance({ instanceId: 'i-sensor-a' }),
    anInstance({ instanceId: 'i-sensor-b', state: 'stopped' }),
  ],
});
const said = (...calls: Parameters<typeof causesOf>[0]['calls']) =>
  causesOf({ now, calls: [createSession('ana', 1), revoke('dan', 2), ...calls] })['i-1 mirror-ineffective'];

describe('where either of two calls would have to be left out beside a third', () => {
  it('the newer one is in the cause', () => {
    expect(said(toSensorB('finn', 3), stopSensorB('eve', 4))).toBe(
      'by dan (RevokeSecurityGroupIngress) and eve (StopInstances)',
    );
    expect(said(stopSensorB('eve', 3), toSensorB('finn', 4))).toBe(
      'by dan (RevokeSecurityGroupIngress) and finn (ModifyTrafficMirrorSession)',
    );
  });

  it('each is possible if both were made in one second', () => {
    expect(said(toSensorB('finn', 3), stopSensorB('eve', 3))).toBe(
      'maybe dan (RevokeSecurityGroupIngress) and finn (ModifyTrafficMirrorSession) and eve (StopInstances): ' +
        'they were made in one second, in an unknown order',
    );
  });
});

describe('where either of two calls would do', () => {
  const open = { ...now, securityGroups: [aSecurityGroup()] };
  const either = (...calls: Parameters<typeof causesOf>[0]['calls']) =>
    causesOf({ now: open, calls: [createSession('ana', 1), ...calls] })['i-1 mirror-ineffective'];

  it('the newer one is the cause', () => {
    expect(either(toSensorB('finn', 3), stopSensorB('eve', 4))).toBe('by eve (StopInstances)');
    expect(either(stopSensorB('eve', 3), toSensorB('finn', 4))).toBe('by finn (ModifyTrafficMirrorSession)');
  });

  it('each is possible if both were made in one second', () => {
    expect(either(toSensorB('finn', 3), stopSensorB('eve', 3))).toBe(
      'maybe finn (ModifyTrafficMirrorSession) and eve (StopInstances): they were made in one second, in an unknown order',
    );
  });
});

describe('a rule that was changed and then removed by its id', () => {
  const rule = (cidrIpv4: string) => ({
    ...{ securityGroupRuleId: 'sgr-1', groupId: 'sg-sensor', isEgress: false },
    ...{ ipProtocol: 'udp', fromPort: 4789, toPort: 4789, cidrIpv4 },
  });
  const authorize = call(
    'helper',
    1,
    'AuthorizeSecurityGroupIngress',
    { groupId: 'sg-sensor', ipPermissions: items(VXLAN) },
    {
      securityGroupRuleSet: items(rule('10.0.0.0/8')),
    },
  );
  const narrow = call('dan', 2, 'ModifySecurityGroupRules', {
    ModifySecurityGroupRulesRequest: {
      GroupId: 'sg-sensor',
      SecurityGroupRule: {
        SecurityGroupRuleId: 'sgr-1',
        SecurityGroupRule: { IpProtocol: 'udp', FromPort: 4789, ToPort: 4789, CidrIpv4: '192.0.2.0/24' },
      },
    },
  });
  const revokeById = call(
    'ben',
    3,
    'RevokeSecurityGroupIngress',
    {
      ...{ groupId: 'sg-sensor', securityGroupRuleIds: items({ securityGroupRuleId: 'sgr-1' }) },
    },
    { revokedSecurityGroupRuleSet: items(rule('192.0.2.0/24')) },
  );
  const shut = aMirroredAccount({
    trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b' })],
    securityGroups: [aSecurityGroup({ ipPermissions: [] })],
  });

  it('would have been removed without the change as well: only both calls together are the cause', () => {
    expect(causesOf({ now: shut, calls: [authorize, narrow, revokeById] })['i-1 mirror-ineffective']).toBe(
      'by dan (ModifySecurityGroupRules) and ben (RevokeSecurityGroupIngress)',
    );
  });

  it('does not come back where the call that made it is left out', () => {
    const said = causesOf({ now: shut, calls: [revoke('erin', 0), authorize, narrow, revokeById] });
    expect(said['i-1 mirror-ineffective']).toBe('by erin (RevokeSecurityGroupIngress)');
  });
});

describe('a part that a call names by its own id', () => {
  it('is not there without the call that made it: a detachment fails without the attachment before it', () => {
    const eni = (attachment: object) => ({ networkInterfaceId: 'eni-1', ...attachment });
    const attach = (actor: string, minute: number, attachmentId: string, instanceId: string) =>
      call(actor, minute, 'AttachNetworkInterface', eni({ instanceId, deviceIndex: 1 }), { attachmentId });
    const detach = (actor: string, minute: number, attachmentId: string) =>
      call(actor, minute, 'DetachNetworkInterface', { attachmentId });
    const inventory = aMirroredAccount({
      networkInterfaces: [
        anInterface({ attachment: undefined, status: 'available' }),
        ...['a', 'b'].map((letter) => aSensorInterface(letter)),
      ],
    });
    const calls = [
      ...[attach('ana', 1, 'attach-1', 'i-1'), detach('eve', 2, 'attach-1')],
      ...[attach('finn', 3, 'attach-2', 'i-sensor-a'), detach('dan', 4, 'attach-2')],
    ];
    expect(causesOf({ now: inventory, calls })['tms-1 mirror-orphan']).toBe('by eve (DetachNetworkInterface)');
  });

  it('nor is a new type without the stop before it, which it needs', () => {
    const stop = call(
      'eve',
      2,
      'StopInstances',
      { instancesSet: items({ instanceId: 'i-1' }) },
      {
        instancesSet: items({
          ...{ instanceId: 'i-1', previousState: { name: 'running' }, currentState: { name: 'stopping' } },
        }),
      },
    );
    const resize = call('dan', 3, 'ModifyInstanceAttribute', {
      instanceId: 'i-1',
      instanceType: { value: 't2.micro' },
    });
    const inventory = aMirroredAccount({ instances: [anInstance({ state: 'stopped', instanceType: 't2.micro' })] });
    expect(
      causesOf({ now: inventory, calls: [launchOf('ana', 1, {}, { existing: true }), stop, resize] })[
        'tms-1 mirror-orphan'
      ],
    ).toBe('by eve (StopInstances)');
  });
});
