import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matching } from '../../../src/cli/event-filter.ts';
import { isWanted } from '../../../src/cloudtrail/scanner/wanted.ts';
import { askResult } from '../../../src/history/ask/ask-result.ts';
import { unprovenBy } from '../../../src/history/ask/proves.ts';
import type { Question } from '../../../src/history/ask/question.ts';
import { type HistoryRun, runOf } from '../../../src/history/history-run.ts';
import { parquetForm } from '../../../src/history/records/parquet-form.ts';
import { openZstd } from '../../../src/history/records/zstd.ts';
import { scanShard } from '../../../src/history/shard/scan-shard.ts';
import { summaryNameOf } from '../../../src/history/shard/shard-summary.ts';
import { aLaunchRecord, aRecord } from '../../support/deliveries.ts';
import { A_PLAN, type MemoryStore, memoryStore, packedLog, plannedOf, portsOn } from '../../support/history.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const form = parquetForm(await openZstd());

const RUN = runOf(A_PLAN, { keep: 'all', eventNames: [], toolVersion: '1.0.0', written: {} });
const ALL: Question = { resources: [] };
const IDS = ['i-0123456789abcdef0', 'i-1', 'i-12345678'];
const ARN = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-12345678';

type Json = Record<string, unknown>;

/** A result of these shards, each a file of these records. */
async function resultOf(shards: readonly (readonly Json[])[], run = RUN): Promise<MemoryStore> {
  const result = memoryStore('result');
  for (const [at, records] of shards.entries()) {
    const objects = new Map([[`file-${at}`, packedLog(records)]]);
    const shard = String(at + 1).padStart(5, '0');
    await scanShard({ shard }, plannedOf(objects), run, { ...portsOn(objects, result), form });
  }
  return result;
}

const ask = (
  result: MemoryStore,
  question: Partial<Question>,
  { shards = lastShardOf(result), run = RUN }: { shards?: number; run?: HistoryRun } = {},
) =>
  askResult({
    ...{ result, question: { ...ALL, ...question } },
    run: { ...run, planned: { ...run.planned, shards } },
  });

const lastShardOf = ({ files }: MemoryStore): number =>
  Math.max(0, ...[...files.keys()].map((name) => Number(/^shard=(\d+)/.exec(name)?.[1] ?? 0)));

const found = async (result: MemoryStore, question: Partial<Question>) =>
  (await ask(result, question)).found.map(({ json }) => JSON.parse(json));

const record = fc.record(
  {
    eventTime: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 5 }).map((day) => `2026-11-0${day + 1}T10:00:00Z`) },
      fc.constantFrom('', 'soon', 7),
    ),
    eventName: fc.constantFrom('RunInstances', 'DeleteTags', 'StopLogging'),
    eventSource: fc.constantFrom('ec2.amazonaws.com', 's3.amazonaws.com', null),
    awsRegion: fc.constantFrom('eu-west-1', 'us-east-1', 3),
    recipientAccountId: fc.constantFrom('111122223333', '444455556666', ''),
    eventID: fc.uuid(),
    errorCode: fc.constantFrom('AccessDenied', '', 0),
    errorMessage: fc.constantFrom('no', ''),
    userIdentity: fc.constantFrom(
      { type: 'IAMUser', userName: 'Dana', arn: 'arn:aws:iam::111122223333:user/Dana' },
      { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/ops/dana@example.com' },
      { type: 'Root', accountId: '111122223333' },
      null,
    ),
    requestParameters: fc.anything({ withNullPrototype: false, values: [fc.constantFrom(...IDS, ARN, 'x')] }),
  },
  { requiredKeys: ['eventID', 'eventName'] },
);

const question = fc.record(
  {
    instance: fc.constantFrom(...IDS),
    actor: fc.constantFrom('dana', 'OPS', 'nobody', ''),
    eventName: fc.subarray(['RunInstances', 'DeleteTags', 'CreateTags'], { minLength: 1 }),
    eventSource: fc.subarray(['ec2.amazonaws.com', 's3.amazonaws.com'], { minLength: 1 }),
    errors: fc.constant(true),
    since: fc.integer({ min: 1, max: 6 }).map((day) => new Date(`2026-11-0${day}T10:00:00Z`)),
    until: fc.integer({ min: 1, max: 6 }).map((day) => new Date(`2026-11-0${day}T10:00:00Z`)),
    accountId: fc.constantFrom('111122223333', '999999999999'),
    region: fc.constantFrom('eu-west-1', 'eu-west-3'),
  },
  { requiredKeys: [] },
);

