import { describe, expect, it } from 'vitest';
import { keptRow } from '../../../src/history/records/kept-row.ts';
import { isResource, resourcesIn } from '../../../src/history/records/resources-in.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';

describe('the resources that a record names', () => {
  it('are ids and ARNs that are values anywhere, each once, in their order', () => {
    const record = {
      b: ['i-0123456789abcdef0', { c: 'arn:aws:iam::1:role/x' }],
      a: 'i-0123456789abcdef0',
      d: 'sg-0123abcd',
    };
    expect(resourcesIn(record)).toEqual(['i-0123456789abcdef0', 'arn:aws:iam::1:role/x', 'sg-0123abcd']);
  });

  it('are also the ids at the end of ARNs', () => {
    const arn = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0';
    expect(resourcesIn({ arn })).toEqual([arn, 'i-0123456789abcdef0']);
  });

  it('are also the ids at the end of longer texts than an ARN can be, which are no names themselves', () => {
    expect(resourcesIn({ arn: `arn:${'x'.repeat(3000)}/i-0123456789abcdef0` })).toEqual(['i-0123456789abcdef0']);
  });

  it('are not ids within texts, regions, dates or names of types', () => {
    expect(
      resourcesIn({ a: 'copied from i-0123456789abcdef0', b: 'eu-west-1', c: '2026-11-23', d: 'm7i-large' }),
    ).toEqual([]);
  });

  it('are found in a record that nests deeper than the stack allows', () => {
    let deep: unknown = 'i-0123456789abcdef0';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(resourcesIn(deep)).toEqual(['i-0123456789abcdef0']);
  });

  it('are read in time that grows with the text only', () => {
    expect(resourcesIn({ a: 'a-'.repeat(500_000), b: `arn:${'a-'.repeat(500_000)}` })).toEqual([]);
  });

  it.each(['i-0123456789abcdef0', 'i-1', 'eni-attach-0123456789abcdef0', 'arn:aws:s3:::bucket'])(
    'can be asked for: %s',
    (text) => {
      expect(isResource(text)).toBe(true);
    },
  );

  it.each(['dana', 'eu-west-1', '', 'my-bucket'])('cannot be asked for by another name: %j', (text) => {
    expect(isResource(text)).toBe(false);
  });
});

describe('a kept row', () => {
  const place = { logFile: 'a.json.gz', fileIndex: 3 };

  it('says of a record what can be asked about it', () => {
    const record = aLaunchRecord(1, 'i-0123456789abcdef0');
    const row = keptRow({ record, json: Buffer.from('{}'), index: 7 }, place);
    expect(row).toMatchObject({
      ...{ accountId: '111122223333', region: 'eu-west-1', day: '2026-03-17', eventName: 'RunInstances' },
      ...{ actor: 'dana', actorArn: 'arn:aws:iam::111122223333:user/dana', eventSource: 'ec2.amazonaws.com' },
      ...{ resources: ['arn:aws:iam::111122223333:user/dana', 'i-0123456789abcdef0'], errorCode: undefined },
      ...{ logFile: 'a.json.gz', fileIndex: 3, index: 7, json: '{}' },
    });
    expect(row.eventTime).toBe(Date.parse('2026-03-17T12:01:00Z'));
  });

  it('has nothing to say of a record without fields, and does not fail', () => {
    const record = { eventTime: 7, eventName: ['a'], userIdentity: null, awsRegion: {} } as never;
    expect(keptRow({ record, json: Buffer.from('{}'), index: 0 }, place)).toMatchObject({
      ...{ accountId: '', region: '', day: '', eventTime: undefined, eventName: undefined, resources: [] },
    });
  });

  it('takes the account from the key of the log file where the record lacks one', () => {
    const logFile =
      'AWSLogs/444455556666/CloudTrail/eu-west-1/2026/11/20/444455556666_CloudTrail_eu-west-1_20261120T1005Z_aaaaaaaaaaaaaaaa.json.gz';
    expect(keptRow({ record: {}, json: Buffer.from('{}'), index: 0 }, { logFile, fileIndex: 0 }).accountId).toBe(
      '444455556666',
    );
  });
});
