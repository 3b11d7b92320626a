/** What an older snapshot adds to the records: the values that they lack, unless a call at the time of the look makes it doubtful. */

import { describe, expect, it } from 'vitest';
import { investigate } from '../../../src/causes/attribute.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import {
  aFilter,
  anAcl,
  anInstance,
  anInterface,
  anInventory,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aTarget,
} from '../../support/inventories.ts';
import { at } from '../../support/sightings.ts';
import { aMirroredAccount, anAssociatedAcl, call, causesOf, items, OWNER_TAG, tags } from '../../support/stories.ts';

const UNTAGGED = 'i-1 instance-untagged';
const UNMIRRORED = 'i-1 instance-unmirrored';
const INEFFECTIVE = 'i-1 mirror-ineffective';

const owned = [{ key: 'Owner', value: 'dana' }];
const tagged = anInventory({ instances: [anInstance({ tags: owned })] });
const bare = anInventory({ instances: [anInstance()] });
const deleteOwner = (actor: string, minute: number) =>
  call(actor, minute, 'DeleteTags', tags('i-1', { Owner: undefined }));
const deleteSession = (actor: string, minute: number) =>
  call(actor, minute, 'DeleteTrafficMirrorSession', {
    DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1' },
  });

/** The cause of a finding of the account as it is, with a look at it at a minute after noon. */
function causeWith(
  finding: string,
  older: Inventory,
  { now, calls, minute = 0 }: { now: Inventory; calls: readonly (readonly Sighting[])[]; minute?: number },
): string | undefined {
  const tagsOnly = finding === UNTAGGED;
  const story = { now, calls, required: tagsOnly ? OWNER_TAG : undefined, mirror: tagsOnly ? null : undefined };
  return causesOf({ ...story, older: [{ inventory: older, readAt: at(minute) }] })[finding];
}

describe('an older account', () => {
  const untag = { now: bare, calls: [deleteOwner('mia', 30)] };
  const unmirror = { now: anInventory(), calls: [deleteSession('mia', 30)] };

  it.each([
    ['a tag that a call named by its key', UNTAGGED, tagged, untag],
    ['a session that a call named by its id', UNMIRRORED, aMirroredAccount(), unmirror],
  ])('tells %s, so that its removal is proven', (_, finding, older, story) => {
    const before = { now: story.now, calls: story.calls };
    expect(causeWith(finding, anInventory({ instances: undefined, trafficMirrorSessions: undefined }), before)).toMatch(
      /^maybe mia/,
    );
    expect(causeWith(finding, older, before)).toMatch(/^by mia/);
  });

  it('tells that a tag was missing already, so that who removed it in vain is not named', () => {
    expect(causeWith(UNTAGGED, bare, untag)).toMatch(/^unknown/);
  });

  it('is newer than what earlier records tell of the same', () => {
    const calls = [
      call('dana', -60, 'CreateTags', tags('i-1', { Owner: 'dana' })),
      ...[deleteOwner('mia', 30), call('ben', 40, 'DeleteTags', tags('i-1', { Owner: undefined }))],
    ];
    expect(causeWith(UNTAGGED, tagged, { now: bare, calls })).toBe('by mia (DeleteTags)');
    expect(causeWith(UNTAGGED, bare, { now: bare, calls })).not.toMatch(/^by/);
  });

  it.each([
    ['five minutes before the look, which EC2 may have shown late', -4],
    ['at its second', 0],
    ['while it lasted', 14],
  ])('does not tell the value before a call %s', (_, minute) => {
    const story = { now: bare, calls: [deleteOwner('mia', minute)] };
    expect(causeWith(UNTAGGED, tagged, story)).toMatch(/^maybe mia/);
  });

  it('does not tell the value before a later call if another one came while the look lasted', () => {
    const during = call('dana', 5, 'CreateTags', { resourcesSet: items({ resourceId: 'i-1' }), omitted: true }, null);
    expect(causeWith(UNTAGGED, tagged, { now: bare, calls: [during, deleteOwner('mia', 30)] })).not.toMatch(/^by/);
  });

  it('tells nothing of a list that it does not have, and nothing of a list of which it has a part', () => {
    const { instances, ...rest } = tagged;
    const partial = { ...tagged, instances: [], incomplete: { instances: 'one of it could not be read' } };
    for (const older of [rest, partial]) expect(causeWith(UNTAGGED, older, untag)).toMatch(/^maybe mia/);
    expect(instances).toHaveLength(1);
  });

  it('tells nothing without the account as it is', () => {
    const { instances: _, ...unread } = bare;
    const { history } = investigate({
      ...{ inventory: unread, sightings: deleteOwner('mia', 30), policy: { tags: OWNER_TAG, mirror: null } },
      older: [{ inventory: tagged, readAt: at(0) }],
    });
    expect(history.calls.flatMap(({ effects }) => effects.map(({ before }) => before))).toEqual([undefined]);
  });

  it('is read in the order of time, whatever the order it is given in', () => {
    const older = [
      { inventory: tagged, readAt: at(0) },
      { inventory: bare, readAt: at(60) },
    ];
    const story = { now: bare, calls: [deleteOwner('mia', 120)], required: OWNER_TAG, mirror: null };
    for (const looks of [older, older.toReversed()])
      expect(causesOf({ ...story, older: looks })[UNTAGGED]).toMatch(/^unknown: no record shows what changed i-1/);
  });
});

