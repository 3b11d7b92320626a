/** Answers a question from what the shards of a result have kept. */

import pLimit from 'p-limit';
import { grouped, plural } from '../../collections.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';
import type { HistoryRun } from '../history-run.ts';
import type { HistoryStore } from '../history-store.ts';
import { shardName } from '../plan.ts';
import { openRecordFile } from '../records/record-file.ts';
import { type RecordFile, readSummary, type ShardSummary } from '../shard/shard-summary.ts';
import { askFile, type Found, mayAnswer } from './ask-file.ts';
import type { Question } from './question.ts';

/** A record that meets the question, and its shard. */
export interface FoundRecord extends Found {
  readonly shard: string;
}

/** The answer of a result. */
export interface ResultAnswer {
  /** In the order of time, then of shards, files and records. Those without a time come first. */
  readonly found: readonly FoundRecord[];
  /** What could not be asked: shards without a result, damaged files, objects that the shards could not read. Each is named. */
  readonly rejected: readonly Rejected[];
  /** The shards that answered. */
  readonly shards: number;
  /** All records that were asked about. */
  readonly records: number;
  readonly bytesRead: number;
  /** Of the files of these records. */
  readonly bytes: number;
}

/** What to ask. */
export interface AskRequest {
  readonly result: HistoryStore;
  readonly run: HistoryRun;
  readonly question: Question;
  /** Told after each file, for progress. */
  readonly onFile?: ((done: number, of: number) => void) | undefined;
}

/** Files that are asked at the same time. */
const AT_ONCE = 8;
/** The answer is put in order before it is given, so it is held. */
const MOST_FOUND_BYTES = 512 * 1024 * 1024;
/** Records without a time are counted; the first of these are named. */
const MOST_TIMELESS = 100;

/**
 * The records of a result that meet the question. Throws PipelineError `usage` when no shard has a result yet, or more is found than can be put in
 * order in memory; and what the store throws when it cannot be reached. What else cannot be read is in `rejected`.
 */
export async function askResult(request: AskRequest): Promise<ResultAnswer> {
  const rejected: Rejected[] = [];
  const summaries = await summariesOf(request, rejected);
  if (summaries.length === 0 && !(await hasFolders(request.result))) throw noShards(request.result);
  const work = { ...request, found: [] as FoundRecord[], foundBytes: 0, bytesRead: 0, rejected };
  const limit = pLimit(AT_ONCE);
  const files = summaries.flatMap(({ shard, kept }) => kept.files.map((file) => ({ shard, file })));
  let done = 0;
  const askOne = async ({ shard, file }: (typeof files)[number]): Promise<void> => {
    await addAnswer(shard, file, work);
    done += 1;
    request.onFile?.(done, files.length);
  };
  await Promise.all(files.map((one) => limit(() => askOne(one))));
  return {
    found: work.found.toSorted(inTime),
    // Files answer in any order.
    rejected: rejected.toSorted((one, other) => (one.path < other.path ? -1 : Number(one.path > other.path))),
    shards: summaries.length,
    records: files.reduce((sum, { file }) => sum + file.records, 0),
    bytesRead: work.bytesRead,
    bytes: files.reduce((sum, { file }) => sum + file.bytes, 0),
  };
}

interface AskWork extends AskRequest {
  readonly found: FoundRecord[];
  readonly rejected: Rejected[];
  foundBytes: number;
  bytesRead: number;
}

async function addAnswer(shard: string, file: RecordFile, work: AskWork): Promise<void> {
  const { result, question, rejected } = work;
  if (!file.scopes.some((scope) => mayAnswer(scope, question))) return;
  const counting: Pick<HistoryStore, 'readRange' | 'place'> = {
    place: result.place,
    readRange: async (...range) => {
      const bytes = await result.readRange(...range);
      work.bytesRead += bytes.length;
      return bytes;
    },
  };
  try {
    const reader = await openRecordFile(counting, file);
    const rows = reader.metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
    if (rows !== file.records) throw new Error(`has ${rows} records, and ${file.records} were written`);
    const { found, timeless } = await askFile(reader, question);
    for (const each of found) {
      work.found.push({ ...each, shard });
      work.foundBytes += each.json.length;
    }
    if (timeless.length > 0) rejected.push(timelessIn(timeless));
  } catch (fault) {
    if (!(fault instanceof PipelineError) || fault.code !== 'aws-call-failed')
      rejected.push(unreadable(work, file, fault));
    else throw fault;
  }
  if (work.foundBytes > MOST_FOUND_BYTES)
    throw new PipelineError(
      'usage',
      `more than ${plural(work.found.length, 'record')} were found, too many to put in order: ask for a shorter period, an account or a region, or query the Parquet files with DuckDB or Athena`,
    );
}

function unreadable({ result }: AskWork, { name, records }: RecordFile, fault: unknown): Rejected {
  const path = `${result.place}/${name}`;
  const reason = messageOf(fault).replace(`${path} `, '').replace(`${path}: `, '');
  return { path, reason: `${reason}; its ${plural(records, 'record')} could not be asked` };
}

function timelessIn(timeless: readonly string[]): Rejected {
  const files = [...new Set(timeless)];
  const more = files.length > MOST_TIMELESS ? ` and ${grouped(files.length - MOST_TIMELESS)} more files` : '';
  return {
    path: `${files.slice(0, MOST_TIMELESS).join(', ')}${more}`,
    reason: `${plural(timeless.length, 'record')} without a time that can be read would be answers, so whether --since and --until include them is not known`,
  };
}

/** The summaries of all shards, in their order. Those that are missing or damaged are rejected. */
async function summariesOf({ result, run }: AskRequest, rejected: Rejected[]): Promise<readonly ShardSummary[]> {
  const limit = pLimit(AT_ONCE);
  const read = async (shard: string): Promise<ShardSummary | undefined> => {
    try {
      const summary = await readSummary(result, shard, run);
      if (summary === undefined) throw new Error('has no result: run the plan again, and it is scanned');
      rejected.push(...unreadObjects(summary));
      return summary;
    } catch (fault) {
      if (fault instanceof PipelineError && fault.code === 'aws-call-failed') throw fault;
      rejected.push({ path: `shard ${shard}`, reason: messageOf(fault) });
      return undefined;
    }
  };
  const shards = Array.from({ length: run.planned.shards }, (_, at) => shardName(at + 1));
  const summaries = await Promise.all(shards.map((shard) => limit(() => read(shard))));
  return summaries.filter((summary) => summary !== undefined);
}

/** What the shard itself could not read: the answer may be in it. */
function unreadObjects({ shard, failed, input }: ShardSummary): readonly Rejected[] {
  const named = new Set(failed.map(({ key }) => key));
  return [
    ...failed.map(({ key, reason }) => ({ path: key, reason: `${reason} (shard ${shard})` })),
    ...input.rejected.filter(({ path }) => !named.has(path)),
  ];
}

async function hasFolders(result: HistoryStore): Promise<boolean> {
  for await (const _ of result.list('shard=')) return true;
  return false;
}

function noShards({ place }: HistoryStore): PipelineError {
  return new PipelineError('usage', `${place} holds no shard yet: scan the plan with "mirrorwatch history run"`, {
    path: place,
  });
}

function inTime(one: FoundRecord, other: FoundRecord): number {
  return (
    (one.eventTime ?? Number.NEGATIVE_INFINITY) - (other.eventTime ?? Number.NEGATIVE_INFINITY) ||
    Number(one.shard) - Number(other.shard) ||
    one.fileIndex - other.fileIndex ||
    one.index - other.index
  );
}
