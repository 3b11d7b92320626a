import { describe, expect, it } from 'vitest';
import { createLogScanner, scanLog, type Wanted } from '../../../src/cloudtrail/scanner/scan.ts';
import { aRecord } from '../../support/records.ts';

const LAUNCHES: Wanted = { eventNames: new Set(['RunInstances']) };
const launch = aRecord({ eventName: 'RunInstances' });
const other = aRecord({ eventName: 'DescribeInstances' });
const insight = {
  eventType: 'AwsCloudTrailInsight',
  eventTime: '2026-01-31T12:00:00Z',
  insightDetails: { eventName: 'RunInstances', eventSource: 'ec2.amazonaws.com' },
};
const aggregated = { eventType: 'AwsAggregatedEvent', eventCategory: 'Aggregated', eventId: 'a', summary: {} };
const network = aRecord({ eventName: 'RunInstances', eventType: 'AwsVpceEvent', eventCategory: 'NetworkActivity' });

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const list = (...records: readonly unknown[]): Buffer => bytes({ Records: records });
const lines = (scan: ReturnType<typeof scanLog>): readonly string[] => scan.wanted.map(({ json }) => json.toString());
const eventBridge = (detail: unknown): object => ({
  version: '0',
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.ec2',
  detail,
});

describe('scanLog reads a log file', () => {
  const text = JSON.stringify(launch);
  it.each<[form: string, content: Buffer, records: number]>([
    ["CloudTrail's own", list(launch, other), 2],
    [
      'with other keys around the list',
      bytes({ a: [1, { b: {} }], Records: [other, launch], z: { Records: [other] } }),
      2,
    ],
    ['pretty-printed', bytes(JSON.stringify({ Records: [launch, other] }, null, 2)), 2],
    ['with a byte order mark', Buffer.concat([Buffer.from('\ufeff'), list(launch)]), 1],
    ['a bare list', bytes([launch, other]), 2],
    ['one record per line', bytes(`${text}\n${JSON.stringify(other)}\n`), 2],
    [
      'one record per line, with carriage returns and empty lines',
      bytes(`${text}\r\n\r\n${JSON.stringify(other)}\r\n`),
      2,
    ],
    ['a single record', bytes(launch), 1],
    ['several files concatenated', Buffer.concat([list(other), bytes('\n'), list(launch)]), 2],
    ['an EventBridge event', bytes(eventBridge(launch)), 1],
    [
      'EventBridge events, one per line',
      bytes(`${JSON.stringify(eventBridge(launch))}\n${JSON.stringify(eventBridge(other))}`),
      2,
    ],
    ['an SNS message', bytes({ Type: 'Notification', Message: JSON.stringify(eventBridge(launch)) }), 1],
    [
      "Lambda's SNS records",
      list({ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(eventBridge(launch)) } }),
      1,
    ],
    [
      'an SQS message around an SNS one',
      bytes({ body: JSON.stringify({ Type: 'Notification', Message: JSON.stringify(launch) }) }),
      1,
    ],
    [
      'a response of lookup-events',
      bytes({ Events: [{ EventId: 'a', EventName: 'RunInstances', CloudTrailEvent: JSON.stringify(launch) }] }),
      1,
    ],
  ])('%s', (_form, content, records) => {
    const scan = scanLog(content, LAUNCHES);
    expect(scan.records).toBe(records);
    expect(scan.wanted.map(({ record }) => record)).toEqual([launch]);
    expect(scan.rejectedCount).toBe(0);
    expect(scan.incomplete).toBeUndefined();
  });

  it.each([
    ['an empty list', list()],
    ['an empty bare list', bytes('[]')],
  ])('finds nothing, and nothing wrong, in %s', (_form, content) => {
    expect(scanLog(content, LAUNCHES)).toEqual({
      records: 0,
      wanted: [],
      skipped: {},
      rejected: [],
      rejectedCount: 0,
      warnings: [],
    });
  });

  it('counts a file of zero bytes as empty', () => {
    expect(scanLog(Buffer.alloc(0), LAUNCHES)).toMatchObject({ records: 0, skipped: { empty: 1 } });
  });
});

