/** What the runs of a period read, all together: each object once, however often it was delivered. */

import { uniqueBy } from '../collections.ts';
import type { InputManifestEntry, LedgerRun } from '../ledger/ledger.ts';
import type { InputCounts, Rejected } from '../ledger/reading.ts';

/** The counts of a period, and its objects as their newest run read them. */
export interface PeriodInput {
  readonly input: InputCounts;
  readonly manifest: readonly InputManifestEntry[];
}

/**
 * The input of these runs, given oldest first. Of a run whose objects were all read before nothing counts again; of one that read
 * some of them again, what was found in the new ones counts. An input that was rejected and later read completely is not rejected.
 */
export function inputOver(runs: readonly LedgerRun[]): PeriodInput {
  const manifest = uniqueBy(runs.flatMap(({ inputs }) => inputs).toReversed(), keyOf);
  const counts = { sightings: 0, launches: 0, records: 0, bytes: 0 };
  const skipped: Record<string, number> = {};
  const omitted: Record<string, number> = {};
  const seen = new Set<string>();
  for (const { inputs, reading } of runs) {
    const fresh = inputs.filter((entry) => !seen.has(keyOf(entry)));
    for (const entry of fresh) seen.add(keyOf(entry));
    if (reading === undefined) continue;
    if (fresh.length < inputs.length) {
      for (const { sightings = 0, launches = 0 } of fresh) {
        counts.sightings += sightings;
        counts.launches += launches;
      }
      continue;
    }
    counts.sightings += reading.sightings;
    counts.launches += reading.launches;
    // Records that came in a message itself belong to no object.
    counts.records += Math.max(0, reading.records - sumOf(inputs, ({ records }) => records));
    counts.bytes += Math.max(0, reading.bytes - sumOf(inputs, ({ inflatedBytes = 0 }) => inflatedBytes));
    for (const [kind, count] of Object.entries(reading.skipped)) skipped[kind] = (skipped[kind] ?? 0) + count;
    for (const [call, count] of Object.entries(reading.omitted ?? {})) omitted[call] = (omitted[call] ?? 0) + count;
  }
  return {
    manifest,
    input: {
      files: manifest.filter(({ skipped }) => skipped === undefined).length,
      records: counts.records + sumOf(manifest, ({ records }) => records),
      bytes: counts.bytes + sumOf(manifest, ({ inflatedBytes = 0 }) => inflatedBytes),
      sightings: counts.sightings,
      launches: counts.launches,
      skipped,
      rejected: rejectedOver(runs),
      ...(Object.keys(omitted).length > 0 && { omitted }),
    },
  };
}

function rejectedOver(runs: readonly LedgerRun[]): readonly Rejected[] {
  const readLater = new Set(runs.flatMap(completelyRead));
  const named = uniqueBy(
    runs.flatMap(({ reading }) => reading?.rejected ?? []).filter(({ path }) => !readLater.has(path)),
    ({ path, reason }) => `${path}\n${reason}`,
  );
  const unnamed = runs.reduce(
    (sum, { reading }) => sum + (reading === undefined ? 0 : reading.rejectedCount - reading.rejected.length),
    0,
  );
  return unnamed === 0
    ? named
    : [...named, { path: `${unnamed} more inputs`, reason: 'counted; a run names only its first hundred' }];
}

/** The paths that a run read without any fault. */
function completelyRead({ inputs, reading }: LedgerRun): readonly string[] {
  const faulty = new Set((reading?.rejected ?? []).map(({ path }) => path));
  return inputs
    .filter(
      ({ path, damage, rejected = 0, skipped }) =>
        damage === undefined && rejected === 0 && skipped === undefined && !faulty.has(path),
    )
    .map(({ path }) => path);
}

function keyOf({ path, sha256 }: InputManifestEntry): string {
  return `${path}\n${sha256}`;
}

function sumOf<T>(list: readonly T[], figureOf: (one: T) => number): number {
  return list.reduce((sum, one) => sum + figureOf(one), 0);
}
