/**
 * Functions that somebody took over, other accounts that speak to the stack, and changed settings: what IAM lets them do. Each attack is
 * evaluated by the policies of the templates; beside each denial is what the same role may do, so that none passes for a wrong reason.
 */

import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { sessionPolicyOf } from '../../src/aws/access/session-policy.ts';
import { parseConfig } from '../../src/config.ts';
import { currentRuntime } from '../../src/lambda/runtime/current-runtime.ts';
import { withoutSecrets } from '../../src/pipeline/report-source.ts';
import { deployed, type Json, readTemplate, resolved, type Template } from '../support/cloudformation.ts';
import { type Asked, isAllowed, isTrusted, statementsOfRole } from '../support/iam.ts';
import { aFakeAws, livePorts } from '../support/live.ts';

const OWN = '111122223333';
const MEMBER = '444455556666';
const OTHER = '999988887777';
const main = readTemplate('template.json');
const MIRRORING = { MirrorMode: 'apply', MirrorFilterId: 'tmf-1', MirrorTargetIds: 'tmt-1,tmt-2' };
const MEMBERS = {
  MemberAccounts: MEMBER,
  MemberWriteRoleName: 'mirrorwatch-member-write',
  MemberExternalId: 'a-secret',
};
const stack = resolved(main, { ...MIRRORING, ...MEMBERS, LaunchHookGroups: 'web-*' });
const launching = resolved(main, { ...MIRRORING, EnableTargetsOnDemand: 'true' });
const ownConfig = resolved(main, { ConfigS3Bucket: 'settings', ConfigTargetIds: 'tmt-1' });
const ownTrail = resolved(main, { ExistingTrailBucket: 'logs', ExistingTrailAccount: OWN });
const memberStack = resolved(readTemplate('deploy/member-role.json'), {
  ...{ TrustedRoleArns: `arn:aws:iam::${OWN}:role/watch,arn:aws:iam::${OWN}:role/remediate`, ExternalId: 'a-secret' },
  ...{ Writes: 'yes', WriterRoleArn: `arn:aws:iam::${OWN}:role/remediate`, TargetIds: 'tmt-1' },
});

const ec2 = (kind: string, id: string, account = OWN): string => `arn:aws:ec2:eu-west-1:${account}:${kind}/${id}`;
const MANAGED = { 'aws:ResourceTag/mirrorwatch:managed': 'true' };
const SENSOR = { ...MANAGED, 'aws:ResourceTag/mirrorwatch:pool': 'east' };
const ofAccount = (account: string) => ({ 'aws:ResourceAccount': account });
const assumes = (role: string, account: string): Asked => ({
  ...{ action: 'sts:AssumeRole', resource: `arn:aws:iam::${account}:role/${role}` },
});
const sends = (queue: string): Asked => ({ action: 'sqs:SendMessage', resource: `<${queue}.Arn>` });
/** Whom a session leads to is one of the resources that IAM checks. */
const mirrorsTo = (id: string, account?: string, context?: Asked['context']): Asked => ({
  ...{ action: 'ec2:CreateTrafficMirrorSession', resource: ec2('traffic-mirror-target', id, account) },
  ...(context && { context }),
});
const retargetsTo = (id: string, account?: string): Asked => ({
  ...mirrorsTo(id, account),
  action: 'ec2:ModifyTrafficMirrorSession',
});
const deletes = (context?: Asked['context']): Asked => ({
  ...{ action: 'ec2:DeleteTrafficMirrorSession', resource: ec2('traffic-mirror-session', 'tms-1') },
  ...(context && { context }),
});
const terminates = (context: Asked['context'], account?: string): Asked => ({
  ...{ action: 'ec2:TerminateInstances', resource: ec2('instance', 'i-1', account) },
  ...(context && { context }),
});
const LAUNCHED = { 'aws:RequestTag/mirrorwatch:managed': 'true' };
const launches = (context: NonNullable<Asked['context']> = {}): Asked => ({
  ...{ action: 'ec2:RunInstances', resource: ec2('instance', '*') },
  context,
});
const tags = (createAction?: string): Asked => ({
  ...{ action: 'ec2:CreateTags', resource: ec2('traffic-mirror-session', 'tms-1') },
  ...(createAction !== undefined && { context: { 'ec2:CreateAction': createAction } }),
});
const releases = (group: string): Asked => ({
  action: 'autoscaling:CompleteLifecycleAction',
  resource: `arn:aws:autoscaling:eu-west-1:${OWN}:autoScalingGroup:1234:autoScalingGroupName/${group}`,
});
const s3 = (action: string, object: string, account: string): Asked => ({
  ...{ action: `s3:${action}`, resource: object, context: ofAccount(account) },
});
const LEDGER = '<Ledger.Arn>';
const WATCHED_LOG = '/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22/log.json.gz';

