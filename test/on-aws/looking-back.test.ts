import { beforeAll, describe, expect, it } from 'vitest';
import { aPlace } from '../support/command-line.ts';
import { aScenario, calls, LAB_IS_THERE, resetCalls, type Scenario } from './lab.ts';

type Found = Readonly<Record<'rule' | 'resourceId' | 'status', string>>;

describe.runIf(LAB_IS_THERE)('looking back on a live account, by the logs in its bucket', () => {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION = 'us-east-1' } = process.env;
  const place = aPlace({ AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION });
  let scenario: Scenario;
  let last: string;
  /** An instance that was launched with its tag and lost it after that. */
  let untagged: string;
  beforeAll(async () => {
    scenario = await aScenario(12);
    const { bucket, accountId, filterId, region, targets } = scenario;
    place.put('config.json', {
      ...{ region, requiredTags: ['CostCenter'], trail: { buckets: [bucket], accounts: [accountId] } },
      mirroring: { mode: 'plan', filterId, targets: Object.keys(targets) },
    });
    const { stdout } = await place.run('events', `s3://${bucket}`, '--quiet');
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    last =
      records
        .map(({ eventTime }) => String(eventTime))
        .toSorted()
        .at(-1) ?? '';
    const removal = records.find(({ eventName }) => eventName === 'DeleteTags');
    untagged = removal?.requestParameters?.resourcesSet?.items?.[0]?.resourceId ?? '';
  });

  const findings = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await place.run(...args, '-o', 'jsonl', '--quiet');
    expect(code, stderr).toBe(3);
    const found: readonly Found[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return found.map(({ rule, resourceId, status }) => `${rule} ${resourceId} ${status}`).toSorted();
  };

  it('`audit --as-of` the last record finds what `audit` finds, and reads each list of the account once', async () => {
    const now = await findings('audit');
    await resetCalls();
    expect(await findings('audit', '--as-of', last, `s3://${scenario.bucket}`)).toEqual(now);
    const read = Object.entries(await calls()).filter(([action]) => action.startsWith('ec2:'));
    expect(read.length).toBeGreaterThan(5);
    expect(read.filter(([, times]) => times > 2)).toEqual([]);
    expect(now).toContain(`instance-untagged ${untagged} open`);
  });

  it('`timeline` tells when an instance lost its tag, and by whom', async () => {
    const { code, stdout, stderr } = await place.run('timeline', untagged, `s3://${scenario.bucket}`);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/launched with the tags [^\n]*CostCenter/);
    expect(stdout).toMatch(/deletion of tag CostCenter requested\n\s+by [^\n]+\(DeleteTags\); from then on not tagged/);
  });

  it('a time before the records is refused, with the earliest that can be judged', async () => {
    const { code, stderr } = await place.run('audit', '--as-of', '2020-01-01T00:00:00Z', `s3://${scenario.bucket}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/its records begin at .*that is the earliest time that can be judged/);
  });
});