describe('what an older account tells of the path to a sensor', () => {
  const session = aSession({ trafficMirrorTargetId: 'tmt-b' });
  const healthy = aMirroredAccount({ trafficMirrorSessions: [session] });
  const strict = anAcl({ networkAclId: 'acl-2', isDefault: false, subnetIds: ['subnet-b'], entries: [] });
  const other = anAcl({ networkAclId: 'acl-3', isDefault: false, subnetIds: [], entries: [] });
  const byId = { networkAclId: 'acl-1', ruleNumber: 100, egress: false };
  const [, ...closed] = anAcl().entries;
  const shut = anAssociatedAcl({ entries: closed });
  const association = { networkAclAssociationId: 'aclassoc-c', subnetId: 'subnet-b' };
  const [groupOpen, groupShut] = [
    aSecurityGroup({ groupId: 'sg-sensor' }),
    aSecurityGroup({ groupId: 'sg-sensor', ipPermissions: [] }),
  ];
  const rule = { securityGroupRuleId: 'sgr-1', groupId: 'sg-sensor', isEgress: false, ipProtocol: 'udp' };
  const vxlan = { ...rule, fromPort: 4789, toPort: 4789, cidrIpv4: '10.0.0.0/8' };
  const filterRule = { trafficMirrorFilterRuleId: 'tmfr-1', ruleNumber: 1, ruleAction: 'accept' } as const;

  it.each<[string, Inventory, Inventory, readonly Sighting[]]>([
    [
      'an entry of a network ACL that was deleted',
      healthy,
      aMirroredAccount({ trafficMirrorSessions: [session], networkAcls: [shut] }),
      call('mia', 30, 'DeleteNetworkAclEntry', byId),
    ],
    [
      'the network ACL that a subnet had',
      aMirroredAccount({
        trafficMirrorSessions: [session],
        networkAcls: [anAssociatedAcl(), { ...strict, subnetIds: [] }, other],
      }),
      aMirroredAccount({
        trafficMirrorSessions: [session],
        networkAcls: [anAcl({ subnetIds: ['subnet-a'] }), { ...strict, associations: [association] }, other],
      }),
      call(
        'mia',
        30,
        'ReplaceNetworkAclAssociation',
        { associationId: 'aclassoc-b', networkAclId: 'acl-2' },
        { newAssociationId: 'aclassoc-c' },
      ),
    ],
    [
      'the groups of an interface',
      aMirroredAccount({
        trafficMirrorSessions: [session],
        securityGroups: [groupOpen, aSecurityGroup({ groupId: 'sg-shut', ipPermissions: [] })],
      }),
      aMirroredAccount({
        trafficMirrorSessions: [session],
        securityGroups: [groupOpen, aSecurityGroup({ groupId: 'sg-shut', ipPermissions: [] })],
        networkInterfaces: [anInterface(), aSensorInterface('a'), aSensorInterface('b', { groupIds: ['sg-shut'] })],
      }),
      call('mia', 30, 'ModifyNetworkInterfaceAttribute', {
        networkInterfaceId: 'eni-sensor-b',
        groupSet: items({ groupId: 'sg-shut' }),
      }),
    ],
    [
      'a rule of a security group that is named by its id',
      { ...healthy, securityGroups: [groupOpen], securityGroupRules: [vxlan] },
      { ...healthy, securityGroups: [groupShut], securityGroupRules: [] },
      call('mia', 30, 'RevokeSecurityGroupIngress', {
        groupId: 'sg-sensor',
        securityGroupRuleIds: items({ securityGroupRuleId: 'sgr-1' }),
      }),
    ],
    [
      'a rule of a filter',
      { ...healthy, trafficMirrorFilters: [aFilter({ ingressFilterRules: [filterRule] })] },
      { ...healthy, trafficMirrorFilters: [aFilter({ ingressFilterRules: [] })] },
      call('mia', 30, 'DeleteTrafficMirrorFilterRule', {
        DeleteTrafficMirrorFilterRuleRequest: { TrafficMirrorFilterRuleId: 'tmfr-1' },
      }),
    ],
    [
      'what was behind a target',
      healthy,
      { ...healthy, trafficMirrorTargets: [aTarget()] },
      call('mia', 30, 'DeleteTrafficMirrorTarget', {
        DeleteTrafficMirrorTargetRequest: { TrafficMirrorTargetId: 'tmt-b' },
      }),
    ],
    [
      'where a session went',
      healthy,
      aMirroredAccount({
        trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b', trafficMirrorFilterId: 'tmf-9' })],
      }),
      call('mia', 30, 'ModifyTrafficMirrorSession', {
        ModifyTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1', TrafficMirrorFilterId: 'tmf-9' },
      }),
    ],
  ])('%s', (_, older, now, made) => {
    const calls = [made];
    expect(causesOf({ now, calls })[INEFFECTIVE]).not.toMatch(/^by/);
    expect(causeWith(INEFFECTIVE, older, { now, calls })).toMatch(/^by mia/);
  });
});

