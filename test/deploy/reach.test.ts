/**
 * What each call of EC2, STS and Auto Scaling asks IAM for, resource by resource, in the kinds of deployment: an action that is granted on the
 * wrong resource, or under a condition that never holds, stops the function just as a missing one.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */

import { describe, expect, it } from 'vitest';
import { type Change, sessionPolicyOf } from '../../src/aws/access/session-policy.ts';
import { type Json, readTemplate, resolved, type Template } from '../support/cloudformation.ts';
import { type Asked, isAllowed, statementsOfRole } from '../support/iam.ts';

const OWN = '111122223333';
const OWNER = '999988887777';
const MANAGED = { 'aws:ResourceTag/mirrorwatch:managed': 'true' };
const TAGGED = { 'aws:RequestTag/mirrorwatch:managed': 'true' };

const arn = (kind: string, account = OWN): string => `arn:aws:ec2:eu-west-1:${account}:${kind}/${kind}-1`;
const asks = (action: string, resource: string, context: NonNullable<Asked['context']> = {}): Asked => ({
  ...{ action: `ec2:${action}`, resource, context },
});
const tagged = (by: string, ...kinds: readonly string[]): readonly Asked[] =>
  kinds.map((kind) => asks('CreateTags', arn(kind), { 'ec2:CreateAction': by, ...TAGGED }));
const SHARED_TARGET = `arn:aws:ec2:eu-west-1:${OWNER}:traffic-mirror-target/tmt-1`;
const SENSOR_TARGET = asks('CreateTrafficMirrorSession', arn('traffic-mirror-target'), MANAGED);

/** Sessions to a configured target, which another account may share with us. */
const MIRRORS: Readonly<Partial<Record<Change, readonly Asked[]>>> = {
  CreateTrafficMirrorSession: [
    asks('CreateTrafficMirrorSession', arn('network-interface')),
    asks('CreateTrafficMirrorSession', arn('traffic-mirror-filter')),
    asks('CreateTrafficMirrorSession', arn('traffic-mirror-session'), TAGGED),
    asks('CreateTrafficMirrorSession', SHARED_TARGET),
    ...tagged('CreateTrafficMirrorSession', 'traffic-mirror-session'),
  ],
  ModifyTrafficMirrorSession: [
    asks('ModifyTrafficMirrorSession', arn('traffic-mirror-session'), MANAGED),
    asks('ModifyTrafficMirrorSession', arn('traffic-mirror-filter')),
    asks('ModifyTrafficMirrorSession', SHARED_TARGET),
  ],
  DeleteTrafficMirrorSession: [asks('DeleteTrafficMirrorSession', arn('traffic-mirror-session'), MANAGED)],
};
const RELEASES: Readonly<Partial<Record<Change, readonly Asked[]>>> = {
  CompleteLifecycleAction: [
    {
      action: 'autoscaling:CompleteLifecycleAction',
      resource: `arn:aws:autoscaling:eu-west-1:${OWN}:autoScalingGroup:1234:autoScalingGroupName/web-1`,
    },
  ],
};
/** Sensors in a subnet that another account shares with us, from an image of AWS's. */
const SENSORS: Readonly<Partial<Record<Change, readonly Asked[]>>> = {
  RunInstances: [
    ...['instance', 'network-interface'].map((kind) => asks('RunInstances', arn(kind), TAGGED)),
    ...['subnet', 'security-group'].map((kind) => asks('RunInstances', arn(kind, OWNER))),
    asks('RunInstances', arn('image', '')),
    asks('RunInstances', arn('volume')),
    ...tagged('RunInstances', 'instance', 'network-interface'),
  ],
  CreateTrafficMirrorTarget: [
    asks('CreateTrafficMirrorTarget', arn('network-interface'), MANAGED),
    asks('CreateTrafficMirrorTarget', arn('traffic-mirror-target'), TAGGED),
    ...tagged('CreateTrafficMirrorTarget', 'traffic-mirror-target'),
  ],
  CreateTrafficMirrorSession: [SENSOR_TARGET],
  ModifyTrafficMirrorSession: [{ ...SENSOR_TARGET, action: 'ec2:ModifyTrafficMirrorSession' }],
  TerminateInstances: [
    asks('TerminateInstances', arn('instance'), { ...MANAGED, 'aws:ResourceTag/mirrorwatch:pool': 'p' }),
  ],
};

