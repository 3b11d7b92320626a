import { describe, expect, it } from 'vitest';
import type { FindingEvidence } from '../../src/audit/finding.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { remediationWords, timeToRemediate } from '../../src/report/remediation-time.ts';
import { aCall, callBy, calls, possible, unknown } from '../support/causes.ts';
import { aFinding, anEntry, anEvidence } from '../support/findings.ts';

const hour = (n: number): Date => new Date(Date.UTC(2026, 10, 20) + n * 3_600_000);
const at = (n: number) => ({ eventTime: hour(n).toISOString() });
const resolution = (n: number): FindingEvidence => ({ ...anEvidence(at(n)), role: 'resolution' });

/** An entry that was seen open at hour 5 and resolved at hour 8. */
function entry(
  cause: LedgerEntry['finding']['cause'],
  parts: Partial<LedgerEntry> = {},
  evidence: readonly FindingEvidence[] = [],
) {
  const finding = aFinding({ status: 'resolved', cause, evidence });
  return anEntry(finding, { openedAt: hour(5), resolvedAt: hour(8), ...parts });
}

const timesOf = (...entries: readonly LedgerEntry[]) => {
  const { measured, atLeast } = timeToRemediate(entries, ({ resolved }) => resolved);
  const hours = (seconds: number | null) => (seconds === null ? null : seconds / 3600);
  return {
    measured: [measured.count, hours(measured.meanSeconds)],
    atLeast: [atLeast.count, hours(atLeast.meanSeconds)],
  };
};
const NONE = [0, null];

describe('timeToRemediate', () => {
  it('begins with the call that is proven to be the cause, however late we looked', () => {
    expect(timesOf(entry(aCall('erin', at(1))))).toEqual({ measured: [1, 7], atLeast: NONE });
  });

  it('begins with the newest of several calls: it was in order until then', () => {
    const together = calls(callBy('erin', at(1)), callBy('dana', at(4)));
    expect(timesOf(entry(together))).toEqual({ measured: [1, 4], atLeast: NONE });
  });

  it('ends with the record that shows the end, else with the look', () => {
    const cause = aCall('erin', at(1));
    expect(timesOf(entry(cause, {}, [resolution(6)]))).toEqual({ measured: [1, 5], atLeast: NONE });
    expect(timesOf(entry(cause, {}, [resolution(9)]))).toEqual({ measured: [1, 7], atLeast: NONE });
  });

  it.each([
    ['unknown', unknown()],
    ['possible', possible('erin')],
    ['after the end', aCall('erin', at(9))],
  ])('is only known to have lasted at least as long as we saw it if the cause is %s', (_, cause) => {
    expect(timesOf(entry(cause))).toEqual({ measured: NONE, atLeast: [1, 3] });
  });

  it('keeps both kinds apart', () => {
    expect(timesOf(entry(aCall('erin', at(1))), entry(aCall('erin', at(3))), entry(unknown()))).toEqual({
      measured: [2, 6],
      atLeast: [1, 3],
    });
  });

  it('knows the cause of the last time only', () => {
    const openSpans = [
      { from: hour(1), to: hour(2), resolved: true },
      { from: hour(5), to: hour(8), resolved: true },
    ];
    expect(timesOf(entry(aCall('erin', at(4)), { openSpans }))).toEqual({ measured: [1, 4], atLeast: [1, 1] });
    // A cause from before it was last in order is not that of the last time.
    expect(timesOf(entry(aCall('erin', at(1)), { openSpans }))).toEqual({ measured: NONE, atLeast: [2, 2] });
  });

  it('does not count an exemption as a part of the time', () => {
    const openSpans = [
      { from: hour(1), to: hour(2), resolved: false },
      { from: hour(5), to: hour(8), resolved: true },
    ];
    expect(timesOf(entry(aCall('erin', at(1)), { openSpans }))).toEqual({ measured: NONE, atLeast: [1, 3] });
  });
});

describe('remediationWords', () => {
  const mean = (count: number, hours: number | null) => ({ count, meanSeconds: hours === null ? null : hours * 3600 });

  it.each([
    [mean(4, 3), mean(9, 1), '3 h on average (4 findings with a proven start); at least 1 h for 9 others'],
    [mean(1, 3), mean(0, null), '3 h on average (1 finding with a proven start)'],
    [mean(0, null), mean(2, 1), 'at least 1 h on average (2 findings whose start is not proven)'],
    [mean(0, null), mean(0, null), ''],
  ])('says of how many findings the start is proven', (measured, atLeast, words) => {
    expect(remediationWords({ measured, atLeast })).toBe(words);
  });
});
