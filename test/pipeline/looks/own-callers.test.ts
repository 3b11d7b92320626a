import { describe, expect, it } from 'vitest';
import { actorOf } from '../../../src/cloudtrail/identity.ts';
import { madeByUs, type OwnCallers } from '../../../src/pipeline/looks/own-callers.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';
import { sessionDeleted } from '../../support/sightings.ts';

const MEMBER = '444455556666';

interface Call {
  readonly accountId?: string;
  readonly region?: string;
  /** The session's ARN, after `arn:PARTITION:sts::`. */
  readonly session?: string;
  /** The role's ARN, after `arn:PARTITION:iam::`. Absent in records without a session context. */
  readonly role?: string;
  readonly partition?: string;
  readonly identity?: Readonly<Record<string, string>>;
}

function aCall(call: Call): Sighting {
  const { accountId = ACCOUNT, region = REGION, partition = 'aws', session, role, identity } = call;
  const userIdentity = identity ?? {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLE:${session?.split('/').at(-1)}`,
    arn: `arn:${partition}:sts::${session}`,
    accountId,
    ...(role !== undefined && {
      sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:${partition}:iam::${role}`, accountId } },
    }),
  };
  const actor = actorOf({ eventName: 'DeleteTrafficMirrorSession', userIdentity });
  return { ...sessionDeleted(1, 'tms-1'), accountId, region, actor };
}

const STACK: OwnCallers = {
  writerRoleArn: `arn:aws:iam::${ACCOUNT}:role/team/mw-Remediate-1A2B`,
  assumeRole: { roleName: '/ops/mirrorwatch-member', externalId: 'x' },
};
const TWO_ROLES: OwnCallers = {
  ...STACK,
  assumeRole: { roleName: '/ops/mirrorwatch-member', writeRoleName: 'mirrorwatch-member-write' },
};
const inPartition = (partition: string): OwnCallers => ({
  ...STACK,
  writerRoleArn: `arn:${partition}:iam::${ACCOUNT}:role/team/mw-Remediate-1A2B`,
});

const WRITER = { session: `${ACCOUNT}:assumed-role/mw-Remediate-1A2B/mw-Remediate-3C4D` };
const MEMBERS = { accountId: MEMBER, session: `${MEMBER}:assumed-role/mirrorwatch-member/mirrorwatch` };
const USER = `arn:aws:iam::${ACCOUNT}:user/ops/runner`;
const PROFILE = `arn:aws:sts::${ACCOUNT}:assumed-role/runner/i-0123456789abcdef0`;
const asUser = { identity: { type: 'IAMUser', userName: 'runner', arn: USER, accountId: ACCOUNT } };

describe('madeByUs', () => {
  it.each<[isOurs: boolean, what: string, call: Call, callers?: OwnCallers]>([
    [true, 'our role in its own account', { ...WRITER, role: `${ACCOUNT}:role/team/mw-Remediate-1A2B` }],
    [true, 'our role, where the record has no session context', WRITER],
    [false, 'a role of that name with another path', { ...WRITER, role: `${ACCOUNT}:role/evil/mw-Remediate-1A2B` }],
    [false, 'a role of that name without a path', { ...WRITER, role: `${ACCOUNT}:role/mw-Remediate-1A2B` }],
    [false, 'a role whose name begins like ours', { session: `${ACCOUNT}:assumed-role/mw-Remediate-1A2B-x/s` }],
    [false, 'our role, by a record of another account', { ...WRITER, accountId: MEMBER }],
    [false, 'a session that names another role', { ...WRITER, role: `${ACCOUNT}:role/team/admin` }],
    [false, 'another role, in a session named as ours', { session: `${ACCOUNT}:assumed-role/admin/mw-Remediate-3C4D` }],
    [true, 'the member role in a member account', { ...MEMBERS, role: `${MEMBER}:role/ops/mirrorwatch-member` }],
    [true, 'the member role, where the record has no session context', MEMBERS],
    [false, 'a member role with another path', { ...MEMBERS, role: `${MEMBER}:role/evil/mirrorwatch-member` }],
    [
      false,
      'the member role in a session of another name',
      { ...MEMBERS, session: `${MEMBER}:assumed-role/mirrorwatch-member/dana` },
    ],
    [
      false,
      "another account's role of that name",
      { ...MEMBERS, session: '999988887777:assumed-role/mirrorwatch-member/mirrorwatch' },
    ],
    [
      false,
      'the member role in the account of the stack, where we never assume it',
      { session: `${ACCOUNT}:assumed-role/mirrorwatch-member/mirrorwatch` },
    ],
    [
      true,
      'the member role that writes',
      { accountId: MEMBER, session: `${MEMBER}:assumed-role/mirrorwatch-member-write/mirrorwatch` },
      TWO_ROLES,
    ],
    [true, 'the member role that reads, which wrote before there were two', MEMBERS, TWO_ROLES],
    [
      false,
      'a member role named as the one that writes, where there is only one',
      { accountId: MEMBER, session: `${MEMBER}:assumed-role/mirrorwatch-member-write/mirrorwatch` },
    ],
    [
      false,
      'the member role that writes with another path',
      {
        accountId: MEMBER,
        session: `${MEMBER}:assumed-role/mirrorwatch-member-write/mirrorwatch`,
        role: `${MEMBER}:role/evil/mirrorwatch-member-write`,
      },
      TWO_ROLES,
    ],
    [false, 'the member role when none is configured', MEMBERS, { ...STACK, assumeRole: undefined }],
    [
      true,
      'our role in GovCloud',
      { ...WRITER, partition: 'aws-us-gov', region: 'us-gov-west-1' },
      inPartition('aws-us-gov'),
    ],
    [
      true,
      'the member role in China',
      { ...MEMBERS, partition: 'aws-cn', region: 'cn-north-1' },
      inPartition('aws-cn'),
    ],
    [false, 'a role of another partition than its region', { ...MEMBERS, partition: 'aws-cn' }],
    [false, 'a user, when no process is known', asUser],
    [true, 'a user whose credentials the process has', asUser, { callerArn: async () => USER }],
    [false, 'another user than the one of the process', asUser, { callerArn: async () => `${USER}-2` }],
    [
      true,
      'the instance profile of the process',
      { session: PROFILE.slice('arn:aws:sts::'.length) },
      { callerArn: async () => PROFILE },
    ],
    [
      false,
      'the same role on another instance',
      { session: `${ACCOUNT}:assumed-role/runner/i-0aaaaaaaaaaaaaaaa` },
      { callerArn: async () => PROFILE },
    ],
    [
      false,
      "the process's user, by a record of another account",
      { ...asUser, accountId: MEMBER },
      { callerArn: async () => USER },
    ],
    [
      false,
      'nobody',
      { identity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' } },
      { callerArn: async () => '' },
    ],
  ])('is %s for a call by %s', async (isOurs, _what, call, callers = STACK) => {
    expect(await madeByUs([aCall(call)], callers)).toHaveLength(isOurs ? 1 : 0);
  });

  it('asks who the process is only for calls that no role explains', async () => {
    let asked = 0;
    const callers = {
      ...STACK,
      callerArn: async () => {
        asked += 1;
        return USER;
      },
    };
    await madeByUs([], callers);
    await madeByUs([aCall(WRITER), aCall(MEMBERS)], callers);
    expect(asked).toBe(0);
    expect(await madeByUs([aCall(asUser), aCall(asUser), aCall(WRITER)], callers)).toHaveLength(3);
    expect(asked).toBe(1);
  });
});
