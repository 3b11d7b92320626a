/** `mirrorwatch doctor` against an account with a trail's logs, queues, targets and a ledger. */

import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckLine } from '../../src/pipeline/doctor/line.ts';
import { aPlace } from '../support/command-line.ts';
import { aScenario, aStack, calls, faults, LAB_IS_THERE, resetCalls, type Scenario, sessions } from './lab.ts';

const READS = /^(?:[\w-]+:(?:Describe|Get|List)\w*|dynamodb:Query|S3:GET)$/;

describe.runIf(LAB_IS_THERE)('doctor', () => {
  const env: Record<string, string> = {};
  const place = aPlace(env);
  const trails = new CloudTrailClient({ region: 'us-east-1' });
  let scenario: Scenario;
  let table = '';

  const lines = async (): Promise<readonly CheckLine[]> => {
    const options = ['--queue', scenario.deliveriesQueueUrl, '--ledger', `dynamodb://${table}`, '-o', 'json'];
    const { stdout, stderr } = await place.run('doctor', ...options);
    expect(stderr).toBe('');
    return (JSON.parse(stdout) as { lines: readonly CheckLine[] }).lines;
  };
  const of = (all: readonly CheckLine[], wanted: string) =>
    all.filter(({ check }) => check === wanted).map(({ status }) => status);

  beforeAll(async () => {
    scenario = await aScenario();
    const stack = await aStack(scenario);
    table = stack.MIRRORWATCH_LEDGER_TABLE ?? '';
    Object.assign(env, stack);
    place.put('config.json', stack.MIRRORWATCH_CONFIG ?? '');
    const { bucket, topicArn } = scenario;
    const SnsTopicName = topicArn.split(':').at(-1);
    const made = { Name: 'main', S3BucketName: bucket, SnsTopicName, IsMultiRegionTrail: true };
    await trails.send(new CreateTrailCommand({ ...made, EnableLogFileValidation: true }));
    await trails.send(new StartLoggingCommand({ Name: 'main' }));
  });

  it('finds what is there, and leaves the account as it was', async () => {
    await resetCalls();
    const all = await lines();
    for (const check of [
      'credentials',
      'clock',
      'region',
      'reads',
      'create-session',
      'trail',
      'events',
      'bucket',
      'ledger',
    ])
      expect(of(all, check), check).toEqual(['ok']);
    expect(new Set([...of(all, 'filter'), ...of(all, 'targets'), ...of(all, 'limits')])).toEqual(new Set(['ok']));
    expect(of(all, 'subscription')).toEqual(['ok']);
    const others = Object.keys(await calls()).filter((call) => !READS.test(call));
    expect(others).toEqual(['ec2:CreateTrafficMirrorSession']);
    expect(await sessions()).toEqual([]);
  });

  it('sees a trail that is stopped, and one that logs again', async () => {
    await trails.send(new StopLoggingCommand({ Name: 'main' }));
    expect(of(await lines(), 'logging')).toEqual(['fail']);
    await trails.send(new StartLoggingCommand({ Name: 'main' }));
    expect(of(await lines(), 'logging')).not.toContain('fail');
  });

  it('names what is denied, and goes on', async () => {
    await faults(
      { action: 'CreateTrafficMirrorSession', code: 'UnauthorizedOperation', status: 403, times: 9 },
      { action: 'DescribeSubnets', code: 'UnauthorizedOperation', status: 403, times: 9 },
    );
    const all = await lines();
    await faults();
    expect([of(all, 'create-session'), of(all, 'reads'), of(all, 'filter')]).toEqual([['fail'], ['fail'], ['ok']]);
  });
});