describe('scanLog matches the event name:', () => {
  it.each<[what: string, record: string, wanted: boolean]>([
    ['the top-level key', '{"eventName":"RunInstances"}', true],
    ['the key with whitespace around it', '{ "eventName" \t:\n "RunInstances" }', true],
    ['the key with escapes', '{"event\\u004eame":"RunInstances"}', true],
    ['the value with escapes', '{"eventName":"Run\\u0049nstances"}', true],
    ['the last of two equal keys', '{"eventName":"Other","eventName":"RunInstances"}', true],
    ['not the first of two equal keys', '{"eventName":"RunInstances","eventName":"Other"}', false],
    ['not an escaped later key', '{"eventName":"RunInstances","event\\u004eame":"Other"}', false],
    ['not a nested key', '{"eventName":"Other","requestParameters":{"eventName":"RunInstances"}}', false],
    ['not text that looks like it', '{"eventName":"Other","errorMessage":"\\"eventName\\":\\"RunInstances\\""}', false],
    ['not a list that holds it', '{"eventName":["RunInstances"]}', false],
    ['not a longer name', '{"eventName":"RunInstancesX"}', false],
    ['not a longer key', '{"eventName":"Other","myeventName":"RunInstances"}', false],
  ])('%s', (_what, record, wanted) => {
    expect(scanLog(bytes(`{"Records":[${record}]}`), LAUNCHES).wanted).toHaveLength(wanted ? 1 : 0);
  });
});

describe('scanLog returns the records wanted by', () => {
  const efs = aRecord({ eventName: 'CreateTags', eventSource: 'elasticfilesystem.amazonaws.com' });
  const ec2 = aRecord({ eventName: 'CreateTags' });
  const escaped = '{"eventName":"X","requestParameters":{"id":"i-0\\u0061"}}';
  it.each<[what: string, wanted: Wanted, indexes: readonly number[]]>([
    ['no restriction', {}, [0, 1, 2, 3]],
    ['a name', { eventNames: new Set(['CreateTags']) }, [1, 2]],
    [
      'a name of one source',
      { eventNames: new Set(['CreateTags']), eventSources: new Set(['ec2.amazonaws.com']) },
      [2],
    ],
    ['a source', { eventSources: new Set(['ec2.amazonaws.com']) }, [0, 2]],
    ['an empty set of names', { eventNames: new Set() }, []],
    ['a test on the parsed record', { where: ({ eventName }) => eventName === 'X' }, [3]],
    [
      'a text, however it is escaped',
      { anyText: ['i-0a'], where: (record) => JSON.stringify(record).includes('i-0a') },
      [3],
    ],
  ])('%s', (_what, wanted, indexes) => {
    const content = bytes(
      `{"Records":[${[launch, efs, ec2].map((record) => JSON.stringify(record)).join(',')},${escaped}]}`,
    );
    expect(scanLog(content, wanted).wanted.map(({ index }) => index)).toEqual(indexes);
  });
});

describe('the bytes of a wanted record', () => {
  it.each([
    [
      'verbatim, whatever their spacing',
      '{ "eventName" : "RunInstances",  "n":1.0e2, "t":"\\u00e9\\/" }',
      '{ "eventName" : "RunInstances",  "n":1.0e2, "t":"\\u00e9\\/" }',
    ],
    [
      'without whitespace between tokens when they span lines',
      '{\r\n  "eventName": "RunInstances",\r\n  "t": "a  b\\n",\r\n  "n": [ 1.0,\n2 ]\n}',
      '{"eventName":"RunInstances","t":"a  b\\n","n":[1.0,2]}',
    ],
  ])('are returned %s', (_how, record, json) => {
    expect(lines(scanLog(bytes(`[${record}]`), LAUNCHES))).toEqual([json]);
  });

  it('are turned into valid UTF-8, with a warning', () => {
    const content = Buffer.concat([
      bytes('{"Records":[{"eventName":"RunInstances","userAgent":"'),
      Buffer.from([0xff, 0xc3]),
      bytes('"}]}'),
    ]);
    const scan = scanLog(content, LAUNCHES);
    expect(lines(scan)).toEqual(['{"eventName":"RunInstances","userAgent":"\ufffd\ufffd"}']);
    expect(scan.warnings).toHaveLength(1);
  });

  it('cause no warning when a chunk ends inside a character', () => {
    const content = list(aRecord({ eventName: 'RunInstances', userAgent: '日本𝄞é' }));
    for (let cut = 0; cut <= content.length; cut += 1) {
      const scanner = createLogScanner(LAUNCHES);
      scanner.push(content.subarray(0, cut));
      scanner.push(content.subarray(cut));
      expect(scanner.end().warnings).toEqual([]);
    }
  });
});

