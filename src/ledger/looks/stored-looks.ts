/** The complete looks among runs, which ledgers keep once more by account and region. */

import type { ScopeLook } from '../../audit/gaps/gap.ts';
import type { LedgerRun } from '../ledger.ts';
import { NOTHING_READ, type RunReading } from '../reading.ts';

/** The complete looks of a run. */
export function looksOf(reading: RunReading | undefined): readonly ScopeLook[] {
  return (reading?.looks ?? []).filter(({ complete }) => complete);
}

/** A run that holds nothing but one look. */
export function runOfLook(at: Date, look: ScopeLook): LedgerRun {
  return { at, coverage: [], inputs: [], reading: { ...NOTHING_READ, rejectedCount: 0, looks: [look] } };
}

/** The looks of a run as they are kept with the run: what they say about everything is kept with the looks alone. */
export function withoutJudged(reading: RunReading): RunReading {
  return { ...reading, looks: reading.looks.map(({ judged: _, ...look }) => look) };
}
