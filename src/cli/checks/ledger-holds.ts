/** Refuses a report on a period, account or region of which the ledger knows nothing: it would be green without a judgement. */

import { didYouMean } from '../../config/spelling.ts';
import { PipelineError } from '../../errors.ts';
import type { Ledger, LedgerEntry, LedgerRun, Period } from '../../ledger/ledger.ts';

/** The part of the ledger that a report is about. */
export interface ReportedPart {
  readonly period: Period;
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
}

const ALWAYS: Period = { since: new Date(0), until: new Date(8.64e15) };

/**
 * Throws PipelineError `usage` if nothing was run or open in the period, or if an account or region never occurs in the ledger. Call
 * it for a report without findings only: it reads the whole ledger where the period has nothing.
 */
export async function refuseUnknownPart(
  ledger: Pick<Ledger, 'runs' | 'entries'>,
  { period, accounts, regions }: ReportedPart,
): Promise<void> {
  if (accounts !== undefined || regions !== undefined) {
    const entries = await ledger.entries({});
    const runs = await ledger.runs(ALWAYS);
    refuseUnknown('--regions', regions, namesIn(entries, runs, 'region'));
    refuseUnknown('--accounts', accounts, namesIn(entries, runs, 'accountId'));
  }
  if ((await ledger.runs(period)).length > 0) return;
  const times = (await ledger.runs(ALWAYS)).map(({ at }) => at.toISOString());
  const [first, last] = [times[0], times.at(-1)];
  const known = first === undefined ? 'it records no run at all' : `its runs are from ${first} to ${last}`;
  throw new PipelineError(
    'usage',
    `nothing was judged from ${period.since.toISOString()} to ${period.until.toISOString()}: the ledger has no run of that period; ${known}`,
  );
}

/** Every account or region that the ledger has a finding or a measurement of. */
function namesIn(
  entries: readonly LedgerEntry[],
  runs: readonly LedgerRun[],
  part: 'accountId' | 'region',
): ReadonlySet<string> {
  const names = new Set(entries.map(({ finding }) => finding[part]));
  for (const { coverage } of runs) for (const measured of coverage) names.add(measured[part]);
  return names;
}

function refuseUnknown(option: string, asked: readonly string[] | undefined, known: ReadonlySet<string>): void {
  // A ledger without findings or measurements knows no names: then they prove nothing.
  if (known.size === 0) return;
  const unknown = (asked ?? []).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const has = `; it has ${[...known].toSorted().join(', ')}`;
  const lines = unknown.map(
    (name) => `${JSON.stringify(name)} does not occur in the ledger${didYouMean(name, known) || has}`,
  );
  throw new PipelineError('usage', `${option}: ${lines.join('\n  ')}`);
}