interface Row {
  readonly attack: string;
  readonly by: string;
  readonly asks: readonly Asked[];
  /** What the same role may do, or another one if it may do nothing of the kind. */
  readonly but: Asked & { readonly by?: string };
  readonly in?: Template;
}

const TAKEN_OVER: readonly Row[] = [
  ...[
    { attack: 'watch, taken over, changes no session', by: 'WatchRole' },
    { attack: 'respond, taken over, changes no session', by: 'RespondRole' },
    { attack: 'sweep, taken over, changes no session', by: 'SweepRole' },
    { attack: 'report, taken over, changes no session', by: 'ReportRole' },
  ].map((row) => ({
    ...row,
    asks: [deletes(MANAGED), mirrorsTo('tmt-1'), retargetsTo('tmt-1'), launches(LAUNCHED), terminates(SENSOR)],
    but: { ...deletes(MANAGED), by: 'RemediateRole' },
  })),
  {
    attack: 'sweep, taken over, sees no account',
    by: 'SweepRole',
    asks: [
      { action: 'ec2:DescribeInstances' },
      { action: 'ecs:DescribeTasks', resource: `arn:aws:ecs:eu-west-1:${OWN}:task/c/t` },
    ],
    but: { action: 'ec2:DescribeInstances', by: 'WatchRole' },
  },
  {
    attack: 'report, taken over, sees no account',
    by: 'ReportRole',
    asks: [{ action: 'ec2:DescribeInstances' }, { action: 'elasticloadbalancing:DescribeLoadBalancers' }],
    but: { action: 'dynamodb:Query', resource: LEDGER },
  },
  {
    attack: 'sweep, taken over, enters no member account',
    by: 'SweepRole',
    asks: [assumes('mirrorwatch-member', MEMBER), assumes('mirrorwatch-member-write', MEMBER)],
    but: { ...assumes('mirrorwatch-member', MEMBER), by: 'WatchRole' },
  },
  {
    attack: 'report, taken over, enters no member account',
    by: 'ReportRole',
    asks: [assumes('mirrorwatch-member', MEMBER), assumes('mirrorwatch-member-write', MEMBER)],
    but: { ...assumes('mirrorwatch-member', MEMBER), by: 'RespondRole' },
  },
  {
    attack: 'sweep, taken over, orders no repair',
    by: 'SweepRole',
    asks: [sends('Remediations')],
    but: sends('Deliveries'),
  },
  {
    attack: 'report, taken over, orders no repair, sweep or release',
    by: 'ReportRole',
    asks: [sends('Remediations'), sends('Deliveries')],
    but: sends('EventDeadLetters'),
  },
  {
    attack: 'remediate, taken over, orders no repairs of itself',
    by: 'RemediateRole',
    asks: [sends('Remediations')],
    but: sends('Deliveries'),
  },
  {
    attack: 'sweep, taken over, mails nobody',
    by: 'SweepRole',
    asks: [{ action: 'sns:Publish', resource: '<AlertTopic>' }],
    but: { action: 'sns:Publish', resource: '<AlertTopic>', by: 'ReportRole' },
  },
  {
    attack: 'sweep, taken over, reads no finding and deletes none',
    by: 'SweepRole',
    asks: [
      { action: 'dynamodb:Query', resource: LEDGER },
      { action: 'dynamodb:DeleteItem', resource: LEDGER },
    ],
    but: { action: 'dynamodb:PutItem', resource: LEDGER },
  },
  {
    attack: 'respond, taken over, reads no log',
    by: 'RespondRole',
    asks: [s3('GetObject', `arn:aws:s3:::<TrailBucket>${WATCHED_LOG}`, OWN)],
    but: { ...s3('GetObject', `arn:aws:s3:::<TrailBucket>${WATCHED_LOG}`, OWN), by: 'WatchRole' },
  },
  {
    attack: 'watch, taken over, deletes no log and writes none',
    by: 'WatchRole',
    asks: ['DeleteObject', 'DeleteObjectVersion', 'PutObject'].map((action) =>
      s3(action, `arn:aws:s3:::<TrailBucket>${WATCHED_LOG}`, OWN),
    ),
    but: s3('GetObject', `arn:aws:s3:::<TrailBucket>${WATCHED_LOG}`, OWN),
  },
  {
    attack: 'report, taken over, deletes no report and no version of one',
    by: 'ReportRole',
    asks: ['DeleteObject', 'DeleteObjectVersion', 'GetObject', 'BypassGovernanceRetention'].map((action) =>
      s3(action, '<ReportBucket.Arn>/daily/report.html', OWN),
    ),
    but: s3('PutObject', '<ReportBucket.Arn>/daily/report.html', OWN),
  },
  ...[
    { attack: 'watch, taken over, does not delete the ledger', by: 'WatchRole' },
    { attack: 'respond, taken over, does not delete the ledger', by: 'RespondRole' },
    { attack: 'remediate, taken over, does not delete the ledger', by: 'RemediateRole' },
    { attack: 'sweep, taken over, does not delete the ledger', by: 'SweepRole' },
    { attack: 'report, taken over, does not delete the ledger', by: 'ReportRole' },
  ].map((row) => ({
    ...row,
    asks: ['DeleteTable', 'UpdateTable', 'DeleteBackup', 'UpdateContinuousBackups', 'BatchWriteItem'].map((action) => ({
      ...{ action: `dynamodb:${action}`, resource: LEDGER },
    })),
    but: { action: 'dynamodb:PutItem', resource: LEDGER },
  })),
  {
    attack: 'remediate, taken over, mirrors to no target that is not configured',
    by: 'RemediateRole',
    asks: [mirrorsTo('tmt-evil'), retargetsTo('tmt-evil')],
    but: mirrorsTo('tmt-2'),
  },
  {
    attack: 'remediate, taken over, mirrors to no target of an attacker’s account',
    by: 'RemediateRole',
    asks: [mirrorsTo('tmt-evil', OTHER), retargetsTo('tmt-evil', OTHER), mirrorsTo('tmt-evil', OTHER, MANAGED)],
    but: retargetsTo('tmt-1', OTHER),
  },
  {
    attack: 'remediate, taken over, mirrors to no other target with a configuration of one’s own',
    by: 'RemediateRole',
    in: ownConfig,
    asks: [mirrorsTo('tmt-2'), retargetsTo('tmt-2'), mirrorsTo('tmt-evil', OTHER)],
    but: mirrorsTo('tmt-1'),
  },
  {
    attack: 'remediate, taken over, mirrors to no tagged target of another account',
    by: 'RemediateRole',
    in: launching,
    asks: [mirrorsTo('tmt-evil', OTHER, MANAGED)],
    but: mirrorsTo('tmt-sensor', OWN, MANAGED),
  },
  {
    attack: 'remediate, taken over, deletes no session of another tool',
    by: 'RemediateRole',
    asks: [deletes(), deletes({ 'aws:ResourceTag/Owner': 'netops' })],
    but: deletes(MANAGED),
  },
  {
    attack: 'remediate, taken over, ends no instance without our tags',
    by: 'RemediateRole',
    in: launching,
    asks: [terminates({}), terminates({ 'aws:ResourceTag/mirrorwatch:pool': 'east' })],
    but: terminates(SENSOR),
  },
  {
    attack: 'remediate, taken over, ends no instance that somebody tagged as managed only',
    by: 'RemediateRole',
    in: launching,
    asks: [terminates(MANAGED)],
    but: terminates(SENSOR),
  },
  {
    attack: 'remediate, taken over, ends no sensor where none are launched',
    by: 'RemediateRole',
    asks: [terminates(SENSOR), launches(LAUNCHED)],
    but: deletes(MANAGED),
  },
  {
    attack: 'remediate, taken over, launches nothing without our tag and nothing with a role',
    by: 'RemediateRole',
    in: launching,
    asks: [launches(), { action: 'iam:PassRole', resource: `arn:aws:iam::${OWN}:role/admin` }],
    but: launches(LAUNCHED),
  },
  {
    attack: 'remediate, taken over, tags nothing that exists',
    by: 'RemediateRole',
    in: launching,
    asks: [tags(), tags('CreateVolume'), { action: 'ec2:CreateTags', resource: ec2('instance', 'i-1') }],
    but: tags('CreateTrafficMirrorSession'),
  },
  {
    attack: 'remediate, taken over, releases no instance of a group that is not named',
    by: 'RemediateRole',
    asks: [releases('db-1')],
    but: releases('web-1'),
  },
  {
    attack: 'remediate, taken over, opens no firewall and changes no filter',
    by: 'RemediateRole',
    asks: [
      { action: 'ec2:AuthorizeSecurityGroupIngress', resource: ec2('security-group', 'sg-1') },
      { action: 'ec2:CreateTrafficMirrorFilterRule', resource: ec2('traffic-mirror-filter', 'tmf-1') },
      { action: 'ec2:DeleteTrafficMirrorTarget', resource: ec2('traffic-mirror-target', 'tmt-1') },
    ],
    but: deletes(MANAGED),
  },
  {
    attack: 'watch, taken over, enters no account that is no member',
    by: 'WatchRole',
    asks: [assumes('mirrorwatch-member', OTHER)],
    but: assumes('mirrorwatch-member', MEMBER),
  },
  {
    attack: 'watch, taken over, does not get the member role that writes',
    by: 'WatchRole',
    asks: [assumes('mirrorwatch-member-write', MEMBER)],
    but: { ...assumes('mirrorwatch-member-write', MEMBER), by: 'RemediateRole' },
  },
  {
    attack: 'remediate, taken over, gets no other role of a member account',
    by: 'RemediateRole',
    asks: [assumes('admin', MEMBER), assumes('mirrorwatch-member-write', OTHER)],
    but: assumes('mirrorwatch-member-write', MEMBER),
  },
  {
    attack: 'a bucket of another account with the name of the configuration’s is not read',
    by: 'WatchRole',
    in: ownConfig,
    asks: [s3('GetObject', 'arn:aws:s3:::settings/config.json', OTHER)],
    but: s3('GetObject', 'arn:aws:s3:::settings/config.json', OWN),
  },
  {
    attack: 'a bucket of another account with the name of the trail’s is not read',
    by: 'WatchRole',
    asks: [s3('GetObject', `arn:aws:s3:::<TrailBucket>${WATCHED_LOG}`, OTHER)],
    but: s3('GetObject', `arn:aws:s3:::<TrailBucket>${WATCHED_LOG}`, OWN),
  },
  {
    attack: 'a bucket of another account with the name of an existing trail’s is not read if its account is named',
    by: 'WatchRole',
    in: ownTrail,
    asks: [s3('GetObject', `arn:aws:s3:::logs${WATCHED_LOG}`, OTHER)],
    but: s3('GetObject', `arn:aws:s3:::logs${WATCHED_LOG}`, OWN),
  },
  {
    attack: 'a bucket of another account with the name of the report bucket gets no report',
    by: 'ReportRole',
    asks: [s3('PutObject', '<ReportBucket.Arn>/daily/report.html', OTHER)],
    but: s3('PutObject', '<ReportBucket.Arn>/daily/report.html', OWN),
  },
  {
    attack: 'the member role that reads changes nothing',
    by: 'MemberRole',
    in: memberStack,
    asks: [deletes(MANAGED), mirrorsTo('tmt-1'), tags('CreateTrafficMirrorSession')],
    but: { action: 'ec2:DescribeInstances' },
  },
  {
    attack: 'the member role that writes mirrors to no target that is not named',
    by: 'MemberWriteRole',
    in: memberStack,
    asks: [mirrorsTo('tmt-evil', OTHER), retargetsTo('tmt-evil')],
    but: mirrorsTo('tmt-1', OTHER),
  },
];

