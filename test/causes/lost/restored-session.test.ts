import { describe, expect, it } from 'vitest';
import { anInstance, anInterface, aSecurityGroup, aSession } from '../../support/inventories.ts';
import { aMirroredAccount, call, causesOf, items, launchOf } from '../../support/stories.ts';

const VXLAN = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, ipRanges: items({ cidrIp: '10.0.0.0/8' }) };
const revoke = (actor: string, minute: number) =>
  call(actor, minute, 'RevokeSecurityGroupIngress', { groupId: 'sg-sensor', ipPermissions: items(VXLAN) });
const deleteSession = (actor: string, minute: number, id = 'tms-gone') =>
  call(actor, minute, 'DeleteTrafficMirrorSession', {
    DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id },
  });

describe('a deleted session of which no record tells what it was on', () => {
  const shut = { securityGroups: [aSecurityGroup({ ipPermissions: [] })] };

  it('does not excuse whoever shut the way of the session that is there', () => {
    const now = aMirroredAccount(shut);
    const said = causesOf({ now, calls: [revoke('ben', 1), deleteSession('finn', 2)] });
    expect(said['i-1 mirror-ineffective']).toBe('by ben (RevokeSecurityGroupIngress)');
  });

  it('does not either if it was on another interface of the instance, which is bare', () => {
    const now = aMirroredAccount({
      ...shut,
      networkInterfaces: [
        ...(aMirroredAccount().networkInterfaces ?? []),
        anInterface({ networkInterfaceId: 'eni-2' }),
      ],
    });
    const said = causesOf({ now, calls: [revoke('ben', 1), deleteSession('finn', 2)] });
    expect(said['i-1 mirror-ineffective']).toBe('by ben (RevokeSecurityGroupIngress)');
  });

  it('may have had the number of a session that was made later, which would not be there', () => {
    const now = aMirroredAccount({
      trafficMirrorSessions: [aSession({ trafficMirrorSessionId: 'tms-2', trafficMirrorTargetId: 'tmt-b' })],
      instances: [
        anInstance(),
        anInstance({ instanceId: 'i-sensor-a' }),
        anInstance({ instanceId: 'i-sensor-b', state: 'stopped' }),
      ],
    });
    const create = call(
      'cleo',
      3,
      'CreateTrafficMirrorSession',
      {},
      {
        trafficMirrorSession: {
          ...{ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-b' },
          ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: '111122223333', tagSet: {} },
        },
      },
    );
    const stop = call(
      'ben',
      1,
      'StopInstances',
      { instancesSet: items({ instanceId: 'i-sensor-b' }) },
      {
        instancesSet: items({
          ...{ instanceId: 'i-sensor-b', previousState: { name: 'running' }, currentState: { name: 'stopping' } },
        }),
      },
    );
    const said = causesOf({ now, calls: [stop, deleteSession('finn', 2), create] });
    expect(said['i-1 mirror-ineffective']).toMatch(
      /^maybe ben \(StopInstances\) and finn \(DeleteTrafficMirrorSession\)/,
    );
  });

  it('may have worked beside a session that was dead from the start', () => {
    const foreign = { trafficMirrorSessionId: 'tms-2', trafficMirrorTargetId: 'tmt-b' };
    const now = aMirroredAccount({
      trafficMirrorSessions: [aSession({ ...foreign, tags: [] })],
      instances: [
        anInstance(),
        anInstance({ instanceId: 'i-sensor-a' }),
        anInstance({ instanceId: 'i-sensor-b', state: 'stopped' }),
      ],
    });
    const create = call(
      'ana',
      1,
      'CreateTrafficMirrorSession',
      {},
      {
        trafficMirrorSession: {
          ...{ ...foreign, networkInterfaceId: 'eni-1', trafficMirrorFilterId: 'tmf-1', sessionNumber: 1 },
          ...{ ownerId: '111122223333', tagSet: {} },
        },
      },
    );
    const said = causesOf({ now, calls: [create, deleteSession('finn', 2)] });
    expect(said['i-1 mirror-ineffective']).toMatch(
      /^maybe ana \(CreateTrafficMirrorSession\) and finn \(DeleteTrafficMirrorSession\)/,
    );
  });

  it('may have served a source beside a session that leads elsewhere', () => {
    const now = aMirroredAccount({
      trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-rogue', tags: [] })],
    });
    const said = causesOf({ now, calls: [deleteSession('finn', 2)] });
    expect(said['i-1 instance-unmirrored']).toMatch(/^maybe finn \(DeleteTrafficMirrorSession\)/);
  });
});

describe('a deleted target of which no record tells where it stood', () => {
  const deleteTarget = call('ana', 5, 'DeleteTrafficMirrorTarget', { trafficMirrorTargetId: 'tmt-old' });

  it('may have made a sensor of an instance that was there before the records, which needs no session', () => {
    const said = causesOf({ now: aMirroredAccount({ trafficMirrorSessions: [] }), calls: [deleteTarget] });
    expect(said['i-1 instance-unmirrored']).toMatch(/^maybe ana \(DeleteTrafficMirrorTarget\)/);
  });

  it('does not hide who deleted the session to it', () => {
    const create = call(
      'dan',
      2,
      'CreateTrafficMirrorSession',
      {},
      {
        trafficMirrorSession: {
          ...{ trafficMirrorSessionId: 'tms-9', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a' },
          ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: '111122223333', tagSet: {} },
        },
      },
    );
    const inventory = aMirroredAccount({ trafficMirrorSessions: [], trafficMirrorTargets: [] });
    const calls = [
      launchOf('ben', 1),
      ...[create, deleteSession('eve', 3, 'tms-9')],
      call('ana', 5, 'DeleteTrafficMirrorTarget', { trafficMirrorTargetId: 'tmt-a' }),
    ];
    expect(causesOf({ now: inventory, calls })['i-1 instance-unmirrored']).toMatch(/^maybe .*eve/);
  });
});