describe('values that are not API calls', () => {
  it('are counted by kind: insights, aggregated events, network activity', () => {
    const scan = scanLog(list(insight, aggregated, network, launch), LAUNCHES);
    expect(scan).toMatchObject({
      records: 4,
      skipped: { insight: 1, aggregated: 1, 'network-activity': 1 },
      rejectedCount: 0,
    });
    expect(scan.wanted.map(({ index }) => index)).toEqual([2, 3]);
  });

  it('are counted by kind: digests, events other than API calls', () => {
    expect(scanLog(bytes({ awsAccountId: '1', digestS3Object: 'x', logFiles: [] }), {})).toMatchObject({
      records: 0,
      skipped: { digest: 1 },
      rejectedCount: 0,
    });
    const change = {
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      detail: { 'instance-id': 'i-0a', state: 'running' },
    };
    expect(scanLog(bytes(change), {})).toMatchObject({ records: 0, skipped: { event: 1 }, rejectedCount: 0 });
  });

  it.each([
    ['an object of no known kind', '{"foo":1}', 'no eventName, and of no known kind (keys "foo")'],
    ['an empty name', '{"eventName":""}', 'no eventName, and of no known kind (keys "eventName")'],
    ['a number', '5', 'a number where a record was expected'],
    ['null', 'null', 'null where a record was expected'],
    ['a list', '[{"eventName":"RunInstances"}]', 'a list where a record was expected'],
  ])('are rejected with a reason, and the scan continues: %s', (_what, value, reason) => {
    const scan = scanLog(bytes(`{"Records":[${value},${JSON.stringify(launch)}]}`), LAUNCHES);
    expect(scan.rejected.map((one) => one.reason)).toEqual([reason]);
    expect(scan.records).toBe(1);
    expect(scan.wanted).toHaveLength(1);
  });

  it('are named up to a hundred, and all counted', () => {
    const scan = scanLog(list(...Array.from({ length: 250 }, () => ({}))), {});
    expect(scan.rejected).toHaveLength(100);
    expect(scan.rejectedCount).toBe(250);
  });
});

describe('a damaged file', () => {
  const content = list(launch, other, launch, other, launch).toString();
  const second = content.indexOf('DescribeInstances');

  it.each<[what: string, damaged: string, wanted: number, records: number]>([
    ['its last record cut off', content.slice(0, -30), 2, 4],
    ['its list cut off between two records', content.slice(0, content.lastIndexOf(',{"eventVersion"') + 1), 2, 4],
    ['its end cut off after the list', content.slice(0, -1), 3, 5],
    ['a missing quote', content.slice(0, second - 1) + content.slice(second), 3, 4],
    ['an extra quote', `${content.slice(0, second)}"${content.slice(second)}`, 3, 4],
    ['garbage in place of a value', content.replace('"RunInstances"', '!!!!'), 2, 4],
    ['garbage between two records', content.replace(',{"eventVersion"', ',x{"eventVersion"'), 3, 5],
    ['an invalid escape in a key before the list', content.replace('{"Records"', '{"a\\x":1,"Records"'), 3, 5],
  ])('with %s returns its complete records and says what is wrong', (_what, damaged, wanted, records) => {
    const scan = scanLog(bytes(damaged), LAUNCHES);
    expect(scan.wanted).toHaveLength(wanted);
    expect(scan.records).toBe(records);
    expect(scan.incomplete).toBeDefined();
  });

  it.each([
    ['text', 'hello world', 'damaged at byte 0: "hello world" where a record was expected'],
    [
      'a page of HTML',
      '<html><body>403</body></html>',
      'damaged at byte 0: "<html><body>403</body></html>" where a record was expected',
    ],
    ['half a log', '{"Records":[', 'ends after record 0, before its list is closed'],
  ])('that is %s says so', (_what, text, incomplete) => {
    expect(scanLog(bytes(text), LAUNCHES)).toMatchObject({ records: 0, incomplete });
  });

  it('is read again from the line after the damage', () => {
    const text = [JSON.stringify(launch), '{"eventName":"RunInst', JSON.stringify(launch)].join('\n');
    const scan = scanLog(bytes(text), LAUNCHES);
    expect(scan.wanted).toHaveLength(2);
    expect(scan.incomplete).toBeDefined();
  });
});