describe('a function that somebody took over', () => {
  it.each(TAKEN_OVER)('$attack', ({ by, asks, but, in: template = stack }) => {
    for (const asked of asks)
      expect(isAllowed(statementsOfRole(template, by), asked), JSON.stringify(asked)).toBe(false);
    expect(isAllowed(statementsOfRole(template, but.by ?? by), but)).toBe(true);
  });
});

describe('other accounts', () => {
  const policy = (of: string, template: Template = stack): readonly Json[] =>
    template.Resources[of].Properties.PolicyDocument.Statement;
  const trust = (of: string, template: Template = stack): readonly Json[] =>
    template.Resources[of].Properties.AssumeRolePolicyDocument.Statement;
  const assuming = (context: Asked['context']): Asked => ({ action: 'sts:AssumeRole', context: context ?? {} });
  const notifies = (arn: string, account: string, queue = 'Deliveries'): Asked => ({
    ...sends(queue),
    context: { 'aws:SourceArn': arn, 'aws:SourceAccount': account, 'aws:SecureTransport': 'true' },
  });

  it('a topic of another account does not get SNS to send to the deliveries', () => {
    const evil = notifies(`arn:aws:sns:eu-west-1:${OTHER}:trail`, OTHER);
    expect(isTrusted(policy('DeliveriesPolicy'), 'sns.amazonaws.com', evil)).toBe(false);
    expect(isTrusted(policy('DeliveriesPolicy'), 'sns.amazonaws.com', notifies('<TrailTopic>', OWN))).toBe(true);
  });

  it('a topic with our ARN in a request for another account does not get SNS to send to the deliveries', () => {
    expect(isTrusted(policy('DeliveriesPolicy'), 'sns.amazonaws.com', notifies('<TrailTopic>', OTHER))).toBe(false);
  });

  it('a bucket that another account made with the name of our trail’s does not get S3 to send to the deliveries', () => {
    const statements = policy('DeliveriesPolicy', ownTrail);
    expect(isTrusted(statements, 's3.amazonaws.com', notifies('arn:aws:s3:::logs', OTHER))).toBe(false);
    expect(isTrusted(statements, 's3.amazonaws.com', notifies('arn:aws:s3:::logs', OWN))).toBe(true);
  });

  it('a trail of another account writes no log into our bucket and no notice to our topic', () => {
    const by = (account: string): Asked['context'] => ({
      ...{ 'aws:SourceArn': `arn:aws:cloudtrail:eu-west-1:${account}:trail/mirrorwatch-trail` },
      ...{ 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SecureTransport': 'true' },
    });
    for (const [account, isOurs] of [
      [OTHER, false],
      [OWN, true],
    ] as const) {
      const context = by(account) ?? {};
      const put = { action: 's3:PutObject', resource: `<TrailBucket.Arn>${WATCHED_LOG}`, context };
      expect(isTrusted(policy('TrailBucketPolicy'), 'cloudtrail.amazonaws.com', put)).toBe(isOurs);
      const publish = { action: 'sns:Publish', resource: '<TrailTopic>', context };
      expect(isTrusted(policy('TrailTopicPolicy'), 'cloudtrail.amazonaws.com', publish)).toBe(isOurs);
    }
  });

  it('a rule of another account puts nothing among our dead letters', () => {
    const rule = (account: string): Asked =>
      notifies(`arn:aws:events:eu-west-1:${account}:rule/mirrorwatch-CallRule`, account, 'EventDeadLetters');
    expect(isTrusted(policy('EventDeadLettersPolicy'), 'events.amazonaws.com', rule(OTHER))).toBe(false);
    expect(isTrusted(policy('EventDeadLettersPolicy'), 'events.amazonaws.com', rule(OWN))).toBe(true);
  });

  it('a schedule of another account does not start our functions', () => {
    const by = (account: string): Asked => assuming({ 'aws:SourceAccount': account });
    expect(isTrusted(trust('ScheduleRole'), 'scheduler.amazonaws.com', by(OTHER))).toBe(false);
    expect(isTrusted(trust('ScheduleRole'), 'scheduler.amazonaws.com', by(OWN))).toBe(true);
  });

  const AS_US = { 'sts:ExternalId': 'a-secret', 'sts:RoleSessionName': 'mirrorwatch' };
  const WRITER = `arn:aws:iam::${OWN}:role/remediate`;
  const memberTrust = trust('MemberWriteRole', memberStack);

  it('watch, with the external id, is not let in by the member role that writes', () => {
    expect(isTrusted(memberTrust, `arn:aws:iam::${OWN}:role/watch`, assuming(AS_US))).toBe(false);
    expect(isTrusted(memberTrust, WRITER, assuming(AS_US))).toBe(true);
  });

  it('the administrator of the stack’s account, with the external id, is not let in by the member role that writes', () => {
    for (const arn of [
      `arn:aws:iam::${OWN}:role/admin`,
      `arn:aws:iam::${OWN}:root`,
      `arn:aws:iam::${OTHER}:role/remediate`,
    ])
      expect(isTrusted(memberTrust, arn, assuming(AS_US))).toBe(false);
  });

  it.each([
    { attack: 'remediate without the external id is not let in', context: { 'sts:RoleSessionName': 'mirrorwatch' } },
    { attack: 'remediate with another external id is not let in', context: { ...AS_US, 'sts:ExternalId': 'guess' } },
    { attack: 'remediate under another session name is not let in', context: { ...AS_US, 'sts:RoleSessionName': 'x' } },
  ])('$attack', ({ context }) => {
    expect(isTrusted(memberTrust, WRITER, assuming(context))).toBe(false);
    expect(isTrusted(trust('MemberRole', memberStack), WRITER, assuming(context))).toBe(false);
  });
});

describe('history', () => {
  it('an administrator’s slip does not delete the ledger at once', () => {
    expect(stack.Resources.Ledger.Properties.DeletionProtectionEnabled).toBe(true);
    expect(stack.Resources.Ledger.Properties.PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: true,
    });
  });

  it('the deletion of the stack deletes no history', () => {
    for (const name of ['Ledger', 'ReportBucket', 'TrailBucket', 'Key'])
      expect(stack.Resources[name]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('an object that is locked cannot be replaced by who may delete objects', () => {
    const locked = resolved(main, { ObjectLockDays: '365' });
    for (const name of ['ReportBucket', 'TrailBucket']) {
      expect(locked.Resources[name].Properties).toMatchObject({
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: '365' } } },
        VersioningConfiguration: { Status: 'Enabled' },
      });
      expect(stack.Resources[name].Properties).not.toHaveProperty('ObjectLockEnabled');
    }
  });
});