const main = readTemplate('template.json');
const member = readTemplate('deploy/member-role.json');
const WRITER = { WriterRoleArn: `arn:aws:iam::${OWN}:role/remediate`, ExternalId: 'a-secret', Writes: 'yes' };
const FULL = { EnableTargetsOnDemand: 'true', LaunchHookGroups: 'web-*' };

type Deployment = readonly [
  kind: string,
  template: Template,
  parameters: Readonly<Record<string, string>>,
  calls: readonly Readonly<Partial<Record<Change, readonly Asked[]>>>[],
];
const DEPLOYMENTS: readonly Deployment[] = [
  ['with configured targets', main, { MirrorTargetIds: 'tmt-0,tmt-1' }, [MIRRORS]],
  ['with a configuration of your own', main, { ConfigS3Bucket: 'settings' }, [MIRRORS]],
  ['with named targets of your own', main, { ConfigS3Bucket: 'settings', ConfigTargetIds: 'tmt-1' }, [MIRRORS]],
  ['with everything', main, { MirrorTargetIds: 'tmt-1', ...FULL }, [MIRRORS, RELEASES, SENSORS]],
  ['in a member account', member, WRITER, [MIRRORS]],
  [
    'in a member account, with everything',
    member,
    { ...WRITER, TargetIds: 'tmt-1', ...FULL },
    [MIRRORS, RELEASES, SENSORS],
  ],
];
const writerOf = (template: Template): string => (template === main ? 'RemediateRole' : 'MemberWriteRole');

/** What is asked for and refused. */
const refused = (statements: readonly Json[], asked: readonly Asked[]): readonly Asked[] =>
  asked.filter((one) => !isAllowed(statements, one));

describe.each(DEPLOYMENTS)('%s', (_kind, template, parameters, calls) => {
  const statements = statementsOfRole(resolved(template, parameters), writerOf(template));

  it('each change has all that it asks for', () => {
    for (const asked of calls.flatMap((each) => Object.values(each))) expect(refused(statements, asked)).toEqual([]);
  });

  it('the policy of a session leaves each change all that it asks for', () => {
    for (const [change, asked] of calls.flatMap((each) => Object.entries(each)))
      expect(refused(JSON.parse(sessionPolicyOf(change as Change)).Statement, asked)).toEqual([]);
  });
});

it.each(['template.json', 'deploy/member-role.json'])('%s: no resource of a change could be left out', (path) => {
  const [, template, parameters, calls] =
    DEPLOYMENTS.findLast(([, of]) => of === (path === 'template.json' ? main : member)) ?? [];
  if (template === undefined || calls === undefined) throw new Error('there is no such deployment');
  const asked = calls.flatMap((each) => Object.values(each).flat());
  const all = statementsOfRole(resolved(template, parameters), writerOf(template));
  const changing = all.filter(({ Action }) => /"(?:ec2:(?!Describe|Get)|autoscaling:)/.test(JSON.stringify(Action)));
  expect(changing.length).toBeGreaterThan(10);
  for (const statement of changing)
    for (const Resource of [statement.Resource].flat()) {
      const kept = [statement.Resource].flat().filter((one) => one !== Resource);
      const without = all.map((one) => (one === statement ? { ...one, Resource: kept } : one));
      expect(refused(without, asked).length, `${statement.Action} on ${Resource}`).toBeGreaterThan(0);
    }
});

it('a role that writes is granted to nobody while no account is a member', () => {
  const policyOf = (parameters: Readonly<Record<string, string>>): Json =>
    resolved(main, { MemberWriteRoleName: 'mirrorwatch-member-write', ...parameters }).Resources.MemberWritePolicy;
  expect(policyOf({})).toBeUndefined();
  expect(policyOf({ MemberAccounts: OWNER })).toBeDefined();
});
