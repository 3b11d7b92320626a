import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FindingStatus } from '../../src/audit/finding.ts';
import { entryAt } from '../../src/ledger/entry-at.ts';
import type { LedgerEntry, Observation } from '../../src/ledger/ledger.ts';
import { openSpansOf } from '../../src/ledger/open-spans.ts';
import { aFinding, aJudgement } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

function observed(minute: number, state: FindingStatus): Observation {
  const { resourceId } = aFinding();
  const base = { at: at(minute), outcomes: [] };
  if (state === 'resolved') return { ...base, findings: [], judgements: [aJudgement({ resourceId })] };
  return { ...base, findings: [aFinding({ status: state })], judgements: [] };
}

async function entryAfter(observations: readonly Observation[]): Promise<LedgerEntry | undefined> {
  const ledger = aLedger();
  for (const observation of observations) await ledger.record(observation);
  const [entry] = await ledger.entries({});
  ledger.close();
  return entry;
}

/** What a report shows of an entry that depends on its end. */
const shown = (entry: LedgerEntry) => {
  const { finding, resolvedAt } = entry;
  return { status: finding.status, resolvedAt, spans: openSpansOf(entry) };
};

describe('entryAt', () => {
  it('is the entry as a ledger has it that knows nothing of what happened at the end or later', async () => {
    const history = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom<FindingStatus>('open', 'resolved', 'muted')),
      {
        minLength: 1,
        maxLength: 9,
        selector: ([minute]) => minute,
      },
    );
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 20 }), async (facts, end) => {
        const all = await entryAfter(facts.map(([minute, state]) => observed(minute, state)));
        const until = await entryAfter(
          facts.filter(([minute]) => minute < end).map(([minute, state]) => observed(minute, state)),
        );
        // Without an entry, or a finding that was only ever resolved, a report of the period has nothing to show.
        if (all === undefined || until === undefined) return;
        const [actual, expected] = [shown(entryAt(all, at(end))), shown(until)];
        expect(actual.spans).toEqual(expected.spans);
        expect(actual.status === 'open').toBe(expected.status === 'open');
        // An entry does not have the times of its exemptions.
        if (!facts.some(([, state]) => state === 'muted')) expect(actual).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it('is the entry itself when nothing happened since', async () => {
    const entry = await entryAfter([observed(1, 'open'), observed(5, 'resolved')]);
    expect(entry && entryAt(entry, at(6))).toBe(entry);
  });
});
