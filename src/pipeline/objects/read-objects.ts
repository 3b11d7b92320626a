/** Reads the objects that messages name: each once in a batch, and each fails on its own. */

import pLimit from 'p-limit';
import type { Wanted } from '../../cloudtrail/scanner/scan.ts';
import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { isChecksumFault, tooLarge } from '../../delivery/decompress.ts';
import { fetchLog, type LogStore } from '../../delivery/fetch-log.ts';
import { isForeignFile } from '../../delivery/log-file.ts';
import { type LogObject, objectId, uriOf } from '../../delivery/log-object.ts';
import { PipelineError } from '../../errors.ts';
import { sightingsOf, WANTED_CALLS } from '../../sighting/readers.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { markUnsound } from '../../sighting/unsound.ts';
import { unreadOf } from '../gaps/unread-inputs.ts';
import { addFile, countSkipped, emptyContent, launchesRecorded, type MessageContent } from '../message-content.ts';
import { failureKind } from '../retry/retry-delay.ts';
import { type FileEnd, failedEnd } from './file-end.ts';
import { scanStored } from './scan-stored.ts';

/** What was read of an object, which may be part of it, and why the rest could not be read. */
export interface ReadObject {
  readonly content: MessageContent;
  readonly error?: unknown;
}

/** Reads the objects of one batch. */
export interface ObjectReader {
  /** Reads an object, or returns what was read of it when another message named it. Never throws. */
  readonly read: (object: LogObject) => Promise<ReadObject>;
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

/** The records that sightings are made from. */
const WANTED: Wanted = { eventNames: WANTED_CALLS };

/** A reader for one batch of messages. */
export function objectReader(logs: LogStore, config: Pick<Config, 'maxLogBytes'>): ObjectReader {
  const limit = pLimit(FETCHES_AT_ONCE);
  const objects = new Map<string, Promise<ReadObject>>();
  let silent = 0;
  const readUnlessSilent = async (object: LogObject): Promise<ReadObject> => {
    if (silent >= MOST_SILENT_FETCHES) return { content: emptyContent(), error: notBegun(object) };
    const found = await readObject(object, logs, config);
    silent = wasSilent(found.error) ? silent + 1 : 0;
    return found;
  };
  return {
    localPathOf: (object) => logs.localPathOf?.(object),
    read: (object) => {
      const id = objectId(object);
      const known = objects.get(id);
      if (known !== undefined) return known;
      const reading = limit(() => readUnlessSilent(object));
      objects.set(id, reading);
      return reading;
    },
    all: () => Promise.all(objects.values()),
  };
}

function wasSilent(error: unknown): boolean {
  return error instanceof PipelineError && error.concerns.awsCode === 'TimeoutError';
}

function notBegun(object: LogObject): PipelineError {
  const key = uriOf(object);
  const text = `${key} was not read: S3 did not answer for the ${MOST_SILENT_FETCHES} objects before it`;
  return new PipelineError('log-unreadable', text, { key, awsCode: 'TimeoutError', retryable: true });
}

async function readObject(
  object: LogObject,
  logs: LogStore,
  { maxLogBytes }: Pick<Config, 'maxLogBytes'>,
): Promise<ReadObject> {
  const content = emptyContent();
  const path = logs.localPathOf?.(object) ?? uriOf(object);
  try {
    const { bytes, cutFrom, foundAsLog } = await fetchLog(logs, object, { maxBytes: maxLogBytes, orBeginning: true });
    const scanned = await scanInto(content.sightings, bytes, path, maxLogBytes);
    const end = cutFrom === undefined ? scanned : beginningOf(scanned, cutFrom, maxLogBytes);
    const damage = damageOf(end);
    if (damage !== undefined && end.records === 0 && foundAsLog !== true && isForeignFile(object.key, bytes)) {
      countSkipped(content, 'not-a-log');
      return { content };
    }
    const found = { sightings: content.sightings.length, launches: launchesRecorded(content.sightings) };
    addFile(content, path, damage === undefined ? end : { ...end, damage }, found);
    return damage === undefined ? { content } : { content, error: unreadable(path, damage, end.records) };
  } catch (error) {
    // What is missing or may not be read yet is not a fault of the logs.
    if (failureKind(error) === 'content') content.rejected.push(...unreadOf(error));
    return { content, error };
  }
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

async function scanInto(sightings: Sighting[], bytes: Buffer, path: string, maxLogBytes: number): Promise<FileEnd> {
  const settings = { wanted: WANTED, maxLogBytes, sha256: true };
  const from = sightings.length;
  let last = failedEnd('the scan did not end', bytes.length);
  for await (const { wanted, end = last } of scanStored(bytes, settings)) {
    for (const { record } of wanted) sightings.push(...sightingsOf(record, path));
    last = end;
  }
  if (isChecksumFault(last.damage)) markUnsound(sightings, from);
  return last;
}
