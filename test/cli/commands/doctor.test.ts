/** `mirrorwatch doctor` as people run it, against a double of AWS. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckLine } from '../../../src/pipeline/doctor/line.ts';
import { aPlace } from '../../support/command-line.ts';
import {
  ACCOUNT,
  aDoctorDouble,
  CONFIG,
  fields,
  NOW,
  QUEUE_ATTRIBUTES,
  REGION,
  TOPIC_ATTRIBUTES,
  TRAIL_FIELDS,
  target,
} from '../../support/doctor-double.ts';

const aws = aDoctorDouble();
const env: Record<string, string> = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMP7XYZ',
  AWS_SECRET_ACCESS_KEY: 'a-secret-access-key',
};
const place = aPlace(env);
beforeAll(() => {
  env.AWS_ENDPOINT_URL = aws.url;
  place.put('config.json', CONFIG);
});

const QUEUE_URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/deliveries`;
const doctor = (...args: string[]) => place.run('doctor', '--now', NOW.toISOString(), ...args);
const whole = (...args: string[]) => doctor('--queue', QUEUE_URL, '--ledger', 'dynamodb://mirrorwatch', ...args);

/** A first evening: most is there, some is not. */
function somethingMissing(): void {
  aws.reply('DescribeTrails', fields({ trailList: [{ ...TRAIL_FIELDS, LogFileValidationEnabled: false }] }));
  aws.reply('ListObjectsV2', { code: 'AccessDenied', status: 403 });
  aws.reply('GetQueueAttributes', fields({ Attributes: { ...QUEUE_ATTRIBUTES, VisibilityTimeout: '30' } }));
  aws.reply('GetTopicAttributes', ({ params }) =>
    fields({
      Attributes: String(params.TopicArn).endsWith('alerts')
        ? { SubscriptionsConfirmed: '0', SubscriptionsPending: '1' }
        : TOPIC_ATTRIBUTES,
    }),
  );
  aws.reply('CreateTrafficMirrorSession', { code: 'UnauthorizedOperation', status: 403 });
  aws.reply('DescribeTrafficMirrorTargets', ({ params }) =>
    params.DryRun === 'true'
      ? { code: 'DryRunOperation', status: 412 }
      : fields({ TrafficMirrorTargets: [target('tmt-0a000000000000001', 'eni-0a000000000000001')] }),
  );
}

describe('the answer', () => {
  it('in a healthy account: everything is ok, exit code 0', async () => {
    const { code, stdout, stderr } = await whole();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\n\d+ ok, 0 warnings, 0 failed, 0 not checked\.\n/);
  });

  it('is the example of docs/doctor.md', async () => {
    somethingMissing();
    const { code, stdout } = await whole();
    const page = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'docs/doctor.md'), 'utf8');
    const [, example] = /<!-- example -->\n```text\n([\s\S]*?)```\n<!-- \/example -->/.exec(page) ?? [];
    expect(stdout).toBe(example);
    expect(code).toBe(2);
  });

  it('as JSON has every line, what was left out, and the counts', async () => {
    somethingMissing();
    const { code, stdout } = await doctor('-o', 'json');
    const { schema, lines, leftOut, summary } = JSON.parse(stdout) as {
      schema: string;
      lines: readonly CheckLine[];
      leftOut: readonly { check: string; reason: string }[];
      summary: Record<string, number>;
    };
    expect({ code, schema }).toEqual({ code: 2, schema: 'mirrorwatch.doctor/1' });
    expect(Object.values(summary).reduce((a, b) => a + b)).toBe(lines.length);
    expect(lines.find(({ check }) => check === 'create-session')).toMatchObject({ status: 'fail', region: REGION });
    expect(leftOut).toContainEqual({ check: 'queue', reason: '--queue names no queue' });
    expect(lines.some(({ check }) => check === 'queue')).toBe(false);
  });

  it('is 3 if something failed and all could be checked', async () => {
    aws.reply('DescribeTrails', fields({ trailList: [] }));
    expect((await whole()).code).toBe(3);
  });

  it('folds lines that are ok, and none that is not', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => String(at).padStart(17, '0'));
    place.put('many.json', {
      ...CONFIG,
      mirroring: { ...CONFIG.mirroring, targets: [...ids.map((id) => `tmt-${id}`), 'tmt-0dead000000000000'] },
    });
    const shared = ids.map((id) => target(`tmt-${id}`, 'eni-0a000000000000001'));
    aws.reply('DescribeTrafficMirrorTargets', ({ params }) =>
      params.DryRun === 'true' ? { code: 'DryRunOperation', status: 412 } : fields({ TrafficMirrorTargets: shared }),
    );
    const { stdout } = await doctor('--config', 'many.json');
    expect(stdout).toContain('37 more are ok.');
    expect(stdout.match(/targets, 111122223333 eu-west-1, tmt-/g)).toHaveLength(4);
    expect(stdout).toContain('tmt-0dead000000000000');
  });
});

describe('what is printed', () => {
  it('has no secret in it', async () => {
    somethingMissing();
    const { stdout, stderr } = await whole('-o', 'table', '-o', 'json');
    expect(stdout).toContain('AKIA…7XYZ');
    for (const secret of ['AKIAEXAMPLEEXAMP7XYZ', 'a-secret-access-key']) expect(stdout + stderr).not.toContain(secret);
  });

  it('shows names and messages of AWS without letting them act on the terminal, and gives no command for them', async () => {
    const hostile = 'main\u001b[2J\u202e; rm -rf ~';
    const arn = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/${hostile}`;
    aws.reply(
      'DescribeTrails',
      fields({ trailList: [{ ...TRAIL_FIELDS, Name: hostile, TrailARN: arn, LogFileValidationEnabled: false }] }),
    );
    aws.reply('Query', { code: 'InternalFailure\u001b', message: 'a\u001b]0;title\u0007b' });
    const { stdout } = await whole('-o', 'table', '-o', 'json');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout).toContain('No command can be given safely: the ARN of the trail');
  });
});

describe('what cannot be asked', () => {
  it('without credentials says so, exit code 1', async () => {
    const without = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const kept = { ...env };
    Object.assign(env, without);
    const { code, stdout, stderr } = await doctor();
    Object.assign(env, kept);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: there are no AWS credentials/);
  });

  it('with credentials that AWS refuses, nothing else is asked, exit code 1', async () => {
    aws.reply('GetCallerIdentity', { code: 'ExpiredToken', message: 'The security token has expired', status: 403 });
    const { code, stdout } = await whole();
    expect(code).toBe(1);
    expect(stdout).toContain('fix: Sign in again');
    expect(new Set(aws.calls.map(({ action }) => action))).toEqual(new Set(['GetCallerIdentity']));
  });

  it.each([
    [['--ledger', 'history.sqlite'], '--ledger: doctor looks at a table of DynamoDB'],
    [['--regions', 'nowhere'], '--regions'],
    [['-o', 'csv'], 'formats are json, table'],
  ])('%j is a usage error', async (args, words) => {
    const { code, stderr } = await doctor(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });
});