describe('the configuration', () => {
  const TEXT = '{ "requiredTags": ["CostCenter"] }';
  const pinned = `config.json#sha256=${createHash('sha256').update(TEXT).digest('hex')}`;
  const stored = (text: string) => livePorts().configText(pinned, async () => text);

  it('another content under a pinned place is refused, and the error says both hashes', async () => {
    await expect(stored(TEXT)).resolves.toMatchObject({ text: TEXT });
    const evil = stored('{ "requiredTags": [] }');
    await expect(evil).rejects.toMatchObject({ code: 'config-invalid', concerns: { path: 'config.json' } });
    await expect(evil).rejects.toThrow(/its SHA-256 is [0-9a-f]{64}, and only [0-9a-f]{64} is accepted/);
  });

  it('another content under a pinned place does not stop a function that runs, and is not taken over', async () => {
    let text = TEXT;
    let at = 0;
    const warnings: string[] = [];
    const runtime = currentRuntime({
      read: async () => ({ ...(await stored(text)), changedAt: new Date(0) }),
      open: async (read) => ({ configuration: { hash: read.text, changedAt: read.changedAt.toISOString() } }),
      ...{ source: 'config.json', versions: () => undefined, now: () => new Date(at) },
      warn: (message) => warnings.push(message),
    });
    await runtime();
    [text, at] = ['{ "requiredTags": [] }', 600_000];
    expect((await runtime()).configuration.hash).toBe(TEXT);
    expect(warnings.join()).toContain('is not used: its SHA-256 is');
  });

  it('who reads the configuration does not learn an external id that is kept as a secret', () => {
    const parameters = { MemberAccounts: MEMBER, MemberExternalId: 'a-secret', ExternalIdParameter: '/mw/external-id' };
    const { Value } = resolved(main, parameters).Resources.ConfigParameter.Properties;
    expect(Value).not.toContain('a-secret');
    expect(parseConfig(deployed(Value), 'parameter').assumeRole).toMatchObject({
      ...{ externalId: undefined, externalIdParameter: '/mw/external-id' },
    });
  });

  it('who reads the evidence of a report does not learn the external id', () => {
    const config = parseConfig('{ "assumeRole": { "roleName": "r", "externalId": "a-secret" } }', 'config.json');
    expect(JSON.stringify(config)).toContain('a-secret');
    expect(JSON.stringify(withoutSecrets(config))).not.toContain('a-secret');
  });
});

