/** The first part of the walk: messages become log objects, records and sightings. Each message and object fails on its own. */

import pLimit from 'p-limit';
import type { Wanted } from '../cloudtrail/scanner/scan.ts';
import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import { fetchLog, type LogStore } from '../delivery/fetch-log.ts';
import { readLogKey } from '../delivery/log-key.ts';
import { distinctObjects } from '../delivery/log-object.ts';
import { type LogObject, readNotification } from '../delivery/notification.ts';
import { asObject } from '../delivery/shape.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { InputCounts } from '../report/report.ts';
import { distinctSightings } from '../sighting/dedupe.ts';
import { sightingsOfEvent } from '../sighting/events.ts';
import { sightingsOf, WANTED_CALLS } from '../sighting/readers.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { RequestedResources } from './assess.ts';
import { emptyFileEntry } from './gaps/scanned-file.ts';
import {
  addFile,
  countSkipped,
  type EventNotification,
  emptyContent,
  type MessageContent,
  type RefusedDelivery,
} from './message-content.ts';
import { readOwnMessage, type ScopeSweep } from './own-messages.ts';
import { isLong, scanLong, scanPacked } from './scan-packed.ts';

/** A message that has to be delivered again, and why. */
export interface FailedMessage {
  readonly message: Message;
  readonly error: unknown;
}

/** Everything that a batch of messages contains. */
export interface Collected {
  /** Without repeats, in the order of their time. */
  readonly sightings: readonly Sighting[];
  /** Resources that messages of our own ask to look at again. */
  readonly requested: readonly RequestedResources[];
  /** Sweeps of single accounts and regions that messages of our own ask for. */
  readonly sweeps: readonly ScopeSweep[];
  readonly input: InputCounts;
  readonly manifest: readonly InputManifestEntry[];
  readonly refused: readonly RefusedDelivery[];
  /** EventBridge events verbatim, for callers that must answer them (lifecycle actions). */
  readonly events: readonly EventNotification[];
  readonly failed: readonly FailedMessage[];
  /** The accounts and regions each message is about. If one of them cannot be judged, the message has to be retried. */
  readonly scopesOf: ReadonlyMap<Message, ReadonlySet<string>>;
}

/** How many objects are fetched while others are scanned. */
const FETCHES_AT_ONCE = 6;

/** The records that sightings are made from. */
const WANTED: Wanted = { eventNames: WANTED_CALLS };

/** Reads every message. A message that cannot be read does not stop the others: it is in `failed` with its error. */
export async function collect(messages: readonly Message[], logs: LogStore, config: Config): Promise<Collected> {
  const limit = pLimit(FETCHES_AT_ONCE);
  const read = await Promise.all(
    messages.map(async (message) => {
      const content = emptyContent();
      const readObject = (object: LogObject): Promise<void> => limit(() => scanObject(object, logs, config, content));
      try {
        await readMessage(message, content, config, readObject);
        return { message, content };
      } catch (error) {
        return { message, content, error };
      }
    }),
  );
  const contents = read.map(({ content }) => content);
  const sightings = distinctSightings(contents.flatMap((content) => content.sightings));
  return {
    sightings,
    requested: contents.flatMap(({ requested }) => requested),
    sweeps: contents.flatMap(({ sweeps }) => sweeps),
    events: contents.flatMap(({ events }) => events),
    refused: contents.flatMap(({ refused }) => refused),
    manifest: contents.flatMap(({ manifest }) => manifest),
    input: inputCounts(contents, sightings),
    failed: read.flatMap((one) => ('error' in one ? [{ message: one.message, error: one.error }] : [])),
    scopesOf: new Map(read.map(({ message, content }) => [message, scopesIn(content)])),
  };
}

function scopesIn({ sightings, requested, sweeps }: MessageContent): ReadonlySet<string> {
  return new Set([...sightings, ...requested, ...sweeps].map(scopeKey));
}

async function readMessage(
  message: Message,
  content: MessageContent,
  config: Config,
  readObject: (object: LogObject) => Promise<void>,
): Promise<void> {
  const notification = readNotification(message.body);
  const topicArn = notification.topicArn ?? message.topicArn;
  const { topics } = config.trail;
  if (topicArn !== undefined && topics.length > 0 && !topics.includes(topicArn)) {
    content.refused.push({ path: topicArn, reason: 'a delivery came from a topic that is not among trail.topics' });
    return;
  }
  switch (notification.kind) {
    case 'nothing':
      countSkipped(content, notification.why);
      return;
    case 'own': {
      const { requested, sightings, sweeps } = readOwnMessage(notification);
      content.requested.push(...requested);
      content.sightings.push(...sightings);
      content.sweeps.push(...sweeps);
      return;
    }
    case 'event':
      content.events.push(notification);
      content.sightings.push(...sightingsOfEvent(notification.event));
      return;
    case 'records':
      readRecords(notification.records, notification.logGroup, content);
      return;
    case 'objects':
      await readObjects(objectsToRead(notification.objects, config, content), readObject);
  }
}

