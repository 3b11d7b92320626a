import { describe, expect, it } from 'vitest';
import { auditAsOf } from '../../src/causes/account-at.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import {
  anAclEntry,
  anInstance,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSession,
  aTaskInterface,
} from '../support/inventories.ts';
import { at } from '../support/sightings.ts';
import { aMirroredAccount, anAssociatedAcl, call, items, launchOf, OWNER_TAG, tags } from '../support/stories.ts';

interface Past {
  readonly now: Inventory;
  readonly calls?: readonly (readonly Sighting[])[];
}

/** The answers about the tags of i-1 and the rest, at a minute after noon: `i-1 instance-untagged` → `fail`, or why it is unknown. */
function answersAt(minute: number, { now, calls = [] }: Past): Readonly<Record<string, string>> {
  const policy = { tags: OWNER_TAG, mirror: aPolicy(), exemptions: [], severities: {}, graceSeconds: 0 };
  const { findings, judgements } = auditAsOf({ inventory: now, sightings: calls.flat(), at: at(minute) }, policy);
  return Object.fromEntries([
    ...findings.map(({ resourceId, rule, status }) => [`${resourceId} ${rule}`, status === 'open' ? 'fail' : 'exempt']),
    ...judgements.map(({ resourceId, rule, result, reason }) => [
      `${resourceId} ${rule}`,
      result === 'unknown' ? reason : result,
    ]),
  ]);
}

const owned = [{ key: 'Owner', value: 'dana' }];
const tagged = aMirroredAccount({ instances: [anInstance({ networkInterfaceIds: ['eni-1'], tags: owned })] });
const LIFE: Past = {
  now: tagged,
  calls: [
    launchOf('dana', 7, { Owner: 'dana' }),
    call('erin', 10, 'DeleteTags', tags('i-1', { Owner: undefined })),
    call('dana', 60, 'CreateTags', tags('i-1', { Owner: 'dana' })),
  ],
};

