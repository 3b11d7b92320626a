import { describe, expect, it } from 'vitest';
import { newerEvent, newestEventIn } from '../../../src/pipeline/objects/newest-event.ts';

const newestOf = (value: unknown, space?: number): string | undefined =>
  newestEventIn(Buffer.from(JSON.stringify(value, null, space)));

describe('newestEventIn', () => {
  it.each([undefined, 2])('finds the newest time, wherever it is, with an indent of %s', (space) => {
    const Records = ['2026-03-17T12:00:00Z', '2026-03-17T12:09:59Z', '2026-03-17T12:04:00Z'].map((eventTime) => ({
      eventName: 'RunInstances',
      eventTime,
    }));
    expect(newestOf({ Records }, space)).toBe('2026-03-17T12:09:59Z');
  });

  it('takes nothing else for a time', () => {
    expect(newestOf({ eventTime: 'zzz', note: '"eventTime":"2030-01-01T00:00:00Z"' })).toBeUndefined();
    expect(newestEventIn(Buffer.from('"eventTime":"2026-03-17T12:0'))).toBeUndefined();
    expect(newestEventIn(Buffer.alloc(0))).toBeUndefined();
  });
});

describe('newerEvent', () => {
  it('is the newer of the two, or the one that there is', () => {
    expect(newerEvent('2026-03-17T12:00:00Z', '2026-03-18T12:00:00Z')).toBe('2026-03-18T12:00:00Z');
    expect(newerEvent('2026-03-17T12:00:00Z', undefined)).toBe('2026-03-17T12:00:00Z');
    expect(newerEvent(undefined, undefined)).toBeUndefined();
  });
});
