import { describe, expect, it } from 'vitest';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { IAM_USER_CALLS, iamUserSighting } from '../../src/sighting/iam-users.ts';
import { anIamCall, asRoot, asUser, inRole } from '../support/iam-calls.ts';

const AT = '2026-03-14T02:12:00Z';
const MALLORY = { userName: 'mallory' };
const call = (eventName: string, request: unknown, fields = {}) =>
  iamUserSighting(anIamCall(eventName, AT, request, fields));
const answering = (responseElements: unknown) => ({ responseElements });

describe('a call that makes a user, or gives it something', () => {
  it.each<[call: string, request: unknown, fields: object, userName: string, what: string]>([
    ['CreateUser', MALLORY, answering({ user: MALLORY }), 'mallory', 'the user'],
    ['CreateUser', { ...MALLORY, path: '/a/', tags: [] }, {}, 'mallory', 'the user'],
    ['UpdateUser', { ...MALLORY, newUserName: 'erin' }, {}, 'erin', 'its name, instead of mallory'],
    [
      'CreateAccessKey',
      MALLORY,
      answering({ accessKey: { ...MALLORY, accessKeyId: 'AKIA1', status: 'Active' } }),
      'mallory',
      'the access key AKIA1',
    ],
    ['CreateAccessKey', MALLORY, {}, 'mallory', 'an access key'],
    [
      'UpdateAccessKey',
      { ...MALLORY, accessKeyId: 'AKIA1', status: 'Active' },
      {},
      'mallory',
      'the access key AKIA1, which works again',
    ],
    ['CreateLoginProfile', { ...MALLORY, passwordResetRequired: false }, {}, 'mallory', 'a password'],
    ['UpdateLoginProfile', MALLORY, {}, 'mallory', 'a new password'],
    [
      'CreateServiceSpecificCredential',
      { ...MALLORY, serviceName: 'bedrock.amazonaws.com' },
      answering({ serviceSpecificCredential: { ...MALLORY, serviceSpecificCredentialId: 'ACCA1' } }),
      'mallory',
      'the service-specific credential ACCA1',
    ],
    [
      'ResetServiceSpecificCredential',
      { ...MALLORY, serviceSpecificCredentialId: 'ACCA1' },
      {},
      'mallory',
      'the service-specific credential ACCA1',
    ],
    [
      'UpdateServiceSpecificCredential',
      { ...MALLORY, serviceSpecificCredentialId: 'ACCA1', status: 'Active' },
      {},
      'mallory',
      'the service-specific credential ACCA1, which works again',
    ],
    [
      'UploadSSHPublicKey',
      { ...MALLORY, sSHPublicKeyBody: 'ssh-rsa …' },
      answering({ sSHPublicKey: { ...MALLORY, sSHPublicKeyId: 'APKA1' } }),
      'mallory',
      'the SSH public key APKA1',
    ],
    [
      'UpdateSSHPublicKey',
      { ...MALLORY, sSHPublicKeyId: 'APKA1', status: 'active' },
      {},
      'mallory',
      'the SSH public key APKA1, which works again',
    ],
    [
      'UploadSigningCertificate',
      { ...MALLORY, certificateBody: '-----' },
      answering({ certificate: { ...MALLORY, certificateId: 'C1' } }),
      'mallory',
      'the signing certificate C1',
    ],
    [
      'UpdateSigningCertificate',
      { ...MALLORY, certificateId: 'C1', status: 'Active' },
      {},
      'mallory',
      'the signing certificate C1, which works again',
    ],
    [
      'AttachUserPolicy',
      { ...MALLORY, policyArn: 'arn:aws:iam::aws:policy/X' },
      {},
      'mallory',
      'the policy arn:aws:iam::aws:policy/X',
    ],
    ['PutUserPolicy', { ...MALLORY, policyName: 'all', policyDocument: '{}' }, {}, 'mallory', 'the inline policy all'],
    ['AddUserToGroup', { ...MALLORY, groupName: 'admins' }, {}, 'mallory', 'the rights of the group admins'],
    [
      'PutUserPermissionsBoundary',
      { ...MALLORY, permissionsBoundary: 'arn:b' },
      {},
      'mallory',
      'the permissions boundary arn:b',
    ],
    ['DeleteUserPermissionsBoundary', MALLORY, {}, 'mallory', 'rights beyond its permissions boundary'],
  ])('%s %j', (eventName, request, fields, userName, what) => {
    expect(call(eventName, request, fields)).toMatchObject({ kind: 'iam-user-made', userName, what });
  });

  it('that names nobody is about its caller, where IAM takes it so', () => {
    const answer = answering({ accessKey: { accessKeyId: 'AKIA2', userName: 'dana' } });
    expect(call('CreateAccessKey', null, answer)).toMatchObject({ userName: 'dana', what: 'the access key AKIA2' });
    expect(call('CreateAccessKey', null)).toMatchObject({ userName: 'dana' });
    expect(call('CreateAccessKey', null, { userIdentity: asUser('team/erin') })).toMatchObject({ userName: 'erin' });
    const nameless = { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/team/erin' };
    expect(call('UploadSSHPublicKey', {}, { userIdentity: nameless })).toMatchObject({ userName: 'erin' });
  });

  it('is about the root user where the root user names nobody', () => {
    const answer = answering({ accessKey: { accessKeyId: 'AKIA3' } });
    const root = 'arn:aws:iam::111122223333:root';
    expect(call('CreateAccessKey', null, { ...answer, userIdentity: asRoot() })).toMatchObject({ userName: root });
    expect(call('CreateAccessKey', null, { userIdentity: { type: 'Root' } })).toMatchObject({ userName: root });
    expect(call('CreateAccessKey', null, { userIdentity: { type: 'Root' }, awsRegion: 'us-gov-west-1' })).toMatchObject(
      {
        userName: 'arn:aws-us-gov:iam::111122223333:root',
      },
    );
    expect(call('CreateAccessKey', MALLORY, { userIdentity: asRoot() })).toMatchObject({ userName: 'mallory' });
  });

  it('is incomplete where nothing tells whose it is', () => {
    const omitted = {
      requestParameters: { omitted: true, originalSize: 131_072, reason: 'requestParameters too large' },
    };
    const incomplete = { incomplete: true, userName: undefined };
    expect(call('PutUserPolicy', null, omitted)).toMatchObject({
      ...incomplete,
      what: 'an inline policy',
      evidence: { note: 'requestParameters omitted' },
    });
    expect(call('CreateAccessKey', null, omitted)).toMatchObject(incomplete);
    expect(call('UpdateAccessKey', null, omitted)).toMatchObject({ ...incomplete, what: 'something' });
    expect(call('AttachUserPolicy', null)).toMatchObject({ ...incomplete, evidence: { note: 'no user named' } });
    expect(call('CreateAccessKey', null, { userIdentity: inRole('r', 's') })).toMatchObject(incomplete);
    const answer = answering({ user: MALLORY });
    expect(call('CreateUser', null, { ...omitted, ...answer })).not.toHaveProperty('incomplete');
    expect(call('CreateUser', null, { ...omitted, ...answer })).toMatchObject({ userName: 'mallory' });
  });
});

describe('no sighting', () => {
  it.each<[why: string, call: string, request: unknown, fields: object]>([
    ['the call failed', 'CreateUser', MALLORY, { errorCode: 'EntityAlreadyExistsException' }],
    ['the call was denied', 'CreateUser', null, { errorCode: 'AccessDenied', errorMessage: 'no' }],
    ['it is another service', 'CreateUser', MALLORY, { eventSource: 'transfer.amazonaws.com' }],
    ['it is Identity Center', 'CreateUser', MALLORY, { eventSource: 'identitystore.amazonaws.com' }],
    ['it is the call at an endpoint', 'CreateUser', MALLORY, { eventCategory: 'NetworkActivity' }],
    ['a key is deactivated', 'UpdateAccessKey', { ...MALLORY, status: 'Inactive' }, {}],
    ['only the path changes', 'UpdateUser', { ...MALLORY, newPath: '/x/' }, {}],
    ['the name stays', 'UpdateUser', { ...MALLORY, newUserName: 'mallory' }, {}],
    ['an MFA device is nothing to sign in with', 'EnableMFADevice', MALLORY, {}],
    ['users change their own passwords', 'ChangePassword', null, {}],
    ['it takes rights away', 'DetachUserPolicy', MALLORY, {}],
    ['it makes a role', 'CreateRole', { roleName: 'r' }, {}],
    ['it has no time', 'CreateUser', MALLORY, { eventTime: 'yesterday' }],
    ['its name is inherited', 'constructor', MALLORY, {}],
  ])('if %s', (_, eventName, request, fields) => {
    expect(call(eventName, request, fields)).toBeUndefined();
  });
});

it.each([{ userName: { toString: 1 } }, { userName: ['a'] }, 'text', 7, [], { userName: '' }])(
  'a record of another form (%j) gives nothing that throws',
  (request) => {
    for (const name of IAM_USER_CALLS)
      expect(() => call(name, request, { responseElements: request, userIdentity: request })).not.toThrow();
  },
);

it('a name is cut at more than AWS allows', () => {
  expect(call('CreateUser', { userName: 'm'.repeat(100_000) })?.userName).toHaveLength(128);
});

const OMITTED = { omitted: true, originalSize: 131_072, reason: 'requestParameters too large' };
const resource = (name: string, type = 'AWS::IAM::User') => ({
  type,
  ARN: `arn:aws:iam::111122223333:user/team/${name}`,
  accountId: '111122223333',
});

describe('DeleteUser', () => {
  it('deletes the user', () => {
    expect(call('DeleteUser', MALLORY)).toMatchObject({ kind: 'iam-user-deleted', userName: 'mallory' });
    expect(call('DeleteUser', MALLORY)).not.toHaveProperty('incomplete');
  });

  it.each([
    ['omitted', OMITTED, 'requestParameters omitted'],
    ['omitted in words', { omitted: 'true' }, 'requestParameters omitted'],
    ['empty', null, 'no user named'],
  ])('whose request is %s deletes nobody who is known, and is incomplete', (_, request, note) => {
    expect(call('DeleteUser', request)).toMatchObject({
      ...{ kind: 'iam-user-deleted', userName: undefined, incomplete: true },
      evidence: { note },
    });
  });
});

describe('the resources of a record', () => {
  const named = (eventName: string, resources: unknown) => call(eventName, OMITTED, { resources })?.userName;

  it('name the user whose request is omitted', () => {
    expect(named('DeleteUser', [resource('mallory')])).toBe('mallory');
    expect(named('PutUserPolicy', [resource('mallory'), resource('all', 'AWS::IAM::Policy')])).toBe('mallory');
    expect(call('PutUserPolicy', OMITTED, { resources: [resource('mallory')] })).not.toHaveProperty('incomplete');
  });

  it('name nobody if they are of several users, or may have either name of one', () => {
    expect(named('DeleteUser', [resource('mallory'), resource('erin')])).toBeUndefined();
    expect(named('UpdateUser', [resource('mallory')])).toBeUndefined();
    expect(named('DeleteUser', { ARN: 7 })).toBeUndefined();
  });
});

describe('UpdateUser', () => {
  it('says both names', () => {
    expect(call('UpdateUser', { ...MALLORY, newUserName: 'erin' })).toMatchObject({
      userName: 'erin',
      formerName: 'mallory',
    });
  });

  it.each([[OMITTED], [null]])('without its request (%j) may rename anybody', (request) => {
    expect(call('UpdateUser', request)).toMatchObject({ incomplete: true, userName: undefined, what: 'something' });
  });
});

describe('an addendum', () => {
  const first = anIamCall('PutUserPolicy', AT, { omitted: true });
  const addendum = (fields: object) => ({
    ...first,
    eventID: 'addendum-1',
    addendum: { reason: 'UPDATED_DATA', updatedFields: 'requestParameters,errorCode', originalEventID: first.eventID },
    ...fields,
  });
  const seen = (fields: object) =>
    distinctSightings([first, addendum(fields)].flatMap((each) => iamUserSighting(each) ?? []));

  it('completes the sighting of its record', () => {
    const completed = seen({ requestParameters: { ...MALLORY, policyName: 'all' } });
    expect(completed).toEqual([expect.objectContaining({ userName: 'mallory', what: 'the inline policy all' })]);
    expect(completed[0]).not.toHaveProperty('incomplete');
    expect(completed[0]?.evidence).toMatchObject({ eventID: first.eventID, addendumID: 'addendum-1' });
  });

  it('that says that the call failed withdraws it', () => {
    expect(seen({ errorCode: 'AccessDenied' })).toEqual([]);
  });

  it('that says so without the request withdraws a deletion, too', () => {
    const deletion = anIamCall('DeleteUser', AT, MALLORY);
    const failed = {
      ...deletion,
      ...{ requestParameters: null, errorCode: 'DeleteConflict', eventID: 'addendum-3' },
      addendum: { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: deletion.eventID },
    };
    expect(distinctSightings([deletion, failed].flatMap((each) => iamUserSighting(each) ?? []))).toEqual([]);
  });

  it('without the request says nothing of the caller', () => {
    const own = anIamCall('CreateAccessKey', AT, MALLORY);
    const later = {
      ...own,
      requestParameters: null,
      eventID: 'addendum-2',
      addendum: { reason: 'UPDATED_DATA', originalEventID: own.eventID },
    };
    const both = distinctSightings([own, later].flatMap((each) => iamUserSighting(each) ?? []));
    expect(both.map((each) => 'userName' in each && each.userName)).toEqual(['mallory']);
  });
});
