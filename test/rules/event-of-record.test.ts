import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventOfRecord, isForEvent } from '../../src/rules/event-of-record.ts';

describe('eventOfRecord', () => {
  it.each([
    ['api-call', 'AwsApiCall'],
    ['console-sign-in', 'AwsConsoleSignIn'],
    ['service-event', 'AwsServiceEvent'],
  ])('makes what EventBridge sent: %s', (name, eventType) => {
    const path = new URL(`../fixtures/notifications/eventbridge-${name}.json`, import.meta.url);
    const { id: _, time: __, ...event } = JSON.parse(readFileSync(path, 'utf8')).event;
    const detail = { ...event.detail, eventType };
    const { id, time, ...made } = eventOfRecord(detail);
    expect({ id, time }).toEqual({ id: detail.eventID, time: detail.eventTime });
    expect(made).toEqual({ ...event, detail });
  });

  it.each(['ec2.amazonaws.com', 'ec2.amazonaws.com.cn', 'ec2'])(
    'names the source by its service: %s',
    (eventSource) => {
      expect(eventOfRecord({ eventSource })).toHaveProperty('source', 'aws.ec2');
    },
  );

  it('takes a record without a type for an API call, and gives one without a source none', () => {
    expect(eventOfRecord({ eventName: 'x' })).toMatchObject({ 'detail-type': 'AWS API Call via CloudTrail' });
    expect(eventOfRecord({ eventName: 'x' })).not.toHaveProperty('source');
  });
});

describe('isForEvent', () => {
  it.each([
    [{ source: ['aws.ec2'] }, true],
    [{ 'detail-type': ['x'] }, true],
    [{ detail: { eventName: ['x'] } }, true],
    [{ 'detail.eventName': ['x'] }, true],
    [{ $or: [{ eventName: ['x'] }, { source: ['y'] }] }, true],
    [{ eventName: ['x'], eventSource: ['y'] }, false],
    [{ requestParameters: { source: ['x'] } }, false],
    [null, false],
  ])('%j: %s', (pattern, expected) => {
    expect(isForEvent(pattern)).toBe(expected);
  });
});
