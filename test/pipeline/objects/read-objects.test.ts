/** What becomes of a delivered object that cannot be read: its message is retried, and what of it is readable counts once. */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { PipelineError } from '../../../src/errors.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../../src/pipeline/deliver.ts';
import { reportFromLedger } from '../../../src/pipeline/report-source.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../../support/deliveries.ts';
import { ACCOUNT } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const MAX_BYTES = 100_000;
const CONFIG = parseConfig(
  JSON.stringify({ requiredTags: ['CostCenter'], trail: { buckets: [BUCKET] }, maxLogBytes: MAX_BYTES }),
  'config.json',
);

function aSetup() {
  const bucket = aBucket();
  const mails: string[] = [];
  const publish = async ({ subject }: { subject: string }): Promise<string> => `mail-${mails.push(subject)}`;
  const ledger = aLedger();
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher: { publish } };
  const run = (
    messages: readonly ReturnType<typeof aNotice>[],
    minute = 120,
    fetch = bucket.logs.fetch,
  ): Promise<Delivered> =>
    deliver(messages, { ...ports, logs: { ...bucket.logs, fetch } }, CONFIG, {
      now: at(minute),
      clock: STOPPED_CLOCK,
    });
  const report = () =>
    reportFromLedger(ledger, CONFIG, { period: { since: at(0), until: at(1000) }, now: at(1000), toolVersion: '0' });
  return { bucket, mails, run, report };
}

const failuresOf = ({ failed }: Delivered): readonly unknown[] =>
  failed.map(({ message, error }) => [message.messageId, error instanceof PipelineError ? error.code : error]);

const RECORDS = JSON.stringify({ Records: [1, 2, 3, 4].map((minute) => aLaunchRecord(minute, `i-0a${minute}`)) });
const GZIP = gzipSync(RECORDS, { level: 0 });
const wrongChecksum = Buffer.from(GZIP);
wrongChecksum.writeUInt32LE(7, GZIP.length - 8);

/** Content that cannot be read completely, and how many of its four records can be. */
const UNREADABLE: Readonly<
  Record<string, { readonly content: Buffer; readonly records: number; readonly why: RegExp }>
> = {
  'a gzip that is cut off': { content: GZIP.subarray(0, GZIP.length >> 1), records: 1, why: /cut off/ },
  'a gzip with a wrong checksum': { content: wrongChecksum, records: 4, why: /incorrect data check/ },
  'JSON that is cut off': { content: gzipSync(RECORDS.slice(0, -20)), records: 3, why: /ends inside record 4/ },
  'a record that is not JSON': {
    content: gzipSync(RECORDS.replace('"eventName":"RunInstances"', '"eventName":!')),
    records: 3,
    why: /not JSON/,
  },
  'a zip': { content: Buffer.from('PK\u0003\u0004 and the rest'), records: 0, why: /zip archive/ },
  'an error page': {
    content: Buffer.from('<html><body>503 Slow Down</body></html>'),
    records: 0,
    why: /503 Slow Down/,
  },
  "S3's error": {
    content: Buffer.from('<?xml version="1.0"?><Error><Code>X</Code></Error>'),
    records: 0,
    why: /not JSON/,
  },
  'an error in JSON': {
    content: Buffer.from('{"message":"Forbidden"}'),
    records: 0,
    why: /nothing in it is a CloudTrail/,
  },
  'records and then more than maxLogBytes': {
    content: gzipSync(`${RECORDS.slice(0, -2)},${'{} '.padEnd(MAX_BYTES)}]}`),
    records: 4,
    why: /maxLogBytes.*4 records/,
  },
  'stored as JSON and longer than maxLogBytes': {
    content: Buffer.from(`${RECORDS.slice(0, -2)}${' '.repeat(MAX_BYTES)}]}`),
    records: 4,
    why: /maxLogBytes.*4 records/,
  },
  'more than maxLogBytes': { content: gzipSync(`${' '.repeat(MAX_BYTES)}${RECORDS}`), records: 0, why: /maxLogBytes/ },
};

