/** The figures of a report, its chart and the digest on the same period are computed from one window. They must never disagree. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeDigest } from '../../src/alert/compose-digest.ts';
import type { Finding, FindingStatus, Judgement } from '../../src/audit/finding.ts';
import { parseConfig } from '../../src/config.ts';
import { coverageOf } from '../../src/ledger/coverage.ts';
import type { Ledger, OpenSpan } from '../../src/ledger/ledger.ts';
import { openSpansOf } from '../../src/ledger/open-spans.ts';
import { reportFromLedger } from '../../src/pipeline/report-source.ts';
import { aFinding, aJudgement, aLook, aReading } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';

const CONFIG = parseConfig('{"requiredTags": ["Owner"]}', 'config.json');
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 2, 1, 7);
const atHour = (hour: number): Date => new Date(START + hour * HOUR_MS);

interface Observed {
  readonly hour: number;
  readonly states: readonly (FindingStatus | 'unknown' | 'absent')[];
  readonly complete: boolean;
}

/** Six resources, observed at any times in any state. Times often fall on the ends of the period. */
const aHistory = fc.uniqueArray(
  fc.record({
    hour: fc.integer({ min: 0, max: 80 }),
    states: fc.array(
      fc.constantFrom<Observed['states'][number]>('open', 'open', 'resolved', 'muted', 'unknown', 'absent'),
      {
        minLength: 6,
        maxLength: 6,
      },
    ),
    complete: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12, selector: ({ hour }) => hour },
);

async function recorded(history: readonly Observed[]): Promise<Ledger> {
  const ledger = aLedger();
  for (const { hour, states, complete } of history) {
    const findings: Finding[] = [];
    const judgements: Judgement[] = [];
    states.forEach((state, n) => {
      const resourceId = `i-${n}`;
      if (state === 'open' || state === 'muted') findings.push(aFinding({ resourceId, status: state }));
      if (state === 'resolved') judgements.push(aJudgement({ resourceId }));
      if (state === 'unknown') judgements.push(aJudgement({ resourceId, result: 'unknown' }));
    });
    const coverage = complete ? coverageOf(findings, judgements) : undefined;
    const reading = aReading({ looks: complete ? [aLook()] : [] });
    await ledger.record({ at: atHour(hour), findings, judgements, outcomes: [], coverage, reading });
  }
  return ledger;
}

async function openSpansIn(ledger: Ledger): Promise<ReadonlyMap<string, readonly OpenSpan[]>> {
  const entries = await ledger.entries({});
  return new Map(entries.map((entry) => [entry.finding.id, openSpansOf(entry)]));
}

describe('a report on a period', () => {
  it('has tiles, chart and digest that agree, whatever the ledger holds and wherever the period ends', async () => {
    const period = fc.tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 48 }));
    await fc.assert(
      fc.asyncProperty(aHistory, period, async (history, [first, hours]) => {
        const ledger = await recorded(history);
        const span = { since: atHour(first), until: atHour(first + hours) };
        const options = { period: span, now: atHour(200), toolVersion: '0' };
        const { summary, findings } = await reportFromLedger(ledger, CONFIG, options);
        const { trend, coverage } = summary;
        const total = (of: (point: (typeof trend)[number]) => number): number =>
          trend.reduce((sum, point) => sum + of(point), 0);
        expect(total(({ opened }) => opened)).toBe(summary.opened);
        expect(total(({ resolved }) => resolved)).toBe(summary.remediated);
        expect(trend.at(-1)?.open ?? 0).toBe(summary.open);
        expect(findings.filter(({ status }) => status === 'open')).toHaveLength(summary.open);

        // What happened at the end of the period or later leaves no trace in it.
        const before = await recorded(history.filter(({ hour }) => hour < first + hours));
        const earlier = (await reportFromLedger(before, CONFIG, options)).summary;
        expect([summary.open, summary.opened, summary.remediated]).toEqual([
          earlier.open,
          earlier.opened,
          earlier.remediated,
        ]);
        expect([coverage, trend]).toEqual([earlier.coverage, earlier.trend]);

        const measured = history.filter(({ hour, complete }) => complete && hour >= first && hour < first + hours);
        // What is said to be resolved was open in the period, not exempted all the time.
        const spansById = await openSpansIn(ledger);
        for (const { id, status } of findings) {
          if (status !== 'resolved') continue;
          const spans = spansById.get(id) ?? [];
          expect(spans.some(({ from, to }) => from < span.until && (to === null || to >= span.since))).toBe(true);
        }

        const judged = measured.filter(({ states }) => states.some((state) => state !== 'absent' && state !== 'muted'));
        if (judged.length === 0) expect(coverage.tags.filter(({ checked }) => checked > 0)).toEqual([]);
        for (const { checked, passed } of coverage.tags) expect(passed).toBeLessThanOrEqual(checked);
      }),
      { numRuns: 250 },
    );
  }, 60_000);

  it('has the figures that the digest of the same day mails', async () => {
    await fc.assert(
      fc.asyncProperty(aHistory, fc.integer({ min: 1, max: 80 }), async (history, end) => {
        const ledger = await recorded(history);
        const until = atHour(end);
        const period = { since: new Date(until.getTime() - 24 * HOUR_MS), until };
        const { summary } = await reportFromLedger(ledger, CONFIG, { period, now: until, toolVersion: '0' });
        const week = { since: new Date(until.getTime() - 7 * 24 * HOUR_MS), until };
        const source = {
          entries: await ledger.entries({ period: week }),
          runs: await ledger.runs(week),
          lastLogAt: until,
        };
        const { subject, body } = composeDigest({ every: 'daily', ...source }, { now: until });
        expect(subject).toContain(`: ${summary.open} open`);
        expect(body).toContain(`: ${summary.opened} new, ${summary.remediated} resolved.`);
        const last = summary.coverage.tags.at(-1);
        if (last === undefined) expect(body).toContain('Coverage: not measured.');
        else if (last.checked === 0) expect(body).toContain('Tagged: not measured');
        else expect(body).toContain(`Tagged: ${last.passed} of ${last.checked + (last.unknown ?? 0)} instances`);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('counts nothing as resolved that was exempted until its resource was gone', async () => {
    const ledger = aLedger();
    const exempt = aFinding({ resourceId: 'i-exempt', status: 'muted' });
    const open = aFinding({ resourceId: 'i-open' });
    await ledger.record({ at: atHour(1), findings: [exempt, open], judgements: [], outcomes: [] });
    const gone = ['i-exempt', 'i-open'].map((resourceId) => aJudgement({ resourceId, result: 'gone' }));
    await ledger.record({ at: atHour(2), findings: [], judgements: gone, outcomes: [] });
    const options = { period: { since: atHour(0), until: atHour(3) }, now: atHour(3), toolVersion: '0' };
    const { summary, findings } = await reportFromLedger(ledger, CONFIG, options);
    expect(findings.map(({ resourceId, status }) => `${resourceId} ${status}`)).toEqual(['i-open resolved']);
    expect([summary.resolved, summary.remediated]).toEqual([1, 1]);
    const before = { ...options, period: { since: atHour(0), until: atHour(2) } };
    const statuses = (await reportFromLedger(ledger, CONFIG, before)).findings.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual(['muted', 'open']);
  });

  it('has a chart of years that adds up to the tiles', async () => {
    const ledger = aLedger();
    const day = (n: number): Date => new Date(Date.UTC(2020, 0, 1) + n * 24 * HOUR_MS);
    for (let n = 0; n < 60; n += 1) {
      const finding = aFinding({ resourceId: `i-${n}` });
      await ledger.record({ at: day(n * 40), findings: [finding], judgements: [], outcomes: [] });
      if (n % 3 > 0)
        await ledger.record({
          at: day(n * 40 + 20),
          findings: [],
          judgements: [aJudgement({ resourceId: `i-${n}` })],
          outcomes: [],
        });
    }
    const options = { period: { since: new Date(0), until: day(3000) }, now: day(3000), toolVersion: '0' };
    const { summary } = await reportFromLedger(ledger, CONFIG, options);
    expect(summary.trend.length).toBeLessThanOrEqual(400);
    expect(summary.trend.reduce((sum, { opened }) => sum + opened, 0)).toBe(summary.opened);
    expect(summary.trend.reduce((sum, { resolved }) => sum + resolved, 0)).toBe(summary.remediated);
    expect([summary.opened, summary.remediated, summary.trend.at(-1)?.open, summary.open]).toEqual([60, 40, 20, 20]);
  });
});
