/** The table of the checks against the calls that they make, and how they are run. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Check, DoctorInput } from '../../../src/pipeline/doctor/check.ts';
import { CHECKS } from '../../../src/pipeline/doctor/checks.ts';
import type { DoctorReads } from '../../../src/pipeline/doctor/reads.ts';
import { runChecks } from '../../../src/pipeline/doctor/run-checks.ts';
import { commandsIn, modulesWithCalls } from '../../support/function-calls.ts';

const checks: readonly Check[] = Object.values(CHECKS);
const CONFIG = {
  alertTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  mirroring: { mode: 'apply', cleanup: true, filterId: 'tmf-0a000000000000001', targets: ['tmt-0a000000000000001'] },
};

function anInput(config: object = CONFIG): DoctorInput {
  return {
    config: parseConfig(JSON.stringify(config), 'the test'),
    ownAccountId: '111122223333',
    accounts: ['111122223333', '444455556666'],
    regions: ['eu-west-1', 'us-east-1'],
    homeRegion: 'eu-west-1',
    queueUrl: 'https://sqs/queue',
    table: 'ledger',
    now: new Date('2026-03-17T12:00:00Z'),
  };
}

/** Ports of which every method is this one. */
function reads(method: () => Promise<unknown>): DoctorReads {
  const any = new Proxy({}, { get: () => method });
  return { identity: any, permissions: any, trails: any, delivery: any, mirroring: any } as unknown as DoctorReads;
}

describe('the check of our own topics', () => {
  const CHAT = 'arn:aws:sns:eu-west-1:111122223333:chat';
  it.each([
    [{ alertTopicArn: CONFIG.alertTopicArn }, ['alerts']],
    [{ alerts: { chatTopicArn: CHAT } }, ['chat']],
    [{ alertTopicArn: CONFIG.alertTopicArn, alerts: { chatTopicArn: CHAT } }, ['alerts', 'chat']],
  ])('asks each that %j names', async (config, names) => {
    const asked: string[] = [];
    const topic = async (arn: string) => {
      asked.push(arn.split(':').at(-1) ?? '');
      return { value: { SubscriptionsConfirmed: '1' } };
    };
    const ports = { delivery: { topic } } as unknown as DoctorReads;
    const { judge, leftOut } = CHECKS['alert-topic'];
    expect(leftOut?.(anInput(config))).toBeUndefined();
    expect(await judge(ports, anInput(config))).toHaveLength(names.length);
    expect(asked).toEqual(names);
  });

  it('is left out if there is none', () => {
    expect(CHECKS['alert-topic'].leftOut?.(anInput({}))).toBe('alertTopicArn is not set');
  });
});

describe('the permissions in the table', () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    's3:ListObjectsV2': ['s3:ListBucket'],
    // "No permissions are required": https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    'sts:GetCallerIdentity': [],
  };
  const called = modulesWithCalls()
    .filter((path) => path.startsWith('src/aws/doctor/') || path.startsWith('src/aws/organization/'))
    .flatMap(commandsIn)
    .flatMap((call) => names[call] ?? [call]);
  const listed = checks.flatMap(({ permissions, tries }) => [...permissions, ...tries]);

  it('are those of the calls, and of what goes with them', () => {
    const besides = ['sts:AssumeRole', 'ec2:CreateTags'];
    expect([...new Set(listed)].filter((action) => !besides.includes(action)).toSorted()).toEqual(
      [...new Set(called)].toSorted(),
    );
  });

  it('only read where they are what asking takes', () => {
    const needed = [...new Set(checks.flatMap(({ permissions }) => permissions))];
    expect(needed.filter((action) => !/:(?:Describe|Get(?!Object)|List)/.test(action))).toEqual([]);
  });
});

describe('running the checks', () => {
  it('leaves out what the configuration does not need, with the reason', async () => {
    const { lines, leftOut } = await runChecks(
      reads(() => Promise.reject(new Error('not there'))),
      { ...anInput({}), queueUrl: undefined, table: undefined, accounts: ['111122223333'] },
    );
    const all = [
      'organization',
      'member-role',
      'member-write-role',
      'create-session',
      'delete-session',
      'launch-sensor',
      'queue',
      'queue-policy',
    ];
    expect(leftOut.map(({ check }) => check).toSorted()).toEqual(
      [...all, 'subscription', 'alert-topic', 'ledger', 'filter', 'targets', 'limits'].toSorted(),
    );
    const asked = new Set([...lines, ...leftOut].map(({ check }) => check));
    expect([...asked, 'credentials', 'clock'].toSorted()).toEqual(Object.keys(CHECKS).toSorted());
  });

  it('makes a line of an error that nobody expected, for each place that was asked', async () => {
    const { lines } = await runChecks(
      reads(() => Promise.reject(new Error('a bug'))),
      anInput(),
    );
    expect(new Set(lines.map(({ status, reason }) => `${status}: ${reason}`))).toEqual(
      new Set(['not checked: It could not be asked: a bug']),
    );
    expect(lines.filter(({ check }) => check === 'reads')).toHaveLength(4);
    expect(lines.filter(({ check }) => check === 'trail')).toHaveLength(2);
    expect(lines.filter(({ check }) => check === 'member-role')).toHaveLength(1);
  });

  it('asks a few at a time, and says how far it is', async () => {
    let [now, most] = [0, 0];
    const slow = async (): Promise<unknown> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      return { fault: { kind: 'temporary', operation: 'AnyCall', awsCode: 'Throttling', message: '' } };
    };
    const done: (readonly [number, number])[] = [];
    const input = { ...anInput(), regions: Array.from({ length: 30 }, (_, at) => `eu-west-${at + 1}`) };
    await runChecks(reads(slow), input, (...progress) => done.push(progress));
    // Six checks at once, of which those about trails ask in six regions at once.
    expect(most).toBeLessThanOrEqual(36);
    const [last, of] = done.at(-1) ?? [];
    expect(last).toBe(of);
    expect(done.map(([at]) => at)).toEqual(done.map((_, index) => index + 1));
  });
});
