import { describe, expect, it } from 'vitest';
import { collectSpans, unprovableBecause } from '../../../src/pipeline/past/record-span.ts';

const record = (eventTime: string | undefined, awsRegion = 'eu-west-1', recipientAccountId = '111122223333') => ({
  ...{ awsRegion, recipientAccountId, eventTime },
});
const at = (time: string): Date => new Date(`2026-03-17T${time}Z`);

describe('collectSpans', () => {
  it('keeps the oldest and the newest record of each account and region, in whatever order they come', () => {
    const { add, spans } = collectSpans();
    for (const time of ['10:00:00', '09:00:00', '12:00:00', '11:00:00']) add(record(`2026-03-17T${time}Z`));
    add(record('2026-03-17T08:00:00Z', 'us-east-1'));
    expect([...spans]).toEqual([
      [
        '111122223333:eu-west-1',
        { accountId: '111122223333', region: 'eu-west-1', first: at('09:00:00'), last: at('12:00:00') },
      ],
      [
        '111122223333:us-east-1',
        { accountId: '111122223333', region: 'us-east-1', first: at('08:00:00'), last: at('08:00:00') },
      ],
    ]);
  });

  it('takes the account of the caller if the record names no recipient, and leaves out a record without place or time', () => {
    const { add, spans } = collectSpans();
    add({ eventTime: '2026-03-17T09:00:00Z', awsRegion: 'eu-west-1', userIdentity: { accountId: '444455556666' } });
    add({ eventTime: '2026-03-17T09:00:00Z', awsRegion: 'eu-west-1' });
    add(record(undefined));
    add(record('yesterday'));
    expect([...spans.keys()]).toEqual(['444455556666:eu-west-1']);
  });
});

describe('unprovableBecause', () => {
  const span = { accountId: '1', region: 'r', first: at('09:00:00'), last: at('12:00:00') };

  it.each([
    [undefined, '10:00:00', /no record of it/],
    [span, '08:59:59', /^its records begin at 2026-03-17T09:00:00Z/],
    [span, '09:00:00', undefined],
    [span, '12:00:00', undefined],
    [span, '12:00:00.999', undefined],
    [span, '12:00:01', /^its records end at 2026-03-17T12:00:00Z/],
  ])('of %o at %s: %s', (known, time, reason) => {
    const said = unprovableBecause(known, at(time));
    if (reason === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(reason);
  });
});
