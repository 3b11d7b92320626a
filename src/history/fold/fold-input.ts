/** Adds up what the workers say of their shards, and finds what is missing: every planned object has to be accounted for. */

import { grouped, plural } from '../../collections.ts';
import { messageOf } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';
import { countForeign, countSkipped, emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import type { HistoryRun } from '../history-run.ts';
import type { HistoryStore } from '../history-store.ts';
import type { HistoryPlan, PlannedObject, ShardPointer } from '../plan.ts';
import { readOutcomes } from '../shard/object-outcomes.ts';
import { readSummary, type ShardSummary } from '../shard/shard-summary.ts';

/** The counts of all shards. */
export interface FoldedInput {
  /** As one scan of all objects would count; without a manifest, which the shards' own lists are. */
  readonly tally: Tally;
  readonly objects: ObjectCounts;
  /** What a fold needs of the shards that are done, in the order of the plan. */
  readonly shards: readonly FoldedShard[];
  readonly warnings: readonly string[];
}

/** What became of the planned objects. `planned` is the sum of the others. */
export interface ObjectCounts {
  planned: number;
  scanned: number;
  skipped: number;
  failed: number;
  /** Neither scanned nor skipped nor failed: their shards have no result, or one that does not name them. */
  missing: number;
}

/** A shard's kept records. */
export interface FoldedShard extends Pick<ShardSummary, 'shard' | 'unsound'> {
  readonly files: ShardSummary['kept']['files'];
}

/** What to fold. */
export interface FoldRequest {
  /** What of the listing is in no shard. */
  readonly plan: Pick<HistoryPlan, 'skipped' | 'rejected'>;
  readonly run: HistoryRun;
  readonly pointers: readonly ShardPointer[];
  readonly result: HistoryStore;
  /** The objects of a shard, as they were planned. Throws when the plan cannot be read. */
  readonly objectsOf: (pointer: ShardPointer) => AsyncIterable<PlannedObject>;
}

/** The counts of the shards' summaries. Never throws for a shard: one that is missing or damaged is named among the rejected input. */
export async function foldInput({ plan, run, pointers, result, objectsOf }: FoldRequest): Promise<FoldedInput> {
  const tally = emptyTally();
  const objects: ObjectCounts = { planned: 0, scanned: 0, skipped: 0, failed: 0, missing: 0 };
  const shards: FoldedShard[] = [];
  const warnings: string[] = [];
  for (const [kind, count] of Object.entries(plan.skipped)) countSkipped(tally, kind, count);
  for (const rejected of plan.rejected) tally.rejected.push(rejected);
  tally.unlogged.unopened += plan.rejected.length;
  for (const pointer of pointers) {
    objects.planned += pointer.objects;
    try {
      const summary = await readSummary(result, pointer.shard, run);
      if (summary === undefined) throw new Error('has no result yet: run the plan again');
      const lost = await unaccounted(pointer, summary, { result, objectsOf });
      tally.rejected.push(...lost);
      addSummary(summary, { tally, objects, warnings });
      objects.missing += lost.length;
      shards.push({ shard: summary.shard, unsound: summary.unsound, files: summary.kept.files });
    } catch (fault) {
      objects.missing += pointer.objects;
      tally.rejected.push(missingShard(pointer, messageOf(fault)));
    }
  }
  return { tally, objects, shards, warnings };
}

function missingShard({ shard, objects, manifest }: ShardPointer, reason: string): Rejected {
  return {
    path: `shard ${shard}`,
    reason: `${reason}; its ${plural(objects, 'object')} (${manifest} of the plan names ${objects === 1 ? 'it' : 'them'}) ${objects === 1 ? 'is' : 'are'} missing`,
  };
}

/**
 * The planned objects that a shard's result does not account for, each by key and etag. Throws PipelineError when the list of its objects cannot be
 * read.
 */
async function unaccounted(
  pointer: ShardPointer,
  { objectList }: ShardSummary,
  { result, objectsOf }: Pick<FoldRequest, 'result' | 'objectsOf'>,
): Promise<readonly Rejected[]> {
  const outcomes = await readOutcomes(result, objectList);
  const known = new Set(outcomes.map(identityOf));
  const lost: Rejected[] = [];
  for await (const object of objectsOf(pointer)) {
    if (known.delete(identityOf(object))) continue;
    lost.push({
      path: object.key,
      reason: `was planned${atEtag(object)}, and the result of shard ${pointer.shard} does not name it`,
    });
  }
  for (const identity of known) {
    const [key = ''] = JSON.parse(identity) as readonly string[];
    lost.push({ path: key, reason: `is in the result of shard ${pointer.shard}, and was not planned` });
  }
  return lost;
}

const identityOf = ({ key, etag }: Pick<PlannedObject, 'key' | 'etag'>): string => JSON.stringify([key, etag ?? '']);
const atEtag = ({ etag }: Pick<PlannedObject, 'etag'>): string => (etag === undefined ? '' : ` with etag ${etag}`);

function addSummary(
  { objects: found, input, foreignFiles, unopened, foreignAccounts, warnings: ofShard }: ShardSummary,
  { tally, objects, warnings }: { readonly tally: Tally; readonly objects: ObjectCounts; readonly warnings: string[] },
): void {
  objects.scanned += found.scanned;
  objects.failed += found.failed;
  for (const count of Object.values(found.skipped)) objects.skipped += count;
  tally.files += input.files;
  tally.records += input.records;
  tally.bytes += input.bytes;
  for (const [kind, count] of Object.entries(input.skipped)) countSkipped(tally, kind, count);
  for (const rejected of input.rejected) tally.rejected.push(rejected);
  tally.unlogged.foreign += foreignFiles;
  tally.unlogged.unopened += unopened;
  for (const [accountId, files, first] of foreignAccounts)
    countForeign(tally.unlogged.foreignAccounts, accountId, first, files);
  warnings.push(...ofShard);
}

/** `planned 20,000 objects = 19,990 scanned + 8 skipped + 2 failed`, with what is missing if anything is. */
export function objectsInWords({ planned, scanned, skipped, failed, missing }: ObjectCounts): string {
  const parts = [`${grouped(scanned)} scanned`, `${grouped(skipped)} skipped`, `${grouped(failed)} failed`];
  if (missing > 0) parts.push(`${grouped(missing)} missing`);
  return `${plural(planned, 'planned object')} = ${parts.join(' + ')}`;
}