describe.each(Object.entries(UNREADABLE))('an object that is %s', (what, { content, records, why }) => {
  it('is not acknowledged, and what of it is readable is judged', async () => {
    const { bucket, run } = aSetup();
    bucket.put(aLogKey(1), content);
    const delivered = await run([aNotice('m1', aLogKey(1))]);
    expect(failuresOf(delivered)).toEqual([['m1', 'log-unreadable']]);
    expect(delivered.failed[0]?.error).toMatchObject({
      message: expect.stringMatching(why),
      retryable: false,
      concerns: { key: `s3://${BUCKET}/${aLogKey(1)}` },
    });
    expect(delivered.collected.input).toMatchObject({ files: 1, records, launches: records });
    expect(delivered.acted.findings).toHaveLength(records);
  });

  it('marks the evidence taken from it if its checksum is wrong, and only then', async () => {
    const { bucket, run } = aSetup();
    bucket.put(aLogKey(1), content);
    const { acted } = await run([aNotice('m1', aLogKey(1))]);
    const notes = acted.findings.flatMap(({ evidence }) => evidence.map(({ note }) => note));
    expect(notes).toHaveLength(records);
    const expected = what === 'a gzip with a wrong checksum' ? expect.stringContaining('checksum failed') : undefined;
    expect(notes).toEqual(notes.map(() => expected));
  });

  it('counts once and is named once, however often it is delivered', async () => {
    const { bucket, mails, run, report } = aSetup();
    bucket.put(aLogKey(1), content);
    const first = await run([aNotice('m1', aLogKey(1)), aNotice('again', aLogKey(1))]);
    expect(failuresOf(first).map((each) => (each as unknown[])[0])).toEqual(['m1', 'again']);
    expect(bucket.fetches.get(aLogKey(1))).toBe(1);
    for (const minute of [150, 180, 210]) await run([aNotice('m1', aLogKey(1))], minute);
    const { input, findings } = await report();
    expect(input).toMatchObject({ files: 1, records, launches: records, sightings: records });
    expect(input.rejected.filter(({ path }) => path === `s3://${BUCKET}/${aLogKey(1)}`)).toHaveLength(1);
    expect(findings).toHaveLength(records);
    expect(mails).toHaveLength(1);
  });

  it('does not stop the object beside it', async () => {
    const { bucket, run } = aSetup();
    bucket.put(aLogKey(1), content);
    bucket.put(aLogKey(2), [aLaunchRecord(9, 'i-0b1')]);
    const delivered = await run([aNotice('m1', aLogKey(1)), aNotice('m2', aLogKey(2))]);
    expect(failuresOf(delivered)).toEqual([['m1', 'log-unreadable']]);
    expect(delivered.acted.findings.map(({ resourceId }) => resourceId)).toContain('i-0b1');
  });
});

describe('an object that cannot be fetched', () => {
  const fetching = (error: PipelineError) => {
    const setup = aSetup();
    return { ...setup, run: () => setup.run([aNotice('m1', aLogKey(1))], 120, () => Promise.reject(error)) };
  };
  const key = `s3://${BUCKET}/${aLogKey(1)}`;

  it('is named and mailed, once, if it is too long', async () => {
    const { run, mails, report } = fetching(new PipelineError('log-too-large', `${key} is too large`, { key }));
    for (const _ of [1, 2]) {
      const delivered = await run();
      expect(failuresOf(delivered)).toEqual([['m1', 'log-too-large']]);
      expect(delivered.collected.input.rejected).toEqual([{ path: key, reason: `${key} is too large` }]);
    }
    expect(mails).toHaveLength(1);
    expect((await report()).input.rejected).toHaveLength(1);
  });

  it('is no fault of the logs, and not mailed, if it is only missing', async () => {
    const { run, mails } = fetching(new PipelineError('log-missing', `${key} does not exist`, { key }));
    const delivered = await run();
    expect(failuresOf(delivered)).toEqual([['m1', 'log-missing']]);
    expect(delivered.collected.input.rejected).toEqual([]);
    expect(mails).toEqual([]);
  });
});

