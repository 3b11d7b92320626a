import { describe, expect, it } from 'vitest';
import { readNotification } from '../../src/delivery/notification.ts';
import {
  heldMessage,
  type OwnRequest,
  readOwnMessage,
  recheckMessage,
  releaseMessage,
  remediateMessage,
  silenceMessage,
  sweepMessage,
} from '../../src/pipeline/own-messages.ts';
import type { SuspicionSighting } from '../../src/sighting/sighting.ts';

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };
const EVENT_TIME = '2026-11-20T10:00:00.000Z';
const SUSPICION: SuspicionSighting = {
  ...SCOPE,
  kind: 'suspicion',
  eventTime: new Date(EVENT_TIME),
  actor: { name: 'GuardDuty', ours: false },
  evidence: { eventID: 'e-1', eventName: 'GuardDuty Finding', eventTime: EVENT_TIME, actor: 'GuardDuty' },
  guardDutyFindingId: 'f-1',
  guardDutyFindingType: 'Backdoor:EC2/C&CActivity.B',
  instanceId: 'i-1',
  networkInterfaceIds: ['eni-1'],
};

function read(body: string): OwnRequest {
  const notification = readNotification(body);
  if (notification.kind !== 'own') throw new Error(`not a message of our own: ${body}`);
  return readOwnMessage(notification);
}

