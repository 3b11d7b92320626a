import { describe, expect, it } from 'vitest';
import { AFTER_HOURS_STAY_OPEN_HOURS, auditAfterHours } from '../../../src/audit/calls/after-hours.ts';
import type { CloudTrailRecord } from '../../../src/cloudtrail/record.ts';
import { watchOf } from '../../../src/config/watch-config.ts';
import { distinctSightings } from '../../../src/sighting/dedupe.ts';
import { iamUserSighting } from '../../../src/sighting/iam-users.ts';
import { anIamCall, asRoot, asUser, inRole } from '../../support/iam-calls.ts';
import type { WrittenHours } from './naive-hours.ts';

const NOW = new Date('2026-03-20T12:00:00Z');
const HOURS: WrittenHours = {
  timeZone: 'Europe/Berlin',
  hours: { from: '08:00', to: '18:00' },
  holidays: ['2026-03-18'],
  exempt: ['arn:aws:iam::*:role/ci-*', 'arn:aws:iam::*:user/robots/*'],
};

function audit(records: readonly CloudTrailRecord[], hours: WrittenHours = HOURS, distinct = true) {
  const { iamUserAfterHours } = watchOf({ iamUserAfterHours: hours });
  if (iamUserAfterHours === null) throw new Error('no policy');
  const seen = records.flatMap((record, index) => iamUserSighting(record, `${index}.json`) ?? []);
  const context = { severities: {}, exemptions: [], now: NOW };
  return auditAfterHours(distinct ? distinctSightings(seen) : seen, iamUserAfterHours, context);
}

const SATURDAY = '2026-03-14T02:12:00Z';
const later = (minutes: number, from = SATURDAY) =>
  new Date(Date.parse(from) + minutes * 60_000).toISOString().replace('.000', '');
const MONDAY_NOON = '2026-03-16T11:00:00Z';
const user = (name: string) => ({ userName: name });
const MALLORY = user('mallory');
const OMITTED = { omitted: true, originalSize: 131_072, reason: 'requestParameters too large' };

/** What is found: the user, the status and the number of calls of each finding. */
function found(records: readonly CloudTrailRecord[], hours?: WrittenHours) {
  return audit(records, hours).findings.map(
    ({ resourceId, status, detail }) => `${resourceId} ${status} ${String(detail.eventCount)}`,
  );
}

const made = (time: string, fields = {}) => anIamCall('CreateUser', time, MALLORY, fields);
const keyed = (time: string, fields = {}) => anIamCall('CreateAccessKey', time, MALLORY, fields);
const deleted = (time: string, fields = {}) => anIamCall('DeleteUser', time, MALLORY, fields);
const renamed = (time: string, fields = {}) =>
  anIamCall('UpdateUser', time, { ...MALLORY, newUserName: 'erin' }, fields);
const deletedAs = (name: string, time: string) => anIamCall('DeleteUser', time, user(name));
const CI = { userIdentity: inRole('ci-build', 'x') };
const STACKS = 'cloudformation.amazonaws.com';
const throughStack = (identity: unknown) => ({ ...Object(identity), invokedBy: STACKS });
const federated = (name: string, issuer: string) => ({
  ...{ type: 'FederatedUser', arn: `arn:aws:sts::111122223333:federated-user/${name}`, accountId: '111122223333' },
  sessionContext: { sessionIssuer: { type: 'IAMUser', arn: `arn:aws:iam::111122223333:user/${issuer}` } },
});
const REFUSED = { errorCode: 'EntityAlreadyExistsException' };
const twice = made(SATURDAY);