describe('an object that was read', () => {
  it('is acknowledged although one of its entries is not a record, which is named', async () => {
    const { bucket, run } = aSetup();
    bucket.put(aLogKey(1), gzipSync(JSON.stringify({ Records: [null, aLaunchRecord(1, 'i-0a1')] })));
    const delivered = await run([aNotice('m1', aLogKey(1))]);
    expect(delivered.failed).toEqual([]);
    expect(delivered.collected.input.rejected).toMatchObject([{ path: `s3://${BUCKET}/${aLogKey(1)}#0` }]);
  });

  it('is acknowledged when it becomes readable, and no longer counts as rejected', async () => {
    const { bucket, run, report } = aSetup();
    bucket.put(aLogKey(1), GZIP.subarray(0, GZIP.length >> 1));
    expect((await run([aNotice('m1', aLogKey(1))])).failed).toHaveLength(1);
    bucket.put(aLogKey(1), GZIP);
    expect((await run([aNotice('m1', aLogKey(1))], 150)).failed).toEqual([]);
    const { input, findings } = await report();
    expect(input.rejected).toEqual([]);
    expect(findings).toHaveLength(4);
  });

  it('is fetched once for all messages of a batch that name it, and each is about what it holds', async () => {
    const { bucket, run } = aSetup();
    bucket.put(aLogKey(1), [aLaunchRecord(1, 'i-0a1')]);
    const { collected } = await run([aNotice('m1', aLogKey(1)), aNotice('m2', aLogKey(1))]);
    expect(bucket.fetches.get(aLogKey(1))).toBe(1);
    expect(collected.input).toMatchObject({ files: 1, records: 1 });
    expect([...collected.scopesOf.values()].map((scopes) => scopes.size)).toEqual([1, 1]);
  });
});

describe('an object in a shared bucket that is no log', () => {
  const config = gzipSync('{"fileVersion":"1.0","configurationItems":[{}]}');
  it.each([
    ["AWS Config's", `AWSLogs/${ACCOUNT}/Config/eu-west-1/2026/3/17/ConfigHistory/a.json.gz`, config],
    [
      'a flow log',
      `AWSLogs/${ACCOUNT}/vpcflowlogs/eu-west-1/2026/03/17/a.log.gz`,
      gzipSync('version account-id\n2 1\n'),
    ],
    ['an access log', 'access/2026-03-17-12-00-00-0A1B2C', Buffer.from('79a5 bucket [17/Mar/2026] REST.GET\n')],
  ])('is acknowledged and counted: %s', async (_what, key, content) => {
    const { bucket, run } = aSetup();
    bucket.put(key, content);
    const { failed, collected } = await run([aNotice('m1', key)]);
    expect(failed).toEqual([]);
    expect(collected.input).toMatchObject({ files: 0, rejected: [], skipped: { 'not-a-log': 1 } });
  });

  it('is read all the same if it holds records', async () => {
    const { bucket, run } = aSetup();
    bucket.put(`AWSLogs/${ACCOUNT}/Copies/a`, GZIP);
    expect((await run([aNotice('m1', `AWSLogs/${ACCOUNT}/Copies/a`)])).collected.input).toMatchObject({ records: 4 });
  });
});

describe('a batch whose bucket says nothing', () => {
  const silence = (n: number) =>
    new PipelineError('log-unreadable', `no answer for ${n}`, { awsCode: 'TimeoutError', retryable: true });
  const NOTICES = Array.from({ length: 40 }, (_, n) => aNotice(`m${n}`, aLogKey(n)));

  it('is given up after two rounds of fetches, and each of its messages is retried', async () => {
    const { run } = aSetup();
    let fetches = 0;
    const fetch = async () => {
      fetches += 1;
      return Promise.reject(silence(fetches));
    };
    const delivered = await run(NOTICES, 120, fetch);
    expect(fetches).toBeLessThanOrEqual(12);
    expect(delivered.failed).toHaveLength(40);
    for (const { error } of delivered.failed) expect(error).toMatchObject({ retryable: true });
    expect(String(delivered.failed.at(-1)?.error)).toMatch(
      /was not read: S3 did not answer for the 6 objects before it/,
    );
  });

  it('is read on while S3 answers for some of its objects', async () => {
    const { bucket, run } = aSetup();
    for (const [n] of NOTICES.entries()) bucket.put(aLogKey(n), GZIP);
    let fetches = 0;
    const fetch: typeof bucket.logs.fetch = async (...request) => {
      fetches += 1;
      return fetches % 3 === 0 ? bucket.logs.fetch(...request) : Promise.reject(silence(fetches));
    };
    const delivered = await run(NOTICES, 120, fetch);
    expect(fetches).toBe(40);
    expect(delivered.failed).toHaveLength(27);
  });
});
