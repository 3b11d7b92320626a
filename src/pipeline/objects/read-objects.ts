/** Reads the objects that messages name: each once in a batch, and each fails on its own. */

import pLimit from 'p-limit';
import type { Wanted } from '../../cloudtrail/scanner/scan.ts';
import { plural } from '../../collections.ts';
import { watchedBy } from '../../config/watch-config.ts';
import type { Config } from '../../config.ts';
import { isChecksumFault, tooLarge } from '../../delivery/decompress.ts';
import { fetchLog, type LogStore } from '../../delivery/fetch-log.ts';
import { isForeignFile } from '../../delivery/log-file.ts';
import { accountsIn, regionsIn } from '../../delivery/log-key.ts';
import { type LogObject, objectId, uriOf } from '../../delivery/log-object.ts';
import { PipelineError } from '../../errors.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { markUnsound } from '../../sighting/unsound.ts';
import { sightingsIn, unplacedBecause, type Watched, wantedFor } from '../../sighting/watched.ts';
import { heardInFile } from '../freshness/heard-in-file.ts';
import { type UnplacedRecords, unplacedRecords } from '../gaps/unplaced-records.ts';
import { unreadOf } from '../gaps/unread-inputs.ts';
import { addFile, countSkipped, emptyContent, launchesRecorded, type MessageContent } from '../message-content.ts';
import { failureKind } from '../retry/retry-delay.ts';
import { believedSightings, type Origin } from '../trust/records.ts';
import { type FileEnd, failedEnd } from './file-end.ts';
import { scanStored } from './scan-stored.ts';

/** What was read of an object, which may be part of it, and why the rest could not be read. */
export interface ReadObject {
  readonly content: MessageContent;
  readonly error?: unknown;
}

/** What a reader has to know. */
type ReadConfig = Pick<Config, 'maxLogBytes' | 'trail' | 'watch'>;

/** How the objects of one batch are read. */
interface Reading extends Pick<ReadConfig, 'maxLogBytes' | 'trail'> {
  readonly watched: Watched;
  /** The records that sightings are made from. */
  readonly wanted: Wanted;
  readonly now: Date;
}

/** Reads the objects of one batch. */
export interface ObjectReader {
  /**
   * Reads the objects that one message names, or returns what was read of them when another message named them. If many are missing, the rest is
   * not asked for, and the first entry says how many that are. Never throws.
   */
  readonly read: (objects: readonly LogObject[]) => Promise<readonly ReadObject[]>;
  /** The path of an object that is a local file; undefined for one in S3. */
  readonly localPathOf: (object: LogObject) => string | undefined;
  /** Every object read so far, once, in the order in which they were asked for. */
  readonly all: () => Promise<readonly ReadObject[]>;
}

/** How many objects are fetched while others are scanned. */
const FETCHES_AT_ONCE = 6;

/**
 * Fetches in a row that S3 did not answer before no more of the batch are begun. Each costs most of a minute, and the function's time would be
 * over before it could say which messages failed.
 */
const MOST_SILENT_FETCHES = FETCHES_AT_ONCE;