describe('own messages', () => {
  it('ask for a re-check of the resources that were written', () => {
    const requested = { ...SCOPE, instanceIds: ['i-1'], networkInterfaceIds: ['eni-9'] };
    const due = { ...requested, notBefore: new Date(EVENT_TIME), attempt: 2 };
    expect(read(recheckMessage(due))).toEqual({ requested: [due], sightings: [], sweeps: [] });
    const ofOlderVersions = JSON.stringify({ mirrorwatch: 'recheck', ...requested });
    expect(read(ofOlderVersions).requested).toEqual([{ ...requested, attempt: 0 }]);
  });

  it('ask who is silent', () => {
    expect(read(silenceMessage())).toEqual({ requested: [], sightings: [], sweeps: [], silence: true });
  });

  it('ask for repairs, with the suspicions as they were seen', () => {
    expect(read(remediateMessage(SCOPE, { networkInterfaceIds: ['eni-1'], suspicions: [SUSPICION] }))).toEqual({
      requested: [{ ...SCOPE, instanceIds: [], networkInterfaceIds: ['eni-1'] }],
      sightings: [SUSPICION],
      sweeps: [],
    });
    expect(read(remediateMessage(SCOPE, { networkInterfaceIds: ['eni-1'] })).sightings).toEqual([]);
  });

  it('say when the account was read that needs the repairs', () => {
    const lookedAt = new Date('2026-11-20T14:00:00.123Z');
    expect(read(remediateMessage(SCOPE, { networkInterfaceIds: ['eni-1'], lookedAt })).requested).toMatchObject([
      { networkInterfaceIds: ['eni-1'], lookedAt },
    ]);
  });

  it('ask for a look at the whole account, where sensors are to be ended', () => {
    const ending = remediateMessage(SCOPE, { networkInterfaceIds: [], wholeAccount: true });
    expect(read(ending).requested).toEqual([
      { ...SCOPE, instanceIds: [], networkInterfaceIds: [], wholeAccount: true },
    ]);
    const repairing = remediateMessage(SCOPE, { networkInterfaceIds: ['eni-1'] });
    expect(read(repairing).requested).toEqual([{ ...SCOPE, instanceIds: [], networkInterfaceIds: ['eni-1'] }]);
  });

  it('ask for repairs, with what others did to sessions', () => {
    const sessionChanges = [
      { kind: 'deleted', trafficMirrorSessionId: 'tms-1' },
      { kind: 'modified', trafficMirrorSessionId: 'tms-2' },
    ] as const;
    const requested = { ...SCOPE, instanceIds: [], networkInterfaceIds: ['eni-1'] };
    expect(read(remediateMessage(SCOPE, { networkInterfaceIds: ['eni-1'], sessionChanges })).requested).toEqual([
      { ...requested, sessionChanges },
    ]);
    const ofOlderVersions = JSON.stringify({ mirrorwatch: 'remediate', ...requested });
    expect(read(ofOlderVersions)).toEqual({ requested: [requested], sightings: [], sweeps: [] });
  });

  it('ask for a mail about what was held back until a time', () => {
    const held = new Date('2026-11-20T12:15:00.000Z');
    expect(read(heldMessage(held))).toEqual({ requested: [], sightings: [], sweeps: [], held });
  });

  it('ask for a sweep by its name', () => {
    const sweep = { ...SCOPE, name: 'stack:1' };
    expect(read(sweepMessage(sweep))).toEqual({ requested: [], sightings: [], sweeps: [sweep] });
  });

  it('carry the ids of every kind of resource, as many as are sent at once', () => {
    const ids = (count: number, id: (n: number) => string): readonly string[] =>
      Array.from({ length: count }, (_, n) => id(n));
    const hex = (n: number): string => n.toString(16).padStart(17, '0');
    const task = `arn:aws:ecs:eu-west-1:111122223333:attachment/${'0'.repeat(8)}-0000-4000-8000-000000000000`;
    const resources = {
      ...SCOPE,
      instanceIds: ids(200, (n) => `i-${hex(n)}`),
      networkInterfaceIds: ids(3_000, (n) => `eni-${hex(n)}`),
      resourceIds: [task, 'tms-1', 'sg-1', 'arn:aws:iam::111122223333:user/a/b', 'mi-1'],
    };
    expect(read(recheckMessage(resources)).requested).toEqual([{ ...resources, attempt: 0 }]);
    const sessionChanges = ids(1_000, (n) => `tms-${hex(n)}`).map((trafficMirrorSessionId) => ({
      kind: 'deleted' as const,
      trafficMirrorSessionId,
    }));
    const asked = { networkInterfaceIds: ids(100, (n) => `eni-${hex(n)}`), resourceIds: [task], sessionChanges };
    expect(read(remediateMessage(SCOPE, asked)).requested).toEqual([{ ...SCOPE, instanceIds: [], ...asked }]);
  });

  it('carry that a hook is marked as ours, and reasons of a bounded length', () => {
    const hold = {
      ...SCOPE,
      ...{ autoScalingGroupName: 'Zoë 👩‍💻', lifecycleHookName: 'h', lifecycleActionToken: 't', instanceId: 'i-1' },
    };
    const marked = { ...hold, notificationMetadata: 'mirrorwatch' };
    const result = 'CONTINUE' as const;
    expect(read(releaseMessage({ hold: marked, result, reason: 'r' })).release?.hold).toEqual(marked);
    const others = { ...hold, notificationMetadata: 'of somebody else '.repeat(100) };
    expect(read(releaseMessage({ hold: others, result, reason: 'r' })).release?.hold).toEqual(hold);
    expect(read(releaseMessage({ hold, result, reason: 'r'.repeat(9_000) })).release?.reason).toHaveLength(1_000);
    const ofOlderVersions = JSON.stringify({
      mirrorwatch: 'release',
      ...hold,
      hold,
      result,
      reason: 'r'.repeat(9_000),
    });
    expect(read(ofOlderVersions).release?.reason).toHaveLength(1_000);
  });

  it.each<[string, unknown]>([
    ['an unknown name', { mirrorwatch: 'destroy', ...SCOPE }],
    ['no account', { mirrorwatch: 'recheck', region: 'eu-west-1' }],
    ['ids that are not text', { mirrorwatch: 'remediate', ...SCOPE, networkInterfaceIds: [1] }],
    [
      'a suspicion without a time',
      { mirrorwatch: 'remediate', ...SCOPE, suspicions: [{ ...SUSPICION, eventTime: '' }] },
    ],
    [
      'a suspicion of another kind',
      { mirrorwatch: 'remediate', ...SCOPE, suspicions: [{ ...SUSPICION, kind: 'launch' }] },
    ],
    [
      'a session change of another kind',
      { mirrorwatch: 'remediate', ...SCOPE, sessionChanges: [{ kind: 'created', trafficMirrorSessionId: 'tms-1' }] },
    ],
  ])('are refused with %s', (_, message) => {
    expect(() => read(JSON.stringify(message))).toThrow(
      expect.objectContaining({
        code: 'notification-unreadable',
        message: expect.stringContaining('has no form that we send'),
      }),
    );
  });
});
