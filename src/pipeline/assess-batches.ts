/** Judges sightings in batches, one after another, so that what years of records say need not fit into memory. */

import type { InputCounts } from '../report/report.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { Assessment } from './assess.ts';
import { launchesOf } from './message-content.ts';

/** What records say of some accounts. No other batch is about these: an account's sightings are judged together. */
export interface SightingBatch {
  readonly sightings: readonly Sighting[];
  /** Calls that failed after all, by addenda to their records. */
  readonly withdrawn: readonly Sighting[];
}

/** The answers of all batches. */
export interface AssessedBatches {
  readonly assessment: Assessment;
  readonly counts: Pick<InputCounts, 'sightings' | 'launches'>;
  /** The time of the newest call; undefined if there was none. */
  readonly newest: Date | undefined;
}

/** Assesses each batch and puts the answers together. Of a batch, nothing but its answers is kept once it is judged. */
export async function assessBatches(
  batches: Iterable<SightingBatch> | AsyncIterable<SightingBatch>,
  assess: (batch: SightingBatch) => Promise<Assessment>,
): Promise<AssessedBatches> {
  const all: Assessment[] = [];
  const counts = { sightings: 0, launches: 0 };
  let newest: Date | undefined;
  for await (const batch of batches) {
    counts.sightings += batch.sightings.length;
    counts.launches += launchesOf(batch.sightings);
    for (const { eventTime } of batch.sightings) if (newest === undefined || eventTime > newest) newest = eventTime;
    const one = await assess(batch);
    all.push({ ...one, scopes: one.scopes.map(withoutCalls) });
  }
  return { assessment: together(all), counts, newest };
}

/** What was sighted has served its purpose, as the findings have their evidence; but a plan looks for suspicions. */
function withoutCalls(scope: Assessment['scopes'][number]): Assessment['scopes'][number] {
  return { ...scope, sightings: scope.sightings?.filter(({ kind }) => kind === 'suspicion') };
}

function together(all: readonly Assessment[]): Assessment {
  return {
    scopes: all.flatMap(({ scopes }) => scopes),
    findings: all.flatMap(({ findings }) => findings),
    judgements: all.flatMap(({ judgements }) => judgements),
    unread: all.flatMap(({ unread }) => unread),
    omitted: all.flatMap(({ omitted }) => omitted),
    failed: all.flatMap(({ failed }) => failed),
  };
}