describe('asking a result', () => {
  it('finds the records that `events` finds in the logs, whatever is asked', async () => {
    const shards = fc.array(fc.array(record, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shards, question, async (drawn, { instance, accountId, region, ...filter }) => {
        // As the log has them: a property that is undefined is not in it.
        const records = drawn.map((each) => each.map((one): Json => JSON.parse(JSON.stringify(one))));
        const { eventName, eventSource, ...rest } = filter;
        const answer = await ask(await resultOf(records), {
          ...{ ...rest, eventNames: eventName, eventSources: eventSource },
          ...{ accountIds: accountId && [accountId], regions: region && [region] },
          resources: instance === undefined ? [] : [instance],
        });
        const wanted = matching({ ...filter, instance });
        const all = records.flat().filter((one) => isWanted(wanted, one as never));
        const expected = all.filter(
          (one) =>
            (accountId === undefined || accountOf(one) === accountId) &&
            (region === undefined || one.awsRegion === region),
        );
        const isTimed = ({ eventTime }: Json): boolean => !Number.isNaN(timeOf(eventTime));
        const asksTime = filter.since !== undefined || filter.until !== undefined;
        const ids = (some: readonly Json[]): readonly unknown[] => some.map(({ eventID }) => eventID).toSorted();
        const certain = asksTime ? expected.filter(isTimed) : expected;
        expect(ids(answer.found.map(({ json }) => JSON.parse(json)))).toEqual(ids(certain));
        // What may be an answer is named instead.
        const hasTimeless = answer.rejected.some(({ reason }) => reason.includes('without a time'));
        expect(hasTimeless).toBe(certain.length < expected.length);
        const times = answer.found.map(({ eventTime }) => eventTime ?? Number.NEGATIVE_INFINITY);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('gives the bytes of the record', async () => {
    const launch = aLaunchRecord(1, 'i-0123456789abcdef0', { Owner: 'däna 😀' });
    const { found: answers } = await ask(await resultOf([[launch]]), { resources: ['i-0123456789abcdef0'] });
    expect(answers.map(({ json, logFile, shard }) => [json, logFile, shard])).toEqual([
      [JSON.stringify(launch), 'file-0', '00001'],
    ]);
  });

  it('answers in the order of time, across shards', async () => {
    const result = await resultOf([[aLaunchRecord(5, 'i-5'), aLaunchRecord(1, 'i-1')], [aLaunchRecord(3, 'i-3')]]);
    expect((await found(result, {})).map(({ eventTime }) => eventTime.slice(11, 16))).toEqual([
      '12:01',
      '12:03',
      '12:05',
    ]);
  });

  it('takes all that is asked together', async () => {
    const result = await resultOf([
      [aLaunchRecord(1, 'i-1'), aLaunchRecord(2, 'i-2'), aRecord('StopInstances', 3, { instanceId: 'i-1' }, {})],
    ]);
    expect(await found(result, { resources: ['i-1'], eventNames: ['StopInstances'] })).toHaveLength(1);
    expect(await found(result, { resources: ['i-1', 'i-2'] })).toHaveLength(0);
  });

  it('reads a small part of a large file for one instance', async () => {
    const records = Array.from({ length: 20_000 }, (_, at) => aLaunchRecord(at % 50, idOf(at)));
    const result = await resultOf([records]);
    const answer = await ask(result, { resources: [idOf(7777)] });
    expect(answer.found).toHaveLength(1);
    expect(answer.records).toBe(20_000);
    expect(answer.bytesRead).toBeLessThan(answer.bytes / 4);
    const none = await ask(result, { resources: ['i-0ffffffffffffffff'] });
    expect(none.found).toHaveLength(0);
    expect(none.bytesRead).toBeLessThan(70_000);
  });

  it('reads no file of other accounts or regions', async () => {
    const result = await resultOf([[aLaunchRecord(1, 'i-1')]]);
    expect(await ask(result, { accountIds: ['999999999999'] })).toMatchObject({
      found: [],
      bytesRead: 0,
      rejected: [],
    });
    expect(await ask(result, { regions: ['eu-north-1'] })).toMatchObject({ found: [], bytesRead: 0, rejected: [] });
  });
});

describe('what could not be asked is named', () => {
  it('a shard without a summary, also between two others, and those of the plan that never began', async () => {
    const result = await resultOf([[aLaunchRecord(1, 'i-1')], [aLaunchRecord(2, 'i-2')], [aLaunchRecord(3, 'i-3')]]);
    for (const name of result.files.keys()) if (name.startsWith('shard=00002/')) result.files.delete(name);
    const reason = 'has no result: run the plan again, and it is scanned';
    expect(await ask(result, {})).toMatchObject({ shards: 2, rejected: [{ path: 'shard 00002', reason }] });
    const { rejected } = await ask(result, {}, { shards: 4 });
    expect(rejected.map(({ path }) => path)).toEqual(['shard 00002', 'shard 00004']);
  });

  it('a damaged summary, and one of another run', async () => {
    const result = await resultOf([[aLaunchRecord(1, 'i-1')], [aLaunchRecord(2, 'i-2')]]);
    result.files.set(summaryNameOf('00001'), Buffer.from('{"schema":'));
    expect((await ask(result, {})).rejected).toMatchObject([{ path: 'shard 00001' }]);
    const { rejected } = await ask(result, {}, { run: { ...RUN, id: 'another' } });
    expect(rejected.map(({ path }) => path)).toEqual(['shard 00001', 'shard 00002']);
    expect(rejected[1]?.reason).toContain('is of another run');
  });

  it('a file that is damaged, cut off, or missing, and the others still answer', async () => {
    const records = [aLaunchRecord(1, 'i-1'), aLaunchRecord(1, 'i-2', { Owner: 'x'.repeat(5000) })];
    const result = await resultOf([records, [aLaunchRecord(2, 'i-3')]]);
    const name = [...result.files.keys()].find((each) => /00001\/records/.test(each)) ?? '';
    const bytes = result.files.get(name) ?? Buffer.alloc(0);
    for (const damaged of [bytes.subarray(0, -20), Buffer.from(bytes).fill(0, 4, 3000), undefined]) {
      if (damaged === undefined) result.files.delete(name);
      else result.files.set(name, damaged);
      const answer = await ask(result, { resources: ['i-3'] }).then(({ found }) => found.length);
      expect(answer).toBe(1);
      const { rejected } = await ask(result, {});
      expect(rejected).toMatchObject([{ path: `result/${name}` }]);
      expect(rejected[0]?.reason).toMatch(/; its 2 records could not be asked$/);
    }
  });

  it('what the shard itself could not read', async () => {
    const result = memoryStore('result');
    const objects = new Map([
      ['good', packedLog([aLaunchRecord(1, 'i-1')])],
      ['gone', packedLog([])],
    ]);
    const planned = plannedOf(objects);
    objects.delete('gone');
    await scanShard({ shard: '00001' }, planned, RUN, { ...portsOn(objects, result), form });
    expect((await ask(result, {})).rejected).toEqual([{ path: 'gone', reason: expect.stringContaining('not there') }]);
  });

  it('no shard at all is no answer', async () => {
    await expect(ask(memoryStore('result'), {})).rejects.toMatchObject({ code: 'usage' });
    await expect(ask(memoryStore('result'), {}, { shards: 1 })).rejects.toThrow('result holds no shard yet');
  });
});

describe('what a result can prove', () => {
  const watched = runOf(A_PLAN, { keep: 'watched', eventNames: ['ConsoleLogin'], toolVersion: '1', written: {} });

  it('is everything, if it keeps all records', () => {
    expect(unprovenBy(RUN, { ...ALL, actor: 'dana' })).toEqual([]);
  });

  it('is about the calls that it keeps, if it keeps those that are judged', () => {
    expect(unprovenBy(watched, { ...ALL, eventNames: ['ConsoleLogin', 'RunInstances'] })).toEqual([]);
    expect(unprovenBy(watched, { ...ALL, actor: 'dana' })).toEqual([
      expect.stringContaining('judged by and ConsoleLogin, not all'),
    ]);
    expect(unprovenBy(watched, { ...ALL, eventNames: ['GetObject'] })).toHaveLength(1);
  });

  it('ends where its period, accounts and regions end', () => {
    const period = { since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' };
    const run = runOf({ ...A_PLAN, ...period, accounts: ['111122223333'], regions: ['eu-west-1'] }, RUN_ALL);
    expect(unprovenBy(run, ALL)).toHaveLength(4);
    const within = { since: new Date('2026-01-02'), until: new Date('2026-01-03') };
    expect(unprovenBy(run, { ...ALL, ...within, accountIds: ['111122223333'], regions: ['eu-west-1'] })).toEqual([]);
    expect(unprovenBy(run, { ...ALL, ...within, regions: ['eu-west-1'] })).toHaveLength(1);
  });
});

describe('a plan of which something could not be listed', () => {
  it('proves nothing about that', () => {
    const run = runOf({ ...A_PLAN, rejected: [{ path: 's3://trail', reason: 'AccessDenied' }] }, RUN_ALL);
    expect(unprovenBy(run, ALL)).toEqual(['1 place could not be listed when it was planned, as plan.json says']);
  });
});

const RUN_ALL = { keep: 'all', eventNames: [], toolVersion: '1', written: {} } as const;

const idOf = (at: number): string => `i-${(at * 2_654_435_761).toString(16).padStart(17, '0').slice(-17)}`;

function timeOf(eventTime: unknown): number {
  return typeof eventTime === 'string' ? Date.parse(eventTime) : Number.NaN;
}

/** The account of a record, as findings name it. */
function accountOf({ recipientAccountId, userIdentity }: Json): unknown {
  return recipientAccountId || (userIdentity as Json | null | undefined)?.accountId || '';
}
