import { beforeAll, describe, expect, it } from 'vitest';
import { aPlace, packed } from '../support/command-line.ts';
import { aLaunchRecord, aRecord } from '../support/deliveries.ts';

const place = aPlace();

const untimed = (eventTime?: unknown): object => ({ ...aLaunchRecord(3, 'i-0lost', {}, { eventTime }) });
const homeless = aLaunchRecord(3, 'i-0lost', {}, { recipientAccountId: undefined, userIdentity: { type: 'Root' } });
const stop = aRecord('StopLogging', 4, { name: 'main' }, null, {
  eventSource: 'cloudtrail.amazonaws.com',
  eventTime: 'soon',
});
const PERIOD = ['--since', '2026-01-01', '--until', '2027-01-01'];

beforeAll(() => {
  place.put('config.json', {
    requiredTags: ['CostCenter'],
    watch: { rules: [{ name: 'stopped', pattern: { eventName: ['StopLogging'] } }] },
  });
});

interface Answer {
  readonly input: { readonly rejected: readonly { path: string; reason: string }[] };
  readonly findings: readonly { resourceId: string }[];
}

const scan = async (...args: string[]) => {
  const { code, stdout, stderr } = await place.run('scan', ...args, '--account', 'none', '-o', 'json');
  return { code, stderr, ...(JSON.parse(stdout) as Answer) };
};

describe('a record that does not say when or where it happened', () => {
  it.each([
    ['its time is a word', untimed('yesterday'), 'its eventTime "yesterday" is not a time'],
    ['its day does not exist', untimed('2026-02-30T00:00:00Z'), 'its eventTime "2026-02-30T00:00:00Z" is not a time'],
    ['it has no time', untimed(), 'it has no eventTime'],
    [
      'it names no account',
      homeless,
      'it names no account, neither in recipientAccountId nor in userIdentity.accountId',
    ],
  ])('is named by scan when %s, and the records beside it are judged', async (_, bad, why) => {
    place.put('logs.json.gz', packed([aLaunchRecord(1, 'i-0good'), bad, aLaunchRecord(2, 'i-0better')]));
    const reason = `the RunInstances record launch-3-i-0lost could not be judged: ${why}`;
    const { code, stderr, input, findings } = await scan('logs.json.gz');
    expect(code).toBe(2);
    expect(stderr).toContain(`warning: logs.json.gz#1: ${reason}`);
    expect(input.rejected).toEqual([{ path: 'logs.json.gz#1', of: 'records', records: 1, reason }]);
    expect(findings.map(({ resourceId }) => resourceId)).toEqual(['i-0better', 'i-0good']);
  });

  it('is named although no period can include it', async () => {
    place.put('logs.json.gz', packed([aLaunchRecord(1, 'i-0good'), untimed('yesterday')]));
    const { code, input } = await scan('logs.json.gz', ...PERIOD);
    expect(code).toBe(2);
    expect(input.rejected.map(({ path }) => path)).toEqual(['logs.json.gz#1']);
  });

  it('is named when only a rule of the configuration asks for it, also by rules test', async () => {
    place.put('rule.json.gz', packed([stop]));
    expect((await scan('rule.json.gz')).input.rejected).toMatchObject([{ path: 'rule.json.gz#0' }]);
    const test = await place.run('rules', 'test', '--name', 'stopped', 'rule.json.gz');
    expect(test.code).toBe(2);
    expect(test.stderr).toContain('rule.json.gz#0: the StopLogging record StopLogging-4 could not be judged');
  });

  it('is not named where nothing asks for it', async () => {
    const other = { ...stop, eventName: 'ListTrails' };
    const denied = { ...untimed('yesterday'), errorCode: 'AccessDenied' };
    place.put('other.json.gz', packed([other, denied, aLaunchRecord(1, 'i-0good')]));
    expect(await scan('other.json.gz')).toMatchObject({ code: 3, input: { rejected: [] } });
  });

  it('is named a hundred times for a file, and counted beyond that', async () => {
    place.put('many.json.gz', packed(Array.from({ length: 250 }, () => untimed('yesterday'))));
    const { input, stderr } = await scan('many.json.gz');
    expect(input.rejected).toHaveLength(101);
    expect(input.rejected).toContainEqual({
      path: 'many.json.gz',
      of: 'records',
      records: 150,
      reason: '150 more records without a usable time or account',
    });
    expect(stderr).toContain('250 records could not be judged');
  });

  it('is printed by events, but named with a period, as whether that includes it is not known', async () => {
    place.put('logs.json.gz', packed([aLaunchRecord(1, 'i-0good'), untimed('yesterday')]));
    const all = await place.run('events', 'logs.json.gz');
    expect([all.code, all.stdout.trimEnd().split('\n').length]).toEqual([0, 2]);
    const some = await place.run('events', 'logs.json.gz', ...PERIOD);
    expect([some.code, some.stdout.trimEnd().split('\n').length]).toEqual([2, 1]);
    expect(some.stderr).toContain(
      'logs.json.gz#1: the RunInstances record launch-3-i-0lost could not be judged: its eventTime "yesterday" is not a time, so whether --since and --until include it is not known',
    );
  });
});
