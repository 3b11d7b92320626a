import { describe, expect, it } from 'vitest';
import { type EventFilter, matching, repeatFilter } from '../../src/cli/event-filter.ts';
import { aLaunchRecord } from '../support/deliveries.ts';

const RECORD = aLaunchRecord(5, 'i-0a1');

describe('matching', () => {
  it('leaves everything to the scanner when no filter is given', () => {
    expect(Object.values(matching({})).filter((part) => part !== undefined)).toEqual([]);
  });

  it('completes short names of services', () => {
    const { eventSources } = matching({ eventSource: ['ec2', 'sts.amazonaws.com'] });
    expect(eventSources).toEqual(new Set(['ec2.amazonaws.com', 'sts.amazonaws.com']));
  });

  it.each<[string, EventFilter, boolean]>([
    ['an instance that the record names', { instance: 'i-0a1' }, true],
    ['a part of an instance id', { instance: 'i-0a' }, false],
    ['part of the actor in another case', { actor: 'DANA' }, true],
    ['another actor', { actor: 'erin' }, false],
    ['failed calls, and this one succeeded', { errors: true }, false],
    ['a period that includes the event', { since: new Date('2026-03-17T12:05:00Z') }, true],
    ['a period that ends at the event', { until: new Date('2026-03-17T12:05:00Z') }, false],
    ['two filters, one of which does not match', { instance: 'i-0a1', errors: true }, false],
  ])('tests records for %s', (_, filter, expected) => {
    expect(matching(filter).where?.(RECORD)).toBe(expected);
  });
});

describe('repeatFilter', () => {
  it('recognises a repeat by eventID and recipientAccountId', () => {
    const isRepeat = repeatFilter();
    const json = Buffer.from('{}');
    const seen = [
      { eventID: 'a', recipientAccountId: '1' },
      { eventID: 'a', recipientAccountId: '2' },
      { eventID: 'a', recipientAccountId: '1' },
    ].map((record) => isRepeat(record, json));
    expect(seen).toEqual([false, false, true]);
  });

  it('compares records without an eventID by their bytes', () => {
    const isRepeat = repeatFilter();
    expect(['{"a":1}', '{"a":2}', '{"a":1}'].map((json) => isRepeat({}, Buffer.from(json)))).toEqual([
      false,
      false,
      true,
    ]);
  });
});