/**
 * How many objects of one message may be missing or refused before the others are not asked for: CloudTrail names no file before it is there.
 * S3 refuses a missing object of a bucket that the caller may not list, as `watch` may not.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
const MOST_MISSING = 50;

/** A reader for one batch of messages. What records say of themselves is compared with their object's key, and with `now`. */
export function objectReader(logs: LogStore, config: ReadConfig, now: Date): ObjectReader {
  const { maxLogBytes, trail } = config;
  const watched = watchedBy(config.watch);
  const reading: Reading = { maxLogBytes, trail, watched, wanted: wantedFor(watched), now };
  const limit = pLimit(FETCHES_AT_ONCE);
  const objects = new Map<string, Promise<ReadObject>>();
  let silent = 0;
  const readUnlessSilent = async (object: LogObject): Promise<ReadObject> => {
    if (silent >= MOST_SILENT_FETCHES) return { content: emptyContent(), error: notBegun(object) };
    const found = await readObject(object, logs, reading);
    silent = wasSilent(found.error) ? silent + 1 : 0;
    return found;
  };
  const readOnce = (object: LogObject): Promise<ReadObject> => {
    const id = objectId(object);
    const reading = objects.get(id) ?? readUnlessSilent(object);
    objects.set(id, reading);
    return reading;
  };
  return {
    localPathOf: (object) => logs.localPathOf?.(object),
    read: async (named) => {
      let missing = 0;
      let lastFault: unknown;
      const read = named.map((object) =>
        limit(async () => {
          if (missing >= MOST_MISSING) return undefined;
          const found = await readOnce(object);
          if (isMissing(found.error)) {
            missing += 1;
            lastFault = found.error;
          }
          return found;
        }),
      );
      const found = (await Promise.all(read)).flatMap((one) => one ?? []);
      const left = named.length - found.length;
      return left === 0 ? found : [{ content: emptyContent(), error: notAskedFor(left, named, lastFault) }, ...found];
    },
    all: () => Promise.all(objects.values()),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof PipelineError && (error.code === 'log-missing' || error.concerns.awsCode === 'AccessDenied');
}

/** The last of the objects was not asked for, whichever others were. It waits for what the one before it, with `fault`, waits for. */
function notAskedFor(count: number, named: readonly LogObject[], fault: unknown): PipelineError {
  const last = named.at(-1);
  const key = last === undefined ? undefined : uriOf(last);
  const text = `${plural(count, 'object')} of a message that names ${named.length} ${count === 1 ? 'was' : 'were'} not asked for, the last of them ${key}: ${MOST_MISSING} of the others do not exist, or S3 refuses them`;
  const { code, concerns } = fault instanceof PipelineError ? fault : { code: 'log-missing' as const, concerns: {} };
  return new PipelineError(code, text, { key, awsCode: concerns.awsCode, cause: fault });
}

function wasSilent(error: unknown): boolean {
  return error instanceof PipelineError && error.concerns.awsCode === 'TimeoutError';
}

function notBegun(object: LogObject): PipelineError {
  const key = uriOf(object);
  const text = `${key} was not read: S3 did not answer for the ${MOST_SILENT_FETCHES} objects before it`;
  return new PipelineError('log-unreadable', text, { key, awsCode: 'TimeoutError', retryable: true });
}

async function readObject(object: LogObject, logs: LogStore, reading: Reading): Promise<ReadObject> {
  const { maxLogBytes, trail, now } = reading;
  const content = emptyContent();
  const localPath = logs.localPathOf?.(object);
  const path = localPath ?? uriOf(object);
  try {
    const { bytes, cutFrom, foundAsLog } = await fetchLog(logs, object, { maxBytes: maxLogBytes, orBeginning: true });
    const sightings: Sighting[] = [];
    const unplaced = unplacedRecords(path);
    const scanned = await scanInto({ sightings, unplaced }, bytes, path, reading);
    const origin = originOf(object, path, trail);
    // A local file may be a copy of any age under any name, and the time one that was asked for.
    const { believed, refused } =
      localPath === undefined ? believedSightings(sightings, origin, now) : { believed: sightings, refused: [] };
    for (const one of believed) content.sightings.push(one);
    for (const one of refused) content.refused.push(one);
    const end = cutFrom === undefined ? scanned : beginningOf(scanned, cutFrom, maxLogBytes);
    const damage = damageOf(end);
    if (damage !== undefined && end.records === 0 && foundAsLog !== true && isForeignFile(object.key, bytes)) {
      countSkipped(content, 'not-a-log');
      return { content };
    }
    const found = { sightings: content.sightings.length, launches: launchesRecorded(content.sightings) };
    addFile(content, path, damage === undefined ? end : { ...end, damage }, found);
    content.heard.push(...heardInFile(object.key, end));
    content.rejected.push(...unplaced.rejected());
    return damage === undefined ? { content } : { content, error: unreadable(path, damage, end.records) };
  } catch (error) {
    // What is missing or may not be read yet is not a fault of the logs.
    if (failureKind(error) === 'content') content.rejected.push(...unreadOf(error));
    return { content, error };
  }
}

/**
 * Where the key says that the records come from. Without a list of accounts the key's may be anybody's too, so that it proves nothing.
 */
function originOf({ bucket, key }: LogObject, path: string, { accounts }: Config['trail']): Origin {
  const [accountId, region] = [accountsIn(key)[0], regionsIn(key)[0]];
  return { path, source: `s3://${bucket}`, accountId, region, accounts };
}

/** The result for an object of which only the beginning was fetched. Its checksum is not known. */
function beginningOf(end: FileEnd, packedBytes: number, maxLogBytes: number): FileEnd {
  return { ...end, packedBytes, sha256: undefined, damage: tooLarge(maxLogBytes).message };
}

/** Why an object was not read completely; undefined when it was. Single values that are not records are rejected, but it was read. */
function damageOf({ damage, records, rejectedCount, skipped }: FileEnd): string | undefined {
  if (damage !== undefined) return damage;
  const holdsNothing = records === 0 && rejectedCount > 0 && Object.keys(skipped).length === 0;
  return holdsNothing ? 'nothing in it is a CloudTrail record' : undefined;
}

function unreadable(key: string, damage: string, records: number): PipelineError {
  const what = records === 0 ? 'nothing of it was read' : `${plural(records, 'record')} of it could be read`;
  return new PipelineError('log-unreadable', `${key} could not be read completely: ${damage}; ${what}`, { key });
}

/** Adds what the records say, and names those that do not say when or where. */
async function scanInto(
  { sightings, unplaced }: { readonly sightings: Sighting[]; readonly unplaced: UnplacedRecords },
  bytes: Buffer,
  path: string,
  { maxLogBytes, wanted: asked, watched }: Reading,
): Promise<FileEnd> {
  const settings = { wanted: asked, maxLogBytes, sha256: true, newestEvent: true };
  const from = sightings.length;
  let last = failedEnd('the scan did not end', bytes.length);
  for await (const { wanted, end = last } of scanStored(bytes, settings)) {
    for (const { record, index } of wanted) {
      sightings.push(...sightingsIn(record, watched, path));
      const lack = unplacedBecause(record, watched, path);
      if (lack !== undefined) unplaced.add(record, index, lack);
    }
    last = end;
  }
  if (isChecksumFault(last.damage)) markUnsound(sightings, from);
  return last;
}