describe('a session in a member account', () => {
  const fake = aFakeAws();
  const roles = { accounts: [MEMBER], ownAccountId: OWN, trustedOwners: [OTHER] };
  const scope = { accountId: MEMBER, region: 'eu-west-1' };
  beforeEach(() => {
    fake().calls.length = 0;
  });
  const policyOf = (): readonly Json[] => JSON.parse(String(fake().lastParams.get('AssumeRole')?.Policy)).Statement;

  it('a session that reads cannot write, even with one role for both', async () => {
    const { accounts } = livePorts({ ...roles, assumeRole: { roleName: 'mirrorwatch-member' } });
    await (await accounts.credentialsFor(scope))?.();
    for (const asked of [deletes(MANAGED), mirrorsTo('tmt-1'), launches(LAUNCHED), terminates(SENSOR), releases('web')])
      expect(isAllowed(policyOf(), asked)).toBe(false);
    expect(isAllowed(policyOf(), { action: 'ec2:DescribeInstances' })).toBe(true);
  });

  it('a session that makes a change can make no other', async () => {
    const { accounts } = livePorts({ ...roles, assumeRole: { roleName: 'r', writeRoleName: 'r-write' } });
    await (await accounts.credentialsFor(scope, 'CreateTrafficMirrorSession'))?.();
    expect(fake().lastParams.get('AssumeRole')?.RoleArn).toBe(`arn:aws:iam::${MEMBER}:role/r-write`);
    for (const asked of [
      deletes(MANAGED),
      retargetsTo('tmt-1'),
      launches(LAUNCHED),
      { action: 'ec2:DescribeInstances' },
    ])
      expect(isAllowed(policyOf(), asked)).toBe(false);
    expect(isAllowed(policyOf(), mirrorsTo('tmt-1'))).toBe(true);
    expect(isAllowed(policyOf(), tags('CreateTrafficMirrorSession'))).toBe(true);
    expect(isAllowed(policyOf(), tags())).toBe(false);
  });

  it('a session that deletes or ends touches nothing without our tag, whatever the role may', () => {
    const allows = (access: Parameters<typeof sessionPolicyOf>[0], asked: Asked): boolean =>
      isAllowed(JSON.parse(sessionPolicyOf(access)).Statement, asked);
    expect(allows('DeleteTrafficMirrorSession', deletes())).toBe(false);
    expect(allows('DeleteTrafficMirrorSession', deletes(MANAGED))).toBe(true);
    expect(allows('TerminateInstances', terminates({}))).toBe(false);
    expect(allows('TerminateInstances', terminates(MANAGED))).toBe(true);
  });

  it('an account whose targets are trusted is read and never changed', async () => {
    const { accounts } = livePorts({ ...roles, assumeRole: { roleName: 'r' } });
    const owner = { accountId: OTHER, region: 'eu-west-1' };
    await expect(accounts.credentialsFor(owner)).resolves.toBeDefined();
    await expect(accounts.credentialsFor(owner, 'DeleteTrafficMirrorSession')).rejects.toThrow('are only read');
    expect(fake().count('AssumeRole')).toBe(0);
  });

  it('many changes of an account exhaust nothing at STS: one session for each kind, in all regions', async () => {
    const { accounts } = livePorts({ ...roles, assumeRole: { roleName: 'r', writeRoleName: 'r-write' } });
    for (let change = 0; change < 100; change += 1)
      for (const region of ['eu-west-1', 'us-east-1'])
        for (const access of ['read', 'CreateTrafficMirrorSession', 'DeleteTrafficMirrorSession'] as const)
          await (await accounts.credentialsFor({ accountId: MEMBER, region }, access))?.();
    expect(fake().count('AssumeRole')).toBe(3);
  });
});
