import { describe, expect, it } from 'vitest';
import { scanLog } from '../../src/cloudtrail/scanner/scan.ts';
import { type WrittenWatch, watchedBy, watchOf } from '../../src/config/watch-config.ts';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { sightingsIn, wantedFor } from '../../src/sighting/watched.ts';

const RECORD = {
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/dana', userName: 'dana' },
  eventTime: '2026-03-17T08:02:11Z',
  eventSource: 'cloudtrail.amazonaws.com',
  eventName: 'StopLogging',
  awsRegion: 'eu-west-1',
  requestParameters: { name: 'main' },
  eventID: 'a-1',
  recipientAccountId: '111122223333',
};

function found(rules: WrittenWatch['rules'], text: string) {
  const watched = watchedBy(watchOf({ rules }));
  const { wanted } = scanLog(Buffer.from(text), wantedFor(watched));
  return wanted.flatMap(({ record }) => sightingsIn(record, watched, 'log.json'));
}

const logOf = (...records: readonly object[]) => JSON.stringify({ Records: records });
const HALF_CHARACTER = /[\ud800-\udfff]/u;
const STOPPED = { name: 'stopped', pattern: { eventName: ['StopLogging'] }, resource: 'requestParameters.name' };

describe('rules of the configuration in a scan', () => {
  it('find a record by its name', () => {
    expect(found([STOPPED], logOf(RECORD, { ...RECORD, eventName: 'GetTrail' }))).toEqual([
      expect.objectContaining({
        kind: 'rule-found',
        rule: 'stopped',
        resourceId: 'main',
        reason: 'arn:aws:iam::111122223333:user/dana called StopLogging',
        accountId: '111122223333',
        region: 'eu-west-1',
      }),
    ]);
  });

  it('find the addendum that takes a finding by a text back, without the text', () => {
    const pattern = { userIdentity: { type: ['Root'] }, errorCode: [{ exists: false }] };
    const { userIdentity: _, requestParameters: __, ...rest } = RECORD;
    const addendum = {
      ...{ ...rest, eventID: 'a-2', errorCode: 'InternalError' },
      addendum: { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: 'a-1' },
    };
    const first = { ...RECORD, userIdentity: { type: 'Root' } };
    expect(found([{ name: 'root', pattern }], logOf(first))).toHaveLength(1);
    const read = found([{ name: 'root', pattern }], logOf(first, addendum, { ...rest, eventID: 'b-1' }));
    expect(read.map(({ evidence: { eventID } }) => eventID)).toEqual(['a-1', 'a-1']);
  });

  it('find a name that the record escapes', () => {
    const text = logOf(RECORD).replace('"StopLogging"', '"Stop\\u004cogging"');
    expect(text).toContain('u004c');
    expect(found([STOPPED], text)).toHaveLength(1);
  });

  it.each([
    ['its source', { eventSource: ['iam.amazonaws.com'] }, { eventSource: 'iam.amazonaws.com' }],
    ['a text', { userIdentity: { type: ['Root'] } }, { userIdentity: { type: 'Root' } }],
    ['a field that is seldom there', { errorCode: ['x'] }, { errorCode: 'x' }],
    ['the value of a field', { readOnly: [false], awsRegion: ['eu-west-1'] }, { readOnly: false }],
    [
      'the value of a field in an object',
      { userIdentity: { type: [{ 'anything-but': ['IAMUser', 'Role'] }] } },
      { userIdentity: { type: 'AWSService', sessionContext: { sessionIssuer: { type: 'Role' } } } },
    ],
    [
      "the region of EventBridge's event",
      { region: ['us-east-1'], detail: { eventVersion: ['1.11'] } },
      { awsRegion: 'us-east-1' },
    ],
    ['nothing that can be looked up', { errorCode: [{ exists: false }], eventVersion: ['2'] }, { eventVersion: '2' }],
    [
      "EventBridge's source",
      { source: ['aws.s3'], detail: { readOnly: [false] } },
      { eventSource: 's3.amazonaws.com', readOnly: false },
    ],
  ])('find a record by %s', (_, pattern, change) => {
    const rules = [STOPPED, { name: 'other', pattern }];
    const log = logOf({ ...RECORD, eventName: 'Other', ...change }, { ...RECORD, eventName: 'No' }, RECORD);
    expect(found(rules, log).map((each) => 'rule' in each && each.rule)).toEqual(['other', 'stopped']);
  });

  it('find a text that the record escapes', () => {
    const text = logOf({ ...RECORD, userIdentity: { type: 'Root' } }).replace('"Root"', '"R\\u006fot"');
    expect(found([{ name: 'root', pattern: { userIdentity: { type: ['Root'] } } }], text)).toHaveLength(1);
  });

  const WRITES = { name: 'writes', pattern: { readOnly: [false] } };

  it.each([
    ['its name is escaped', '"readOnly":false', '"read\\u004fnly":false'],
    ['it is written twice', '"readOnly":false', '"readOnly":true,"readOnly":false'],
    ['there are spaces around it', '"readOnly":false', '\n  "readOnly" : false\n'],
    ['there is one of its name in an object before', '"readOnly":false', '"a":{"readOnly":true},"readOnly":false'],
  ])('find a field where %s', (_, plain, hostile) => {
    const text = logOf({ ...RECORD, eventName: 'A', readOnly: false }).replace(plain, hostile);
    expect(text).toContain(hostile);
    expect(found([WRITES], text)).toHaveLength(1);
  });

  it('find fields beside names, sources and texts', () => {
    const rules = [
      WRITES,
      STOPPED,
      { name: 'iam', pattern: { eventSource: ['iam.amazonaws.com'] } },
      { name: 'root', pattern: { userIdentity: { type: ['Root'] } } },
    ];
    const log = logOf(
      { ...RECORD, eventName: 'A', readOnly: false },
      { ...RECORD, readOnly: true },
      { ...RECORD, eventName: 'A', eventSource: 'iam.amazonaws.com', readOnly: true },
      { ...RECORD, eventName: 'A', userIdentity: { type: 'Root' }, readOnly: true },
      { ...RECORD, eventName: 'A', readOnly: true },
    );
    expect(found(rules, log).map((each) => 'rule' in each && each.rule)).toEqual(['writes', 'stopped', 'iam', 'root']);
  });

  it('leave records unread whose fields have other values', () => {
    const wanted = wantedFor(watchedBy(watchOf({ rules: [WRITES] })));
    const log = logOf({ ...RECORD, eventName: 'A', readOnly: true }, { ...RECORD, eventName: 'A', readOnly: false });
    expect(scanLog(Buffer.from(log), wanted).wanted.map(({ index }) => index)).toEqual([1]);
  });

  it.each([
    ['EventBridge', (record: object) => ({ 'detail-type': 'x', source: 'aws.x', detail: record })],
    ['SNS', (record: object) => ({ Message: JSON.stringify(record) })],
    ['Splunk', (record: object) => ({ eventName: 'A', readOnly: 'false', _raw: JSON.stringify(record) })],
  ])('find a field in a record that %s wraps', (_, wrapped) => {
    const text = JSON.stringify(wrapped({ ...RECORD, eventName: 'A', readOnly: false }));
    expect(found([WRITES], text)).toHaveLength(1);
  });

  it('know by an addendum that has none of their fields that a call failed after all', () => {
    const rules = [{ name: 'writes', pattern: { readOnly: [false], errorCode: [{ exists: false }] } }];
    const call = { ...RECORD, eventName: 'A', readOnly: false };
    const addendum = { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: call.eventID };
    const failed = { ...RECORD, eventName: 'A', eventID: 'a-2', errorCode: 'InternalFailure', addendum };
    expect(found(rules, logOf(call, failed))).toHaveLength(2);
    expect(distinctSightings(found(rules, logOf(call, failed)))).toEqual([]);
  });

  it.each([
    ['the path of the rule', { requestParameters: { name: 'main' } }, 'main'],
    [
      "the record's first ARN",
      { requestParameters: null, resources: [{ type: 'AWS::S3::Bucket' }, { ARN: 'arn:aws:s3:::b' }] },
      'arn:aws:s3:::b',
    ],
    ["the actor's ARN", { requestParameters: null }, 'arn:aws:iam::111122223333:user/dana'],
    ['the account', { requestParameters: null, userIdentity: { type: 'AWSService' } }, '111122223333'],
  ])('are about %s', (_, change, resourceId) => {
    expect(found([STOPPED], logOf({ ...RECORD, ...change }))).toEqual([expect.objectContaining({ resourceId })]);
  });

  it('tell long resources apart by all of them, and cut none in the middle of a character', () => {
    const idOf = (name: string) => {
      const [sighting] = found([STOPPED], logOf({ ...RECORD, requestParameters: { name } }));
      return sighting !== undefined && 'resourceId' in sighting ? sighting.resourceId : undefined;
    };
    const [longest, one, other] = ['x'.repeat(2048), `${'x'.repeat(9999)}1`, `${'x'.repeat(9999)}2`];
    expect(idOf(longest)).toBe(longest);
    expect(idOf(one)).toMatch(/^x{2031}…[0-9a-f]{16}$/);
    expect(idOf(other)).not.toBe(idOf(one));
    expect(idOf('😀'.repeat(2000))).not.toMatch(HALF_CHARACTER);
    expect(idOf(`x${'😀'.repeat(2500)}`)).not.toMatch(HALF_CHARACTER);
  });

  it('say what ends their findings', () => {
    const rules = [{ ...STOPPED, resolvedBy: { eventName: ['StartLogging'] } }];
    expect(found(rules, logOf({ ...RECORD, eventName: 'StartLogging' }))).toEqual([
      expect.objectContaining({ kind: 'rule-ended', resourceId: 'main' }),
    ]);
  });

  it.each([
    ['is no finding', 'StopLogging', 'rule-found'],
    ['ends none', 'StartLogging', 'rule-ended'],
  ])('know by its addendum that a call failed after all: it %s', (_, eventName, kind) => {
    const succeeded = { errorCode: [{ exists: false }] };
    const rule = { ...STOPPED, pattern: { ...STOPPED.pattern, ...succeeded } };
    const rules = [{ ...rule, resolvedBy: { eventName: ['StartLogging'] } }];
    const call = { ...RECORD, eventName };
    const failed = { ...call, eventID: 'a-2', errorCode: 'AccessDenied' };
    const addendum = { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: call.eventID };
    expect(found(rules, logOf(call))).toEqual([expect.objectContaining({ kind })]);
    expect(distinctSightings(found(rules, logOf(call, { ...failed, addendum })))).toEqual([]);
    expect(distinctSightings(found(rules, logOf(call, { ...failed, addendum: undefined })))).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['the error', { errorCode: [{ exists: false }] }],
    ['the answer', { responseElements: { status: ['stopped'] } }],
    ['either', { $or: [{ errorMessage: [{ exists: false }] }, { responseElements: { status: ['stopped'] } }] }],
  ])('know it also by an addendum that does not repeat the request, if they ask for %s', (_, outcome) => {
    const asked = { eventName: ['StopLogging'], requestParameters: { name: ['main'] }, ...outcome };
    const ends = { eventName: ['StopLogging'], requestParameters: { name: ['main'] } };
    const rules = [
      { name: 'record', pattern: asked, resource: 'requestParameters.name' },
      { name: 'event', pattern: { detail: asked }, resource: 'detail.requestParameters.name' },
      { name: 'arn', pattern: asked },
      { name: 'ended', pattern: { eventName: ['Other'] }, resolvedBy: ends },
    ];
    const call = { ...RECORD, responseElements: { status: 'stopped' } };
    const parts = { requestParameters: null, responseElements: null, errorCode: 'InternalFailure', errorMessage: 'x' };
    const addendum = { reason: 'UPDATED_DATA', updatedFields: 'errorCode,errorMessage', originalEventID: call.eventID };
    expect(found(rules, logOf(call))).toHaveLength(4);
    const failed = { ...call, eventID: 'a-2', ...parts, addendum };
    expect(distinctSightings(found(rules, logOf(call, failed)))).toEqual([]);
    const other = { ...failed, addendum: { ...addendum, originalEventID: 'another' } };
    expect(distinctSightings(found(rules, logOf(call, other)))).toHaveLength(4);
  });

  it('find a call that failed after all if its end does not matter to one of their alternatives', () => {
    const $or = [{ errorCode: [{ exists: false }] }, { requestParameters: { name: ['main'] } }];
    const rules = [{ name: 'any', pattern: { eventName: ['StopLogging'], $or } }];
    const addendum = { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: RECORD.eventID };
    const failed = { ...RECORD, eventID: 'a-2', errorCode: 'AccessDenied', addendum };
    expect(distinctSightings(found(rules, logOf(RECORD, failed)))).toHaveLength(1);
  });

  it('find a failed call all the same if their pattern does', () => {
    const addendum = { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: RECORD.eventID };
    const failed = { ...RECORD, eventID: 'a-2', errorCode: 'AccessDenied', addendum };
    expect(distinctSightings(found([STOPPED], logOf(RECORD, failed)))).toEqual([
      expect.objectContaining({ kind: 'rule-found', resourceId: 'main' }),
    ]);
  });
});