describe('an older account and the records that do not explain it', () => {
  const mirrored = aMirroredAccount();

  it('leave the cause of a finding unknown, and say since when something changed without a record', () => {
    const other = call('mia', 30, 'CreateTags', tags('i-1', { Owner: 'dana' }));
    const cause = causeWith(UNMIRRORED, mirrored, { now: anInventory(), calls: [other] });
    expect(cause).toBe(
      `unknown: no record shows what changed tms-1 after ${at(0).toISOString().replace('.000Z', 'Z')}, when the older snapshot was taken`,
    );
  });
});

describe('a call on several instances', () => {
  it('is not named for one on which it changed nothing', () => {
    const required = { requiredTags: ['Owner', 'Team'].map((key) => ({ key, allowEmpty: false })) };
    const sensor = anInstance({ instanceId: 'i-sensor-a', networkInterfaceIds: ['eni-sensor-a'] });
    const both = [...owned, { key: 'Team', value: 'web' }];
    const untagged = anInstance({ networkInterfaceIds: ['eni-1'] });
    const older = aMirroredAccount({
      instances: [
        { ...untagged, tags: both },
        { ...sensor, tags: both },
      ],
    });
    const onBoth = { resourcesSet: items({ resourceId: 'i-1' }, { resourceId: 'i-sensor-a' }) };
    const calls = [
      call('mia', 30, 'DeleteTags', tags('i-1', { Owner: undefined, Team: undefined })),
      call('ben', 40, 'DeleteTags', { ...onBoth, tagSet: items({ key: 'Team' }) }),
    ];
    const now = aMirroredAccount({ instances: [untagged, { ...sensor, tags: owned }] });
    const causes = causesOf({ now, calls, required, older: [{ inventory: older, readAt: at(0) }] });
    expect(causes[UNTAGGED]).toBe('by mia (DeleteTags)');
    expect(causes['i-sensor-a instance-untagged']).toBe('by ben (DeleteTags)');
  });
});

describe('a call that could not have succeeded on the account that was read earlier', () => {
  it.each([
    ['deletes an entry that was not there', 'DeleteNetworkAclEntry', {}],
    [
      'replaces an entry that was not there',
      'ReplaceNetworkAclEntry',
      { ruleAction: 'deny', aclProtocol: '-1', cidrBlock: '0.0.0.0/0' },
    ],
  ])('%s: what was there before is not known', (_, eventName, more) => {
    const made = call('mia', 30, eventName, { networkAclId: 'acl-1', ruleNumber: 90, egress: false, ...more });
    const { history } = investigate({
      ...{ inventory: anInventory(), sightings: made, policy: { tags: OWNER_TAG, mirror: null } },
      older: [{ inventory: anInventory(), readAt: at(0) }],
    });
    expect(history.calls.flatMap(({ effects }) => effects.map(({ before }) => before))).toEqual([undefined]);
  });
});
