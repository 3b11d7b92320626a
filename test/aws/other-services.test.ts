import { beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aFakeAws, livePorts } from '../support/live.ts';

const fake = aFakeAws();
const SCOPE = { accountId: ACCOUNT, region: REGION };
const ports = livePorts({ region: REGION, ownAccountId: ACCOUNT });
const lists = () => fake().account(ACCOUNT, REGION).lists;

beforeEach(() => {
  fake().fail();
  fake().calls.length = 0;
});

describe('ecsTasks', () => {
  const CLUSTER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/c';
  const aTask = (n: number) => ({
    taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/c/${n}`,
    clusterArn: CLUSTER,
    lastStatus: 'RUNNING',
    launchType: 'FARGATE',
    group: 'service:web',
    tags: [{ key: 'CostCenter', value: '7' }],
    attachments: [
      {
        type: 'ElasticNetworkInterface',
        details: [
          { name: 'subnetId', value: 's' },
          { name: 'networkInterfaceId', value: `eni-${n}` },
        ],
      },
      { type: 'ElasticBlockStorage', details: [{ name: 'networkInterfaceId', value: 'eni-none' }] },
    ],
  });

  it('returns the tags and interfaces of existing tasks, a hundred per call', async () => {
    lists().Tasks = Array.from({ length: 120 }, (_, n) => aTask(n));
    const arns = [
      ...Array.from({ length: 120 }, (_, n) => aTask(n).taskArn),
      'arn:aws:ecs:eu-west-1:111122223333:task/c/gone',
    ];
    const tasks = await ports.tasks.describe(SCOPE, CLUSTER, arns);
    expect(tasks).toHaveLength(120);
    expect(tasks[0]).toEqual({
      taskArn: aTask(0).taskArn,
      clusterArn: CLUSTER,
      lastStatus: 'RUNNING',
      launchType: 'FARGATE',
      group: 'service:web',
      tags: [{ key: 'CostCenter', value: '7' }],
      networkInterfaceIds: ['eni-0'],
    });
    expect(fake().count('DescribeTasks')).toBe(2);
  });
});

describe('autoScalingLifecycle', () => {
  const action = {
    autoScalingGroupName: 'asg',
    lifecycleHookName: 'hook',
    lifecycleActionToken: 't',
    instanceId: 'i-1',
  };

  it('releases an instance, and succeeds if it was released already', async () => {
    lists().LifecycleActions = [{ LifecycleActionToken: 't' }];
    expect(await ports.lifecycle.complete(SCOPE, action, 'CONTINUE')).toBe(true);
    expect(fake().lastParams.get('CompleteLifecycleAction')).toMatchObject({
      LifecycleActionResult: 'CONTINUE',
      InstanceId: 'i-1',
    });
    expect(await ports.lifecycle.complete(SCOPE, action, 'CONTINUE')).toBe(false);
  });

  it('throws when it lacks permission', async () => {
    fake().fail({ action: 'CompleteLifecycleAction', code: 'AccessDenied', status: 403 });
    await expect(ports.lifecycle.complete(SCOPE, action, 'CONTINUE')).rejects.toMatchObject({
      concerns: { awsCode: 'AccessDenied' },
    });
  });
});

describe('listPublicKeys', () => {
  it('returns all pages, with the keys as bytes', async () => {
    const Value = Buffer.from('key').toString('base64');
    lists().PublicKeys = ['aa', 'bb'].map((Fingerprint) => ({ Fingerprint, Value, ValidityStartTime: 1_700_000_000 }));
    const period = { since: new Date(0), until: new Date(1) };
    const keys = await ports.publicKeys(REGION, period);
    expect(keys.map(({ fingerprint, value }) => [fingerprint, value.toString()])).toEqual([
      ['aa', 'key'],
      ['bb', 'key'],
    ]);
    expect(keys[0]?.validFrom).toEqual(new Date(1_700_000_000_000));
  });
});

describe('openAws', () => {
  it('watches the configured accounts if a role is configured, else only our own', async () => {
    const { openAws } = await import('../../src/aws/ports.ts');
    const trail = { buckets: [], topics: [], accounts: ['444455556666'] };
    const surroundings = { region: REGION, ownAccountId: ACCOUNT, regions: ['eu-west-1', 'us-east-1'] };
    const alone = await openAws({ trail }, surroundings);
    expect((await alone.inventory.scopes()).map(({ accountId }) => accountId)).toEqual([ACCOUNT, ACCOUNT]);
    const many = await openAws({ trail, assumeRole: { roleName: 'r' } }, surroundings);
    expect(await many.inventory.scopes()).toEqual(
      ['eu-west-1', 'us-east-1'].map((region) => ({ accountId: '444455556666', region })),
    );
  });
});

describe('hasCredentials', () => {
  it('finds credentials in the environment, and reports when there are none', async () => {
    const { hasCredentials } = await import('../../src/aws/credentials.ts');
    expect(await hasCredentials()).toBe(true);
    const { AWS_ACCESS_KEY_ID } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    expect(await hasCredentials()).toBe(false);
    process.env.AWS_ACCESS_KEY_ID = AWS_ACCESS_KEY_ID;
  });
});
