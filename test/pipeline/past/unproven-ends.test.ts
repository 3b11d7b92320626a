import { describe, expect, it } from 'vitest';
import type { ComplianceSpan, Timeline } from '../../../src/causes/timeline.ts';
import { withUnprovenEnds } from '../../../src/pipeline/past/unproven-ends.ts';

const hour = (n: number): Date => new Date(Date.UTC(2026, 2, 17, n));
const SPAN = { accountId: '1', region: 'r', first: hour(9), last: new Date(hour(12).getTime() - 1000) };

/** A life of one span that complies. */
const complying = ({ since, until }: { readonly since: number; readonly until: number }): Timeline => {
  const span: ComplianceSpan = { from: since, to: until, tags: 'yes', mirroring: 'yes' };
  const share = { compliant: 1, yes: until - since, no: 0, unknown: 0 };
  return { events: [], spans: [span], shares: { tags: share, mirroring: share } };
};
const spansOf = (since: number, until: number, isNew = false, span: typeof SPAN | undefined = SPAN) =>
  withUnprovenEnds(span, { since: hour(since), until: hour(until) }, isNew, complying).spans.map(
    ({ from, to, tags }) => `${new Date(from).getUTCHours()}-${new Date(to).getUTCHours()} ${tags}`,
  );

describe('withUnprovenEnds', () => {
  it.each([
    [10, 11, ['10-11 yes'], 'within the records'],
    [8, 11, ['8-9 unknown', '9-11 yes'], 'from before the first record'],
    [10, 14, ['10-12 yes', '12-14 unknown'], 'beyond the last record'],
    [8, 14, ['8-9 unknown', '9-12 yes', '12-14 unknown'], 'beyond both'],
    [6, 8, ['6-8 unknown'], 'before all records'],
    [13, 14, ['13-14 unknown'], 'after all records'],
  ])('of %i to %i gives %j: %s', (since, until, spans) => {
    expect(spansOf(since, until)).toEqual(spans);
  });

  it('knows that what a record made did not exist before the records', () => {
    expect(spansOf(8, 11, true)).toEqual(['8-9 absent', '9-11 yes']);
  });

  it('knows nothing without records', () => {
    const { spans, shares } = withUnprovenEnds(undefined, { since: hour(8), until: hour(9) }, true, complying);
    expect(spans).toMatchObject([{ tags: 'unknown', mirroring: 'unknown' }]);
    expect(shares.tags).toEqual({ compliant: null, yes: 0, no: 0, unknown: 3_600_000 });
  });

  it('counts what is unknown, and does not count it against the share', () => {
    const { shares } = withUnprovenEnds(SPAN, { since: hour(8), until: hour(14) }, false, complying);
    expect(shares.mirroring).toEqual({ compliant: 1, yes: 3 * 3_600_000, no: 0, unknown: 3 * 3_600_000 });
  });
});