describe('auditAsOf', () => {
  it.each([
    [6, undefined],
    [7, 'pass'],
    [9, 'pass'],
    [10, 'fail'],
    [59, 'fail'],
    [60, 'pass'],
  ])('judges an instance launched at 7, untagged at 10 and tagged at 60, at minute %i: %s', (minute, answer) => {
    expect(answersAt(minute, LIFE)['i-1 instance-untagged']).toBe(answer);
  });

  it('does not know a tag whose value before was lost, and names the record that lacks it', () => {
    const [, untagged = []] = LIFE.calls ?? [];
    const untaggedNow = aMirroredAccount();
    const story = { now: untaggedNow, calls: [untagged] };
    expect(answersAt(5, story)['i-1 instance-untagged']).toBe(
      'the record of DeleteTags at 2026-03-17T12:10:00Z does not say whether the tag was there',
    );
    expect(answersAt(10, story)['i-1 instance-untagged']).toBe('fail');
  });

  it('judges a task that nothing happened to as it is', () => {
    const task = aTaskInterface();
    const now = { ...tagged, networkInterfaces: [...(tagged.networkInterfaces ?? []), task] };
    const ofTask = (answers: Readonly<Record<string, string>>) =>
      Object.entries(answers).flatMap(([about, answer]) => (about.startsWith('arn:') ? [answer] : []));
    expect(ofTask(answersAt(8, { now }))).toEqual(['fail', 'pass', 'pass', 'pass']);
    expect(ofTask(answersAt(8, { now, calls: LIFE.calls ?? [] }))).toEqual(['fail', 'pass', 'pass', 'pass']);
  });

  it('knows a session that was deleted by its id if a record shows what it was on', () => {
    const deleted = call('erin', 30, 'DeleteTrafficMirrorSession', {
      DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1' },
    });
    const created = call(
      'dana',
      20,
      'CreateTrafficMirrorSession',
      {},
      {
        CreateTrafficMirrorSessionResponse: {
          trafficMirrorSession: {
            ...{ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1', trafficMirrorTargetId: 'tmt-a' },
            ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: 111122223333 },
          },
        },
      },
    );
    const now = { ...tagged, trafficMirrorSessions: [] };
    const of = (minute: number, ...calls: readonly (readonly Sighting[])[]) =>
      answersAt(minute, { now, calls })['i-1 instance-unmirrored'];
    expect([of(19, created, deleted), of(20, created, deleted), of(30, created, deleted)]).toEqual([
      'fail',
      'pass',
      'fail',
    ]);
    expect(of(20, deleted)).toBe(
      'the record of DeleteTrafficMirrorSession at 2026-03-17T12:30:00Z names only the session, not what it was on',
    );
  });

  it('knows the tags of an instance that was terminated since and is still listed, but not how it was mirrored', () => {
    const gone = anInstance({ state: 'terminated', networkInterfaceIds: [], tags: owned });
    const now = aMirroredAccount({ instances: [gone], networkInterfaces: [], trafficMirrorSessions: [] });
    const states = { instanceId: 'i-1', currentState: { code: 32, name: 'shutting-down' } };
    const terminated = call(
      ...(['erin', 30, 'TerminateInstances', { instancesSet: items({ instanceId: 'i-1' }) }] as const),
      { instancesSet: items({ ...states, previousState: { code: 16, name: 'running' } }) },
    );
    const answers = answersAt(20, { now, calls: [terminated] });
    expect(answers['i-1 instance-untagged']).toBe('pass');
    expect(answers['i-1 instance-unmirrored']).toBe('it was terminated since, and no record tells what it was');
  });

  it('says that it does not know a session that was deleted since', () => {
    const deleted = call('erin', 30, 'DeleteTrafficMirrorSession', {
      DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-9' },
    });
    expect(answersAt(20, { now: tagged, calls: [deleted] })['tms-9 mirror-orphan']).toBe(
      'the record of DeleteTrafficMirrorSession at 2026-03-17T12:30:00Z names only the session, not what it was on',
    );
  });

  it('does not know whether a dead session was the one that counted if another was deleted since', () => {
    const deleted = call('erin', 30, 'DeleteTrafficMirrorSession', {
      DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-9' },
    });
    const empty = { trafficMirrorFilterId: 'tmf-1', ingressFilterRules: [], egressFilterRules: [], tags: [] };
    const of = (minute: number, sessionNumber: number) => {
      const now = aMirroredAccount({
        trafficMirrorFilters: [empty],
        trafficMirrorSessions: [aSession({ sessionNumber })],
      });
      return answersAt(minute, { now, calls: [deleted] })['i-1 mirror-ineffective'];
    };
    expect(of(20, 1)).toBe('fail');
    expect([of(30, 2), of(20, 2)]).toEqual([
      'fail',
      'the record of DeleteTrafficMirrorSession at 2026-03-17T12:30:00Z names only the session, not what it was on',
    ]);
  });

  it('takes back the changes of the network ACL that a subnet may have had, if no record tells which it was', () => {
    const closed = anAclEntry({ ruleNumber: 90, ruleAction: 'deny', protocol: '-1' });
    const entries = [closed, anAclEntry(), anAclEntry({ egress: true })];
    const associations = (letter: string) => [
      { networkAclAssociationId: `aclassoc-${letter}`, subnetId: `subnet-${letter}` },
    ];
    const now = aMirroredAccount({
      trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b' })],
      networkAcls: [
        anAssociatedAcl({ subnetIds: ['subnet-a'], associations: associations('a') }),
        anAssociatedAcl({ networkAclId: 'acl-now', subnetIds: ['subnet-b'], associations: associations('b'), entries }),
        anAssociatedAcl({ networkAclId: 'acl-old', subnetIds: [], associations: [], entries }),
      ],
    });
    const replaced = call(
      ...([
        'erin',
        30,
        'ReplaceNetworkAclAssociation',
        { associationId: 'aclassoc-0', networkAclId: 'acl-now' },
      ] as const),
      { newAssociationId: 'aclassoc-b' },
    );
    const denied = call('erin', 40, 'CreateNetworkAclEntry', {
      ...{ networkAclId: 'acl-old', ruleNumber: 90, egress: false, ruleAction: 'deny', aclProtocol: '-1' },
      cidrBlock: '0.0.0.0/0',
    });
    const of = (...calls: readonly (readonly Sighting[])[]) => answersAt(20, { now, calls })['i-1 mirror-ineffective'];
    expect(of(denied)).toBe('fail');
    expect(of(replaced, denied)).toBe('pass');
  });

  it('does not know which session got the packets before a call gave one another number', () => {
    const first = aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 3, trafficMirrorTargetId: 'tmt-b' });
    const instances = (anInventory().instances ?? []).map((each) =>
      each.instanceId === 'i-sensor-b' ? { ...each, state: 'stopped' as const } : each,
    );
    const now = aMirroredAccount({
      instances,
      trafficMirrorSessions: [first, aSession({ sessionNumber: 4 })],
    });
    const modified = call('erin', 30, 'ModifyTrafficMirrorSession', {
      ...{ trafficMirrorSessionId: 'tms-1', sessionNumber: 4 },
    });
    const of = (minute: number) => answersAt(minute, { now, calls: [modified] });
    const lacks = 'the record of ModifyTrafficMirrorSession at 2026-03-17T12:30:00Z lacks what the session was before';
    expect(of(30)['i-1 mirror-ineffective']).toBe('fail');
    expect(of(20)['i-1 mirror-ineffective']).toBe(lacks);
    expect(of(20)['i-1 mirror-duplicate']).toBe(lacks);
  });

  it('says that it does not know a session that may have gone with a terminated instance since', () => {
    const created = call(
      'dana',
      10,
      'CreateTrafficMirrorSession',
      {},
      {
        trafficMirrorSession: {
          ...{ trafficMirrorSessionId: 'tms-9', networkInterfaceId: 'eni-9', trafficMirrorTargetId: 'tmt-a' },
          ...{ trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, ownerId: '111122223333', tagSet: {} },
        },
      },
    );
    const states = { instanceId: 'i-9', currentState: { code: 32, name: 'shutting-down' } };
    const terminated = call(
      ...(['erin', 30, 'TerminateInstances', { instancesSet: items({ instanceId: 'i-9' }) }] as const),
      { instancesSet: items({ ...states, previousState: { code: 16, name: 'running' } }) },
    );
    const of = (minute: number) =>
      answersAt(minute, { now: tagged, calls: [created, terminated] })['tms-9 mirror-orphan'];
    expect(of(20)).toBe(
      'the record of TerminateInstances at 2026-03-17T12:30:00Z does not say which interfaces were on the instance',
    );
    expect([of(9), of(30)]).toEqual([undefined, undefined]);
  });

  it('does not know whether packets passed a prefix list that was changed since, but whether there was a session', () => {
    const permission = aPermission({ cidrIps: [], prefixListIds: ['pl-1'] });
    const now = aMirroredAccount({
      securityGroups: [aSecurityGroup({ ipPermissions: [permission] }), aSecurityGroup({ groupId: 'sg-workload' })],
      prefixLists: [
        { prefixListId: 'pl-1', cidrs: ['10.0.0.0/8'] },
        { prefixListId: 'pl-2', cidrs: [] },
      ],
    });
    const changed = (PrefixListId: string) =>
      call('erin', 30, 'ModifyManagedPrefixList', { ModifyManagedPrefixListRequest: { PrefixListId } });
    const of = (PrefixListId: string) => {
      const answers = answersAt(20, { now, calls: [changed(PrefixListId)] });
      return ['mirror-ineffective', 'mirror-duplicate', 'mirror-rogue'].map((rule) => answers[`i-1 ${rule}`]);
    };
    expect(of('pl-2')).toEqual(['pass', 'pass', 'pass']);
    expect(of('pl-1')).toEqual([
      expect.stringMatching(/^the record of ModifyManagedPrefixList at 2026-03-17T12:30:00Z /),
      'pass',
      'pass',
    ]);
  });

  it('does not know whether a source that is attached to nothing was so before an instance was terminated', () => {
    const { networkInterfaces = [] } = tagged;
    const loose = networkInterfaces.map(({ attachment, ...each }) =>
      each.networkInterfaceId === 'eni-1' ? { ...each, status: 'available' } : { ...each, attachment },
    );
    const now = { ...tagged, networkInterfaces: loose };
    const states = { instanceId: 'i-9', currentState: { code: 32, name: 'shutting-down' } };
    const terminated = call(
      ...(['erin', 30, 'TerminateInstances', { instancesSet: items({ instanceId: 'i-9' }) }] as const),
      { instancesSet: items({ ...states, previousState: { code: 16, name: 'running' } }) },
    );
    const of = (minute: number) => answersAt(minute, { now, calls: [terminated] })['tms-1 mirror-orphan'];
    expect(of(30)).toBe('fail');
    expect(of(20)).toBe(
      'the record of TerminateInstances at 2026-03-17T12:30:00Z does not say which interfaces were on the instance',
    );
  });
});
