/** Adds up what the workers say of their shards, and finds what is missing: every planned object has to be accounted for. */

import { grouped, plural } from '../../collections.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';
import { countForeign, countSkipped, emptyTally, type Tally } from '../../pipeline/reading/tally.ts';
import type { HistoryRun } from '../history-run.ts';
import type { HistoryStore } from '../history-store.ts';
import type { HistoryPlan, PlannedObject, ShardPointer } from '../plan.ts';
import { type ObjectOutcome, readOutcomes } from '../shard/object-outcomes.ts';
import { readSummary, type ShardSummary, summaryNameOf } from '../shard/shard-summary.ts';
import { checkRecordFile } from './check-record-file.ts';

/** The counts of all shards. */
export interface FoldedInput {
  /** As one scan of all objects would count; without a manifest, which the shards' own lists are. */
  readonly tally: Tally;
  readonly objects: ObjectCounts;
  /** What a fold needs of the shards that are done, in the order of the plan. */
  readonly shards: readonly FoldedShard[];
  readonly warnings: readonly string[];
  /** Whether a record of the period is known. */
  readonly inPeriod: boolean;
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

/**
 * The counts of the shards' summaries, each of them compared with its lists and with the plan. Never throws for a shard: one that is missing or
 * damaged is named among the rejected input.
 */
export async function foldInput({ objectsOf, ...request }: FoldRequest): Promise<FoldedInput> {
  const { result } = request;
  return summedUp(request, async (pointer, summary) => {
    const lost = await unaccounted(pointer, summary, { result, objectsOf });
    for (const file of summary.kept.files) await checkRecordFile(result, file);
    return lost;
  });
}

/** As `foldInput`, by what the summaries say of themselves. */
export async function countInput(request: Omit<FoldRequest, 'objectsOf'>): Promise<FoldedInput> {
  return summedUp(request, async () => []);
}

async function summedUp(
  { plan, run, pointers, result }: Omit<FoldRequest, 'objectsOf'>,
  lostIn: (pointer: ShardPointer, summary: ShardSummary) => Promise<readonly Rejected[]>,
): Promise<FoldedInput> {
  const tally = emptyTally();
  const objects: ObjectCounts = { planned: 0, scanned: 0, skipped: 0, failed: 0, missing: 0 };
  const shards: FoldedShard[] = [];
  const warnings: string[] = [];
  let inPeriod = false;
  for (const [kind, count] of Object.entries(plan.skipped)) countSkipped(tally, kind, count);
  for (const rejected of plan.rejected) tally.rejected.push(rejected);
  tally.unlogged.unopened += plan.rejected.length;
  for (const pointer of pointers) {
    objects.planned += pointer.objects;
    try {
      const summary = await readSummary(result, pointer.shard, run);
      if (summary === undefined) throw NO_RESULT;
      const lost = await lostIn(pointer, summary);
      for (const object of lost) tally.rejected.push(object);
      inPeriod ||= summary.input.inPeriod;
      addSummary(summary, { tally, objects, warnings });
      objects.missing += lost.length;
      shards.push({ shard: summary.shard, unsound: summary.unsound, files: summary.kept.files });
    } catch (fault) {
      objects.missing += pointer.objects;
      tally.rejected.push(missingShard(pointer, reasonOf(fault, pointer)));
    }
  }
  return { tally, objects, shards, warnings, inPeriod };
}

const NO_RESULT = new Error('has no result yet: run the plan again');

/** Why a shard's result cannot be used. One that is damaged is not replaced by itself: it says that the shard is done. */
function reasonOf(fault: unknown, { shard }: ShardPointer): string {
  const reason = messageOf(fault);
  const isDamaged = !(fault instanceof PipelineError) || ['log-unreadable', 'log-missing'].includes(fault.code);
  if (fault === NO_RESULT || !isDamaged) return reason;
  return `${reason}; remove ${summaryNameOf(shard)} from the result, and the next "history run" scans the shard again`;
}

function missingShard({ shard, objects, manifest }: ShardPointer, reason: string): Rejected {
  return {
    path: `shard ${shard}`,
    reason: `${reason}; its ${plural(objects, 'object')} (${manifest} of the plan names ${objects === 1 ? 'it' : 'them'}) ${objects === 1 ? 'is' : 'are'} missing`,
  };
}

/**
 * The planned objects that a shard's result does not account for, each by key and etag. Throws when the list of its objects cannot be read, says
 * something else than the summary, or names what was not planned.
 */
async function unaccounted(
  pointer: ShardPointer,
  { objectList, objects }: ShardSummary,
  { result, objectsOf }: Pick<FoldRequest, 'result' | 'objectsOf'>,
): Promise<readonly Rejected[]> {
  const outcomes = await readOutcomes(result, objectList);
  const counted = countsOf(outcomes);
  if (OUTCOMES.some((outcome) => counted[outcome] !== summed(objects[outcome])))
    throw new Error(`its list of objects has ${wordsOf(counted)}, and its summary says otherwise`);
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
    throw new Error(`its result names what was not planned, such as ${key}`);
  }
  return lost;
}

const OUTCOMES = ['scanned', 'skipped', 'failed'] as const;
type OutcomeCounts = Record<(typeof OUTCOMES)[number], number>;

function countsOf(outcomes: readonly ObjectOutcome[]): Readonly<OutcomeCounts> {
  const counts: OutcomeCounts = { scanned: 0, skipped: 0, failed: 0 };
  for (const { outcome } of outcomes) counts[outcome] += 1;
  return counts;
}

/** A count, or counts by kind. */
function summed(counts: number | Readonly<Record<string, number>>): number {
  return typeof counts === 'number' ? counts : Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function wordsOf(counts: Readonly<OutcomeCounts>): string {
  return OUTCOMES.map((outcome) => `${grouped(counts[outcome])} ${outcome}`).join(' + ');
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