describe('iam-user-after-hours', () => {
  it.each<[what: string, records: readonly CloudTrailRecord[], expected: readonly string[]]>([
    ['a user made at night', [made(SATURDAY)], ['mallory open 1']],
    ['a user made in working hours', [made(MONDAY_NOON)], []],
    ['a user made on a holiday', [made('2026-03-18T11:00:00Z')], ['mallory open 1']],
    ['a user made as work begins', [made('2026-03-16T07:00:00Z')], []],
    ['a user made as work ends', [made('2026-03-16T17:00:00Z')], ['mallory open 1']],
    [
      'a user, its key and its password, within minutes',
      [made(SATURDAY), keyed(later(1)), anIamCall('CreateLoginProfile', later(2), MALLORY)],
      ['mallory open 3'],
    ],
    ['a user made at night that gets a key by day', [made(SATURDAY), keyed(MONDAY_NOON)], ['mallory open 1']],
    [
      'a user made by day that gets a key at night',
      [made('2026-03-13T12:00:00Z'), keyed(SATURDAY)],
      ['mallory open 1'],
    ],
    ['two users', [made(SATURDAY), anIamCall('CreateUser', SATURDAY, user('erin'))], ['mallory open 1', 'erin open 1']],
    [
      'two users of one name in two accounts',
      [
        made(SATURDAY),
        made(SATURDAY, { recipientAccountId: '444455556666', userIdentity: asUser('erin', '444455556666') }),
      ],
      ['mallory open 1', 'mallory open 1'],
    ],
    ['a call that failed', [made(SATURDAY, { errorCode: 'LimitExceededException' })], []],
    ['the user of another service', [made(SATURDAY, { eventSource: 'transfer.amazonaws.com' })], []],
    ['a key that dana makes for herself', [anIamCall('CreateAccessKey', SATURDAY, null)], ['dana open 1']],
    [
      'a key of the root user',
      [anIamCall('CreateAccessKey', SATURDAY, null, { userIdentity: asRoot() })],
      ['arn:aws:iam::111122223333:root open 1'],
    ],
    // Who may.
    ['a role that is exempt', [made(SATURDAY, { userIdentity: inRole('ci-build', 'x') })], []],
    [
      'a session that is named like it',
      [made(SATURDAY, { userIdentity: inRole('admin', 'ci-build') })],
      ['mallory open 1'],
    ],
    ['a user that is exempt', [made(SATURDAY, { userIdentity: asUser('robots/nightly') })], []],
    ['a user that is named like a role', [made(SATURDAY, { userIdentity: asUser('ci-build') })], ['mallory open 1']],
    [
      'a role that is exempt, and a person at the same user',
      [made(SATURDAY, { userIdentity: inRole('ci-build', 'x') }), keyed(later(5))],
      ['mallory open 1'],
    ],
    ['nobody whom the record names', [made(SATURDAY, { userIdentity: undefined })], ['mallory open 1']],
    ['a record whose caller is null', [made(SATURDAY, { userIdentity: null })], ['mallory open 1']],
    ['the root user', [made(SATURDAY, { userIdentity: asRoot() })], ['mallory open 1']],
    [
      'a federated user that is named like the role, of a user who is exempt',
      [made(SATURDAY, { userIdentity: federated('ci-build', 'robots/nightly') })],
      ['mallory open 1'],
    ],
    [
      'CloudFormation for a person',
      [made(SATURDAY, { userIdentity: throughStack(asUser('dana')), sourceIPAddress: STACKS })],
      ['mallory open 1'],
    ],
    [
      'CloudFormation in a role that is exempt',
      [
        made(SATURDAY, {
          userIdentity: throughStack(inRole('ci-build', 'AWSCloudFormation')),
          sourceIPAddress: STACKS,
        }),
      ],
      [],
    ],
    [
      'a role of another account, as the pattern is of all',
      [made(SATURDAY, { userIdentity: inRole('ci-build', 'x', '444455556666') })],
      [],
    ],
    [
      'a service',
      [made(SATURDAY, { userIdentity: { type: 'AWSService', invokedBy: 'ses.amazonaws.com' } })],
      ['mallory open 1'],
    ],
    [
      'a caller of another account',
      [made(SATURDAY, { userIdentity: { type: 'AWSAccount', accountId: '444455556666' } })],
      ['mallory open 1'],
    ],
    // The end.
    ['a user that is deleted', [made(SATURDAY), deleted(MONDAY_NOON)], ['mallory resolved 1']],
    [
      'a deletion by a role that is exempt',
      [made(SATURDAY), deleted(MONDAY_NOON, { userIdentity: inRole('ci-x', 'y') })],
      ['mallory resolved 1'],
    ],
    [
      'a deletion that failed',
      [made(SATURDAY), deleted(MONDAY_NOON, { errorCode: 'DeleteConflictException' })],
      ['mallory open 1'],
    ],
    ['a deletion before', [deleted(later(-60)), made(SATURDAY)], ['mallory open 1']],
    ['the same, delivered in the other order', [made(SATURDAY), deleted(later(-60))], ['mallory open 1']],
    [
      'a deletion of another user',
      [made(SATURDAY), anIamCall('DeleteUser', MONDAY_NOON, user('erin'))],
      ['mallory open 1'],
    ],
    [
      'a deletion in another account',
      [made(SATURDAY), deleted(MONDAY_NOON, { recipientAccountId: '444455556666' })],
      ['mallory open 1'],
    ],
    [
      'a user that is made again by day',
      [made(SATURDAY), deleted(later(5)), made(MONDAY_NOON)],
      ['mallory resolved 1'],
    ],
    ['a user that is made again at night', [made(SATURDAY), deleted(later(5)), made(later(10))], ['mallory open 1']],
    [
      'a user that is gone within the night',
      [made(SATURDAY), keyed(later(1)), deleted(later(2))],
      ['mallory resolved 2'],
    ],
    // Names.
    ['a user that is renamed by day', [made(SATURDAY), renamed(MONDAY_NOON)], ['erin open 1']],
    ['a user that is renamed at night', [made(SATURDAY), renamed(later(5))], ['erin open 2']],
    ['a user that is renamed by a role that is exempt', [made(SATURDAY), renamed(later(5), CI)], ['erin open 1']],
    ['a rename that failed', [made(SATURDAY), renamed(MONDAY_NOON, REFUSED)], ['mallory open 1']],
    ['a user that is renamed by day, of whom nothing is known', [renamed(MONDAY_NOON)], []],
    [
      'a renamed user that is deleted',
      [made(SATURDAY), renamed(later(5)), deletedAs('erin', MONDAY_NOON)],
      ['erin resolved 2'],
    ],
    [
      'a renamed user, and the deletion of another of its old name',
      [made(SATURDAY), renamed(later(5), CI), made(later(6), CI), deleted(later(7))],
      ['erin open 1'],
    ],
    [
      'a user of the old name of another, made at night, too',
      [made(SATURDAY), renamed(later(5), CI), made(later(6))],
      ['mallory open 1', 'erin open 1'],
    ],
    [
      'a renamed user, and one of its name that was deleted before',
      [
        anIamCall('CreateUser', later(-9), user('erin')),
        deletedAs('erin', later(-1)),
        made(SATURDAY),
        renamed(later(5), CI),
      ],
      ['erin open 1'],
    ],
    [
      'a user that is renamed to the name of one deleted after its making',
      [made(SATURDAY), deletedAs('erin', later(1)), renamed(later(5), CI)],
      ['erin open 1'],
    ],
    [
      'a user that is renamed in the second in which another of its new name is deleted',
      [made(SATURDAY), deletedAs('erin', later(5)), renamed(later(5), CI)],
      ['erin open 1'],
    ],
    [
      'a user that is renamed twice and gets a key',
      [
        made(SATURDAY),
        renamed(later(5), CI),
        anIamCall('UpdateUser', later(6), { userName: 'erin', newUserName: 'bob' }, CI),
        anIamCall('CreateAccessKey', later(7), user('bob')),
      ],
      ['bob open 2'],
    ],
    [
      'a user that is renamed and renamed back',
      [
        made(SATURDAY),
        renamed(later(5), CI),
        anIamCall('UpdateUser', later(6), { userName: 'erin', newUserName: 'mallory' }, CI),
      ],
      ['mallory open 1'],
    ],
    [
      'a rename in another account',
      [made(SATURDAY), renamed(later(5), { ...CI, recipientAccountId: '444455556666' })],
      ['mallory open 1'],
    ],
    // Copies.
    ['one call from two trails', [twice, { ...twice }], ['mallory open 1']],
    ['one call in the logs of two regions', [twice, { ...twice, awsRegion: 'eu-west-1' }], ['mallory open 1']],
    [
      'two calls with one id, as published records have them',
      [twice, { ...twice, requestParameters: user('erin') }],
      ['erin open 1', 'mallory open 1'],
    ],
    // What people may name users, and what they may not.
    [
      'a name of every allowed sign',
      [anIamCall('CreateUser', SATURDAY, user('a+b=c,d.e@f-g_h'))],
      ['a+b=c,d.e@f-g_h open 1'],
    ],
    ['a name like a field of objects', [anIamCall('CreateUser', SATURDAY, user('__proto__'))], ['__proto__ open 1']],
    ['a name that is another', [anIamCall('CreateUser', SATURDAY, user('constructor'))], ['constructor open 1']],
    ['a name with a line break', [anIamCall('CreateUser', SATURDAY, user('a\nb'))], ['a\nb open 1']],
    ['a number', [anIamCall('CreateUser', SATURDAY, { userName: 7 })], ['7 open 1']],
    ['nothing', [], []],
  ])('%s', (_, records, expected) => {
    expect(found(records)).toEqual(expected);
    expect(found(records.toReversed()).toSorted()).toEqual([...expected].toSorted());
  });

  it('keeps a finding open for 30 days after the last call', () => {
    expect(AFTER_HOURS_STAY_OPEN_HOURS).toBe(30 * 24);
  });

  it('counts a copy once even where nothing removed copies before', () => {
    expect(audit([twice, { ...twice }, { ...twice, awsRegion: 'eu-west-1' }], HOURS, false).findings).toHaveLength(1);
    expect(audit([twice, { ...twice }], HOURS, false).findings[0]?.detail.eventCount).toBe(1);
  });
});

