/** `doctor` on the wire, against a double of AWS: each test makes one thing wrong. */

import { describe, expect, it } from 'vitest';
import { sessionPolicyOf } from '../../../src/aws/access/session-policy.ts';
import { openDoctor } from '../../../src/aws/doctor/open-doctor.ts';
import { CALL_LIMITS, type CallLimits } from '../../../src/aws/http/limits.ts';
import { parseConfig } from '../../../src/config.ts';
import type { CheckLine } from '../../../src/pipeline/doctor/line.ts';
import { checkIdentity, runChecks } from '../../../src/pipeline/doctor/run-checks.ts';
import {
  ACCOUNT,
  aDoctorDouble,
  CONFIG,
  fields,
  NOW,
  QUEUE,
  QUEUE_ATTRIBUTES,
  REGION,
  type Refused,
  TOPIC,
  TRAIL_FIELDS,
  target,
} from '../../support/doctor-double.ts';

const aws = aDoctorDouble();
const DENIED = { code: 'AccessDenied', status: 403 };
const QUEUE_URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/deliveries`;

interface Asked {
  readonly config?: object;
  readonly regions?: readonly string[];
  readonly accounts?: readonly string[];
  readonly limits?: CallLimits;
}

/** Long enough for a machine that is busy, and short enough for a test. */
const IMPATIENT: CallLimits = { connectMs: 2000, answerMs: 2000, silenceMs: 2500, operationMs: 6000 };

async function lines({
  config = {},
  regions = [REGION],
  accounts = [ACCOUNT],
  limits = CALL_LIMITS,
}: Asked = {}): Promise<readonly CheckLine[]> {
  const parsed = parseConfig(JSON.stringify({ ...CONFIG, ...config }), 'the test');
  const { reads, homeRegion } = await openDoctor(parsed, { pathStyle: true, limits });
  const identity = await checkIdentity(reads);
  const input = { config: parsed, homeRegion, ownAccountId: ACCOUNT, accounts, regions };
  const { lines: rest } = await runChecks(reads, { ...input, queueUrl: QUEUE_URL, table: 'ledger', now: NOW });
  return [...identity, ...rest];
}

/** What is not ok, as `check status: reason`. */
const troubles = (all: readonly CheckLine[]): readonly string[] =>
  all.filter(({ status }) => status !== 'ok').map(({ check, status, reason }) => `${check} ${status}: ${reason}`);

const ofCheck = (all: readonly CheckLine[], wanted: string): readonly CheckLine[] =>
  all.filter(({ check }) => check === wanted);

describe('in a healthy account', () => {
  it('everything is ok, and every check has said something', async () => {
    const all = await lines({ config: { mirroring: { ...CONFIG.mirroring, cleanup: true } } });
    expect(troubles(all)).toEqual([
      'delete-session not checked: A dry run takes a session of ours, and none was seen yet.',
    ]);
    expect(new Set(all.map(({ check }) => check)).size).toBe(20);
  });

  it('changes nothing: every call that could carries DryRun', async () => {
    aws.reply('DescribeTrafficMirrorSessions', ({ params }) =>
      params.DryRun === 'true'
        ? { code: 'DryRunOperation', status: 412 }
        : fields({
            TrafficMirrorSessions: [
              {
                TrafficMirrorSessionId: 'tms-0a000000000000001',
                TrafficMirrorTargetId: 'tmt-0a000000000000001',
                TrafficMirrorFilterId: 'tmf-0a000000000000001',
                NetworkInterfaceId: 'eni-0c000000000000001',
                OwnerId: ACCOUNT,
                SessionNumber: 1,
                Tags: [{ Key: 'mirrorwatch:managed', Value: 'true' }],
              },
            ],
          }),
    );
    const all = await lines({ config: { mirroring: { ...CONFIG.mirroring, cleanup: true } } });
    expect(troubles(all)).toEqual([]);
    const reading = /^(?:Describe|Get|List|Query$)/;
    const others = aws.calls.filter(({ action }) => !reading.test(action));
    expect(others.map(({ action, params }) => [action, params.DryRun]).toSorted()).toEqual([
      ['CreateTrafficMirrorSession', 'true'],
      ['DeleteTrafficMirrorSession', 'true'],
    ]);
    // Tried with a source that is no target itself.
    const created = others.find(({ action }) => action === 'CreateTrafficMirrorSession');
    expect(created?.params.NetworkInterfaceId).toBe('eni-0c000000000000001');
  });

  it('reads one byte of one log file', async () => {
    await lines();
    expect(aws.calls.filter(({ action }) => action === 'GetObject').map(({ params }) => params.path)).toEqual([
      '/example-trail/AWSLogs/log.json.gz',
    ]);
  });

  it('asks for every read that the session policy of other accounts grants', async () => {
    const { Statement } = JSON.parse(sessionPolicyOf('read')) as {
      Statement: readonly [{ Action: readonly string[] }];
    };
    const [reads] = ofCheck(await lines(), 'reads');
    const asked = new Set(aws.calls.map(({ service, action }) => `${service}:${action}`));
    // The check of the organization asks for it, where the configuration names one.
    const needed = Statement[0].Action.filter((action) => action !== 'account:ListRegions');
    const missing = needed.filter((action) => !asked.has(action));
    expect(missing).toEqual(['ec2:GetManagedPrefixListEntries']);
    expect(reads?.reason).toContain('Not tried, as it takes an existing resource: ec2:GetManagedPrefixListEntries');
  });
});

describe('what AWS refuses', () => {
  it('credentials that it does not know end everything else', async () => {
    aws.reply('GetCallerIdentity', { code: 'InvalidClientTokenId', status: 403 });
    const { reads } = await openDoctor(parseConfig(JSON.stringify(CONFIG), 'x'), { pathStyle: true });
    expect((await checkIdentity(reads)).map(({ check, status }) => [check, status])).toEqual([
      ['credentials', 'fail'],
      ['clock', 'ok'],
    ]);
  });

  it('a dry run: each denied permission with the statement to add', async () => {
    aws.reply('CreateTrafficMirrorSession', { code: 'UnauthorizedOperation', status: 403 });
    aws.reply('DescribeSubnets', { code: 'UnauthorizedOperation', status: 403 });
    aws.reply('DescribeTasks', { code: 'AccessDeniedException' });
    const all = await lines();
    expect(troubles(all)).toEqual([
      'reads fail: Denied: ec2:DescribeSubnets.',
      'reads warn: Denied: ecs:DescribeTasks. Some sources or causes will be unknown.',
      'create-session fail: ec2:CreateTrafficMirrorSession is denied (dry run), and mode "apply" needs it.',
    ]);
    expect(all.find(({ check }) => check === 'create-session')?.fix).toBe(
      'Add to the policy of these credentials: {"Effect":"Allow","Action":["ec2:CreateTrafficMirrorSession","ec2:CreateTags"],"Resource":"*"}',
    );
  });

  it('a dry run in mode "plan" is only worth a warning', async () => {
    aws.reply('CreateTrafficMirrorSession', { code: 'UnauthorizedOperation', status: 403 });
    expect(troubles(await lines({ config: { mirroring: { ...CONFIG.mirroring, mode: 'plan' } } }))).toEqual([
      'create-session warn: ec2:CreateTrafficMirrorSession is denied (dry run). Mode "plan" does not need it; "apply" would.',
    ]);
  });

  it.each([
    ['InvalidNetworkInterfaceID.NotFound', 'another code'],
    ['UnsupportedOperation', 'an endpoint without the call'],
  ])('nothing is guessed from %s: %s', async (code) => {
    aws.reply('CreateTrafficMirrorSession', { code });
    expect(troubles(await lines())).toEqual([
      expect.stringContaining(`create-session not checked: ec2:CreateTrafficMirrorSession (${code})`),
    ]);
  });

  it('a launch of a sensor, tried with the settings of its rule and the subnet of a source', async () => {
    const onDemand = {
      imageId: 'ami-0a000000000000001',
      instanceType: 'c5.large',
      securityGroupIds: ['sg-0a000000000000001'],
    };
    const rules = { vpcs: [{ vpcId: 'vpc-0a000000000000001', filterId: 'tmf-0a000000000000001', onDemand }] };
    const config = { mirroring: { mode: 'apply', rules } };
    const launched = () => aws.calls.filter(({ action }) => action === 'RunInstances').map(({ params }) => params);
    expect(ofCheck(await lines({ config }), 'launch-sensor')[0]?.status).toBe('ok');
    expect(launched()).toEqual([
      expect.objectContaining({ DryRun: 'true', ImageId: onDemand.imageId, SubnetId: 'subnet-1' }),
    ]);
    aws.reply('RunInstances', { code: 'UnauthorizedOperation', status: 403 });
    expect(ofCheck(await lines({ config }), 'launch-sensor')[0]?.fix).toContain(
      '["ec2:RunInstances","ec2:CreateTags"]',
    );
  });

  it('an endpoint that ignores DryRun is called out', async () => {
    aws.reply('CreateTrafficMirrorSession', fields({}));
    expect(troubles(await lines())).toEqual([expect.stringContaining('took no notice of DryRun')]);
  });

  it('what only doctor reads is not checked, each with the permission, and the rest goes on', async () => {
    for (const action of ['DescribeTrails', 'GetQueueAttributes', 'ListSubscriptionsByTopic', 'ListObjectsV2'])
      aws.reply(action, DENIED);
    const all = await lines();
    const missing = all.filter(({ status }) => status !== 'ok');
    expect(missing.map(({ status }) => status)).toEqual(missing.map(() => 'not checked'));
    expect(ofCheck(all, 'trail')[0]?.fix).toContain('"cloudtrail:DescribeTrails"');
    expect(ofCheck(all, 'bucket')[0]?.fix).toContain('"s3:ListBucket"');
    expect(ofCheck(all, 'filter')[0]?.status).toBe('ok');
  });

  it('a log file that cannot be read', async () => {
    aws.reply('GetObject', DENIED);
    expect(ofCheck(await lines(), 'bucket')).toEqual([
      expect.objectContaining({ status: 'fail', fix: expect.stringContaining('arn:*:s3:::example-trail/*') }),
    ]);
  });

  it('the role of another account, without a word of the external id', async () => {
    aws.reply('AssumeRole', { code: 'AccessDenied', message: 'not authorized', status: 403 });
    const other = '444455556666';
    const config = {
      assumeRole: { roleName: 'mirrorwatch-member', externalId: 'a-well-kept-secret' },
      trail: { ...CONFIG.trail, accounts: [ACCOUNT, other] },
    };
    const all = await lines({ config, accounts: [ACCOUNT, other] });
    expect(ofCheck(all, 'member-role')).toEqual([
      expect.objectContaining({ status: 'fail', accountId: other, subject: 'mirrorwatch-member' }),
    ]);
    expect(ofCheck(all, 'reads').map(({ accountId, status }) => [accountId, status])).toEqual([
      [ACCOUNT, 'ok'],
      [other, 'not checked'],
    ]);
    // Nothing is said of its permissions, targets or limits: the calls were never made.
    const there = all.filter(({ check, accountId }) => accountId === other && !check.startsWith('member'));
    expect(new Set(there.map(({ status, reason }) => `${status}: ${reason}`))).toEqual(
      new Set(['not checked: The role of the account could not be assumed (AccessDenied).']),
    );
    expect(JSON.stringify(all)).not.toContain('a-well-kept-secret');
  });
});

describe('what AWS does not answer', () => {
  it('a throttled call is tried again, and then not checked', async () => {
    aws.reply('GetTrailStatus', { code: 'ThrottlingException', status: 400 });
    const all = await lines({ limits: IMPATIENT });
    expect(ofCheck(all, 'logging')).toEqual([
      expect.objectContaining({
        status: 'not checked',
        reason: expect.stringMatching(/^GetTrailStatus had no answer/),
      }),
    ]);
    expect(aws.calls.filter(({ action }) => action === 'GetTrailStatus').length).toBeGreaterThan(1);
  });

  it('a silent service costs its own checks only', async () => {
    aws.reply('GetQueueAttributes', 'silence');
    const all = await lines({ limits: IMPATIENT });
    expect(ofCheck(all, 'queue')).toEqual([
      expect.objectContaining({ status: 'not checked', reason: expect.stringContaining('TimeoutError') }),
    ]);
    expect(ofCheck(all, 'trail')[0]?.status).toBe('ok');
  });
});

describe('regions', () => {
  it('one that is not enabled, with the command that enables it', async () => {
    aws.reply('DescribeRegions', fields({ Regions: [{ RegionName: 'af-south-1', OptInStatus: 'not-opted-in' }] }));
    const refused: Refused = { code: 'AuthFailure', status: 401 };
    for (const name of ['SecurityGroups', 'Subnets', 'Instances']) aws.reply(`Describe${name}`, refused);
    const all = await lines({ regions: ['af-south-1'] });
    expect(ofCheck(all, 'region')[0]?.fix).toBe('aws account enable-region --region-name af-south-1');
    expect(ofCheck(all, 'reads')[0]).toMatchObject({
      status: 'fail',
      reason: expect.stringContaining('refuses the credentials themselves (AuthFailure)'),
    });
  });

  it('one that AWS does not know', async () => {
    aws.reply('DescribeRegions', { code: 'InvalidParameterValue' });
    expect(ofCheck(await lines({ regions: ['eu-wset-1'] }), 'region')[0]?.reason).toBe(
      'AWS knows no region eu-wset-1.',
    );
  });
});

describe('the trail', () => {
  it('there is none', async () => {
    aws.reply('DescribeTrails', fields({ trailList: [] }));
    expect(troubles(await lines())).toEqual(['trail fail: No trail records eu-west-1.']);
  });

  it('of the organisation in another account, which does not answer', async () => {
    const arn = `arn:aws:cloudtrail:${REGION}:999988887777:trail/org`;
    const trail = { ...TRAIL_FIELDS, Name: 'org', TrailARN: arn, IsOrganizationTrail: true, SnsTopicARN: undefined };
    aws.reply('DescribeTrails', fields({ trailList: [trail] }));
    aws.reply('GetTrailStatus', { code: 'TrailNotFoundException' });
    const all = await lines();
    expect(ofCheck(all, 'trail')[0]?.reason).toContain("the organisation's, of account 999988887777");
    expect(ofCheck(all, 'logging')[0]).toMatchObject({
      status: 'not checked',
      fix: 'Run doctor with credentials of account 999988887777.',
    });
  });

  it('of several regions is judged once, by its home region', async () => {
    await lines({ regions: [REGION, 'us-east-1'] });
    const asked = aws.calls.filter(({ action }) => action === 'GetTrailStatus');
    expect(asked.map(({ region, params }) => [region, params.Name])).toEqual([[REGION, TRAIL_FIELDS.TrailARN]]);
  });

  it('among thousands: those of the configured bucket are found', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => ({
      ...TRAIL_FIELDS,
      TrailARN: `${TRAIL_FIELDS.TrailARN}-${at}`,
      S3BucketName: `bucket-${at}`,
    }));
    aws.reply('DescribeTrails', fields({ trailList: [...many, TRAIL_FIELDS] }));
    expect(troubles(await lines())).toEqual([]);
  });
});

describe('the clock', () => {
  it.each([
    [0, 'ok', 'agrees'],
    [2 * 60_000, 'warn', 'at least 1'],
    [6 * 60_000, 'fail', 'behind'],
    [-6 * 60_000, 'fail', 'ahead of'],
  ])('%i ms off is %s', async (aheadMs, status, words) => {
    aws.aheadMs = aheadMs;
    const [line] = ofCheck(await lines(), 'clock');
    expect(line).toMatchObject({ status, reason: expect.stringContaining(words) });
  });
});

describe('targets', () => {
  it('are read to the last page', async () => {
    const filler = Array.from({ length: 2500 }, (_, at) => target(`tmt-1${at}`, `eni-1${at}`));
    const all = [
      ...filler,
      target('tmt-0a000000000000001', 'eni-0a000000000000001'),
      target('tmt-0b000000000000001', 'eni-0b000000000000001'),
    ];
    aws.reply('DescribeTrafficMirrorTargets', ({ params }) => {
      if (params.DryRun === 'true') return { code: 'DryRunOperation', status: 412 };
      const from = Number(params.NextToken ?? 0);
      const NextToken = from + 1000 < all.length ? String(from + 1000) : undefined;
      return fields({ TrafficMirrorTargets: all.slice(from, from + 1000), NextToken });
    });
    expect(troubles(await lines())).toEqual([]);
  });

  it('whose answer cannot be read whole are not said to be missing', async () => {
    aws.reply('DescribeTrafficMirrorTargets', ({ params }) =>
      params.DryRun === 'true'
        ? { code: 'DryRunOperation', status: 412 }
        : fields({ TrafficMirrorTargets: [{ OwnerId: ACCOUNT }] }),
    );
    expect(ofCheck(await lines(), 'targets').map(({ status }) => status)).toEqual(['not checked']);
  });
});

describe('subscriptions', () => {
  it('are read to the last page', async () => {
    aws.reply('ListSubscriptionsByTopic', ({ params }) =>
      params.NextToken === 'two'
        ? fields({ Subscriptions: [{ SubscriptionArn: `${TOPIC}:one`, Protocol: 'sqs', Endpoint: QUEUE }] })
        : fields({ Subscriptions: [], NextToken: 'two' }),
    );
    expect(troubles(await lines())).toEqual([]);
  });

  it('that are missing come with the command that makes them', async () => {
    aws.reply('ListSubscriptionsByTopic', fields({ Subscriptions: [] }));
    expect(ofCheck(await lines(), 'subscription')[0]?.fix).toBe(
      `aws sns subscribe --topic-arn ${TOPIC} --protocol sqs --notification-endpoint ${QUEUE} --region ${REGION}`,
    );
  });
});

describe('the table', () => {
  it.each([
    [{ code: 'ResourceNotFoundException' }, 'fail', 'There is no such table.'],
    [{ code: 'AccessDeniedException' }, 'fail', 'AWS denied dynamodb:Query'],
    [
      { code: 'ValidationException', message: 'Query condition missed key schema element: id' },
      'fail',
      'not those of a ledger',
    ],
  ])('answers %j', async (reply, status, words) => {
    aws.reply('Query', reply);
    expect(ofCheck(await lines(), 'ledger')[0]).toMatchObject({ status, reason: expect.stringContaining(words) });
  });
});

it('takes attributes as they are', () => {
  // Guards the double: a policy that does not parse would make these tests pass for the wrong reason.
  expect(JSON.parse(QUEUE_ATTRIBUTES.Policy).Statement).toHaveLength(1);
});