function readRecords(records: readonly unknown[], logGroup: string | undefined, content: MessageContent): void {
  for (const value of records) {
    content.records += 1;
    const record = asObject(value);
    if (record !== undefined) content.sightings.push(...sightingsOf(record));
    else
      content.rejected.push({
        path: logGroup ?? 'a delivery of records',
        reason: 'an entry is not a CloudTrail record',
      });
  }
}

/** The log files among the objects. Refuses objects in foreign buckets, and counts digests and other known kinds. */
function objectsToRead(
  objects: readonly LogObject[],
  { trail: { buckets } }: Config,
  content: MessageContent,
): readonly LogObject[] {
  return distinctObjects(objects).filter((object) => {
    if (buckets.length > 0 && !buckets.includes(object.bucket)) {
      const reason = `a delivery named the bucket ${object.bucket}, which is not among trail.buckets`;
      content.refused.push({ path: uriOf(object), reason });
      return false;
    }
    const { kind } = readLogKey(object.key, object.size);
    const isLog = kind === 'log' || kind === 'other';
    if (!isLog) countSkipped(content, kind);
    if (kind === 'empty') content.manifest.push(emptyFileEntry(uriOf(object)));
    return isLog;
  });
}

/** Reads every object before it throws, because a bad object must not keep the others from being read. */
async function readObjects(
  objects: readonly LogObject[],
  readObject: (object: LogObject) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(objects.map(readObject));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  throw new PipelineError(
    'log-unreadable',
    `${errors.length} of ${objects.length} objects could not be read: ${errors.map(messageOf).join('; ')}`,
    { cause: new AggregateError(errors, 'objects that could not be read') },
  );
}

async function scanObject(object: LogObject, logs: LogStore, config: Config, content: MessageContent): Promise<void> {
  const path = uriOf(object);
  const { bytes } = await fetchLog(logs, object, { maxBytes: config.maxLogBytes });
  const settings = { wanted: WANTED, maxLogBytes: config.maxLogBytes, sha256: true };
  const pieces = isLong(bytes) ? scanLong(bytes, settings) : [scanPacked(bytes, settings)];
  const found = { sightings: 0, launches: 0 };
  for await (const { wanted, end } of pieces) {
    for (const { record } of wanted) {
      const sightings = sightingsOf(record, path);
      content.sightings.push(...sightings);
      found.sightings += sightings.length;
      found.launches += launchesRecorded(sightings);
    }
    if (end !== undefined) addFile(content, path, end, found);
  }
}

/** `s3://bucket/key`. */
function uriOf({ bucket, key }: LogObject): string {
  return `s3://${bucket}/${key}`;
}

function inputCounts(contents: readonly MessageContent[], sightings: readonly Sighting[]): InputCounts {
  const skipped: Record<string, number> = {};
  for (const content of contents)
    for (const [kind, count] of Object.entries(content.skipped)) countSkipped({ skipped }, kind, count);
  const total = (countOf: (content: MessageContent) => number): number =>
    contents.reduce((sum, content) => sum + countOf(content), 0);
  return {
    files: total(({ manifest }) => manifest.filter(({ skipped: why }) => why === undefined).length),
    records: total(({ records }) => records),
    bytes: total(({ bytes }) => bytes),
    sightings: sightings.length,
    launches: launchesOf(sightings),
    skipped,
    rejected: contents.flatMap(({ rejected }) => rejected),
  };
}

/** How many of a file's records tell of a launch. An addendum repeats one. */
export function launchesRecorded(sightings: readonly Sighting[]): number {
  return launchesOf(sightings.filter(({ evidence }) => evidence.addendumID === undefined));
}

/** How many RunInstances calls succeeded. CreateFleet calls only hint at launches and do not count. */
export function launchesOf(sightings: readonly Sighting[]): number {
  return sightings.filter(({ kind, evidence }) => kind === 'launch' && evidence.eventName === 'RunInstances').length;
}