describe('a finding', () => {
  const [finding] = audit([
    made(SATURDAY),
    keyed(later(1), { responseElements: { accessKey: { ...MALLORY, accessKeyId: 'AKIA1' } } }),
    anIamCall(
      'AttachUserPolicy',
      later(3),
      { ...MALLORY, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      { userIdentity: inRole('ops', 'erin@example.com') },
    ),
  ]).findings;

  it('is about the user in the one region of IAM', () => {
    expect(finding).toMatchObject({
      rule: 'iam-user-after-hours',
      severity: 'medium',
      accountId: '111122223333',
      region: 'us-east-1',
      resourceType: 'AWS::IAM::User',
      resourceId: 'mallory',
      firstSeen: '2026-03-14T02:12:00.000Z',
      lastSeen: '2026-03-14T02:15:00.000Z',
    });
  });

  it('says who made what, and when by the clock of the zone', () => {
    expect(finding?.reason).toBe(
      'dana made the user and gave it the access key AKIA1, and erin@example.com (ops) gave it the policy arn:aws:iam::aws:policy/AdministratorAccess, outside working hours: Saturday 2026-03-14 03:12 to 03:15 Europe/Berlin',
    );
    expect(finding?.detail).toMatchObject({
      timeZone: 'Europe/Berlin',
      eventCount: 3,
      made: [
        { what: 'the user', localTime: 'Saturday 2026-03-14 03:12', actor: 'dana' },
        { what: 'the access key AKIA1', localTime: 'Saturday 2026-03-14 03:13' },
        { what: 'the policy arn:aws:iam::aws:policy/AdministratorAccess' },
      ],
    });
    expect(finding?.evidence.map(({ eventName }) => eventName)).toEqual([
      'AttachUserPolicy',
      'CreateAccessKey',
      'CreateUser',
    ]);
    expect(finding?.fix).toMatch(/^No command can tell whether the user was meant/);
  });

  it.each<[records: readonly CloudTrailRecord[], reason: string]>([
    [[made(SATURDAY)], 'dana made the user outside working hours: Saturday 2026-03-14 03:12 Europe/Berlin'],
    [
      [made(SATURDAY), keyed('2026-03-15T10:00:00Z')],
      'dana made the user and gave it an access key outside working hours: Saturday 2026-03-14 03:12 to Sunday 2026-03-15 11:00 Europe/Berlin',
    ],
    [
      [anIamCall('DeleteUserPermissionsBoundary', SATURDAY, MALLORY)],
      'dana gave the user rights beyond its permissions boundary outside working hours: Saturday 2026-03-14 03:12 Europe/Berlin',
    ],
    [
      [anIamCall('CreateAccessKey', SATURDAY, null, { userIdentity: asRoot() })],
      'root@111122223333 gave the root user an access key outside working hours: Saturday 2026-03-14 03:12 Europe/Berlin',
    ],
  ])('of %# says so', (records, reason) => {
    expect(audit(records).findings.map((each) => each.reason)).toEqual([reason]);
  });

  it('says under which name its user was, until when and by whom', () => {
    const rename = renamed(MONDAY_NOON, { userIdentity: asUser('kim') });
    const [one] = audit([made(SATURDAY), rename]).findings;
    expect(one?.reason).toBe(
      'dana made the user outside working hours: Saturday 2026-03-14 03:12 Europe/Berlin; it was mallory until kim renamed it: Monday 2026-03-16 12:00',
    );
    expect(one?.detail.formerNames).toEqual([
      { name: 'mallory', until: '2026-03-16T11:00:00.000Z', actor: 'kim', eventID: rename.eventID },
    ]);
    expect(one?.evidence.map(({ eventName }) => eventName)).toEqual(['CreateUser']);
    expect(one?.lastSeen).toBe('2026-03-16T11:00:00.000Z');
  });

  it('is bounded however many calls there are, and counts them', () => {
    const many = Array.from({ length: 500 }, (_, n) =>
      anIamCall(
        'AttachUserPolicy',
        later(n),
        { ...MALLORY, policyArn: `arn:${n}:${'x'.repeat(3000)}` },
        { userIdentity: asUser(`u${n}`) },
      ),
    );
    const [one] = audit(many).findings;
    expect(one?.reason.length).toBeLessThanOrEqual(1000);
    expect(one?.evidence).toHaveLength(10);
    expect(one?.detail.made).toHaveLength(10);
    // 02:12 UTC and the 500 minutes after it are all on a Saturday.
    expect(one?.detail.eventCount).toBe(500);
  });

  it.each([
    ['us-gov-west-1', 'us-gov-west-1'],
    ['us-gov-east-1', 'us-gov-west-1'],
    ['cn-north-1', 'cn-north-1'],
    ['eu-west-1', 'us-east-1'],
    ['us-iso-east-1', 'us-iso-east-1'],
  ])('of a record of %s is in %s', (awsRegion, region) => {
    expect(audit([made(SATURDAY, { awsRegion })]).findings.map((each) => each.region)).toEqual([region]);
  });
});

describe('a deletion whose making was not read', () => {
  it('is an answer that ends an earlier finding', () => {
    const { findings, judgements } = audit([deleted(MONDAY_NOON)]);
    expect(findings).toEqual([]);
    expect(judgements).toEqual([
      expect.objectContaining({
        rule: 'iam-user-after-hours',
        resourceId: 'mallory',
        result: 'pass',
        id: audit([made(SATURDAY)]).findings[0]?.id,
        evidence: [expect.objectContaining({ role: 'resolution', eventName: 'DeleteUser' })],
      }),
    ]);
  });
});

describe('the deletion of a renamed user whose making was not read', () => {
  it('ends the findings of all its names, those of the old one as of the rename', () => {
    const { judgements } = audit([renamed(later(5), CI), deletedAs('erin', MONDAY_NOON)]);
    expect(judgements.map(({ resourceId, result, seenAt }) => [resourceId, result, seenAt])).toEqual(
      expect.arrayContaining([
        ['erin', 'pass', '2026-03-16T11:00:00.000Z'],
        ['mallory', 'pass', '2026-03-14T02:17:00.000Z'],
      ]),
    );
    expect(judgements).toHaveLength(2);
  });

  it('leaves what was found under the old name since', () => {
    const { findings, judgements } = audit([renamed(later(5), CI), made(later(6)), deletedAs('erin', MONDAY_NOON)]);
    expect(findings.map(({ resourceId, status }) => `${resourceId} ${status}`)).toEqual(['mallory open']);
    expect(judgements.map(({ resourceId }) => resourceId)).toEqual(['erin']);
  });
});

describe('a call whose request CloudTrail omitted', () => {
  const omitted = (time: string, fields = {}) => anIamCall('PutUserPolicy', time, OMITTED, fields);

  it('could not be judged, and is said to be', () => {
    const { findings, undecided } = audit([omitted(SATURDAY)]);
    expect(findings).toEqual([]);
    expect(undecided).toEqual([expect.objectContaining({ why: 'nothing else says whose user it is' })]);
  });

  it.each([
    ['within working hours', omitted(MONDAY_NOON)],
    ['by a role that is exempt', omitted(SATURDAY, { userIdentity: inRole('ci-build', 'x') })],
    ['but failed', omitted(SATURDAY, { errorCode: 'MalformedPolicyDocument' })],
  ])('needs no judging %s', (_, record) => {
    expect(audit([record])).toEqual({ findings: [], judgements: [], undecided: [], renamed: [] });
  });

  it.each([
    ['deletes a user', anIamCall('DeleteUser', MONDAY_NOON, OMITTED)],
    ['may rename a user, whenever it is', anIamCall('UpdateUser', MONDAY_NOON, OMITTED, CI)],
  ])('ends nothing and could not be judged if it %s', (_, record) => {
    const { findings, judgements, undecided } = audit([made(SATURDAY), record]);
    expect(findings.map(({ resourceId, status }) => `${resourceId} ${status}`)).toEqual(['mallory open']);
    expect(judgements).toEqual([]);
    expect(undecided.map(({ sighting }) => sighting.evidence.eventID)).toEqual([record.eventID]);
  });

  it('is judged by the response where that names the user', () => {
    const { findings, undecided } = audit([
      anIamCall('CreateUser', SATURDAY, OMITTED, { responseElements: { user: MALLORY } }),
    ]);
    expect([findings.map(({ resourceId }) => resourceId), undecided]).toEqual([['mallory'], []]);
  });
});

describe('an exemption', () => {
  it('mutes the finding of the user', () => {
    const { iamUserAfterHours } = watchOf({ iamUserAfterHours: HOURS });
    const exemption = {
      match: { resource: 'mall*' },
      rule: 'iam-user-after-hours',
      reason: 'r',
      owner: 'o',
      expires: '2027-01-01',
    };
    const seen = [iamUserSighting(made(SATURDAY))].flatMap((each) => each ?? []);
    const policy = iamUserAfterHours ?? expect.fail();
    const { findings } = auditAfterHours(seen, policy, {
      severities: { 'iam-user-after-hours': 'high' },
      exemptions: [exemption],
      now: NOW,
    });
    expect(findings).toEqual([expect.objectContaining({ status: 'muted', severity: 'high' })]);
  });
});
