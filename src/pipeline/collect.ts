/** The beginning of the walk: messages → log objects → records → sightings, each message and object failing alone. */

import pLimit from 'p-limit';
import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import type { Wanted } from '../cloudtrail/scanner/scan.ts';
import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import { fetchLog, type LogStore } from '../delivery/fetch-log.ts';
import { readLogKey } from '../delivery/log-key.ts';
import { distinctObjects } from '../delivery/log-object.ts';
import { type LogObject, type Notification, readNotification } from '../delivery/notification.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { InputCounts, Rejected } from '../report/report.ts';
import { distinctSightings } from '../sighting/dedupe.ts';
import { sightingsOfEvent } from '../sighting/events.ts';
import { sightingsOf, WANTED_CALLS } from '../sighting/readers.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { Asked } from './assess.ts';
import { type OwnRequest, readOwnMessage, type ScopeSweep } from './own-messages.ts';
import { type FileEnd, isLong, scanLong, scanPacked } from './scan-packed.ts';

/** A message that must be delivered again, and why. */
export interface FailedMessage {
  readonly message: Message;
  readonly error: unknown;
}

/** A delivery that is not believed: acknowledged, counted and found. */
export interface RefusedDelivery {
  readonly path: string;
  readonly reason: string;
}

export interface Collected {
  /** Each once, whatever the copies, in the order of their time. */
  readonly sightings: readonly Sighting[];
  /** Re-checks that messages of our own asked for. */
  readonly asked: readonly Asked[];
  /** Sweeps of single accounts and regions that messages of our own asked for. */
  readonly sweeps: readonly ScopeSweep[];
  readonly input: InputCounts;
  readonly manifest: readonly InputManifestEntry[];
  readonly refused: readonly RefusedDelivery[];
  /** EventBridge events as they came, for those who must answer them (lifecycle actions). */
  readonly events: readonly Extract<Notification, { kind: 'event' }>[];
  readonly failed: readonly FailedMessage[];
  /** The scopes that a message's sightings lie in: when one of them cannot be judged, the message must come again. */
  readonly scopesOf: ReadonlyMap<Message, ReadonlySet<string>>;
}

interface Harvest {
  sightings: Sighting[];
  asked: Asked[];
  sweeps: ScopeSweep[];
  events: Extract<Notification, { kind: 'event' }>[];
  refused: RefusedDelivery[];
  rejected: Rejected[];
  manifest: InputManifestEntry[];
  skipped: Record<string, number>;
  records: number;
  bytes: number;
}

/** Objects fetched ahead while others are scanned. */
const FETCHES_AT_ONCE = 6;

/** The records that sightings are made from. */
export const WANTED: Wanted = { eventNames: WANTED_CALLS };

/** Reads every message. Never throws for one of them: what could not be read is in `failed` with its error. */
export async function collect(messages: readonly Message[], logs: LogStore, config: Config): Promise<Collected> {
  const limit = pLimit(FETCHES_AT_ONCE);
  const harvests = await Promise.all(
    messages.map(async (message) => {
      const harvest = emptyHarvest();
      try {
        await readMessage(message, harvest, {
          config,
          fetch: (object) => limit(() => readObject(object, logs, config, harvest)),
        });
        return { message, harvest };
      } catch (error) {
        return { message, harvest, error };
      }
    }),
  );
  const all = <T>(part: (harvest: Harvest) => readonly T[]): readonly T[] =>
    harvests.flatMap(({ harvest }) => part(harvest));
  const sightings = distinctSightings(all(({ sightings: own }) => own));
  return {
    sightings,
    asked: all(({ asked }) => asked),
    sweeps: all(({ sweeps }) => sweeps),
    events: all(({ events }) => events),
    refused: all(({ refused }) => refused),
    manifest: all(({ manifest }) => manifest),
    input: countsOf(
      harvests.map(({ harvest }) => harvest),
      sightings,
    ),
    failed: harvests.flatMap((one) => ('error' in one ? [{ message: one.message, error: one.error }] : [])),
    scopesOf: new Map(
      harvests.map(({ message, harvest }) => [
        message,
        new Set([...harvest.sightings, ...harvest.asked, ...harvest.sweeps].map(scopeKey)),
      ]),
    ),
  };
}

interface Reading {
  readonly config: Config;
  readonly fetch: (object: LogObject) => Promise<void>;
}

async function readMessage(message: Message, harvest: Harvest, { config, fetch }: Reading): Promise<void> {
  const notification = readNotification(message.body);
  const topicArn = notification.topicArn ?? message.topicArn;
  const { topics } = config.trail;
  if (topicArn !== undefined && topics.length > 0 && !topics.includes(topicArn)) {
    harvest.refused.push({ path: topicArn, reason: 'a delivery came from a topic that is not among trail.topics' });
    return;
  }
  switch (notification.kind) {
    case 'nothing':
      count(harvest, notification.why);
      return;
    case 'own':
      readOwn(readOwnMessage(notification), harvest);
      return;
    case 'event':
      harvest.events.push(notification);
      harvest.sightings.push(...sightingsOfEvent(notification.event));
      return;
    case 'records':
      readRecords(notification.records, notification.logGroup, harvest);
      return;
    case 'objects':
      await readObjects(notification.objects, config, harvest, fetch);
  }
}

function readOwn({ asked, sightings, sweeps }: OwnRequest, harvest: Harvest): void {
  harvest.asked.push(...asked);
  harvest.sightings.push(...sightings);
  harvest.sweeps.push(...sweeps);
}

function readRecords(records: readonly unknown[], logGroup: string | undefined, harvest: Harvest): void {
  for (const record of records) {
    harvest.records += 1;
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      harvest.sightings.push(...sightingsOf(record as CloudTrailRecord));
    else
      harvest.rejected.push({ path: logGroup ?? 'a delivery of records', reason: 'an entry is no CloudTrail record' });
  }
}

/** Every object is tried; the first fault is thrown when all are done, so that one bad object hides none beside it. */
async function readObjects(
  objects: readonly LogObject[],
  config: Config,
  harvest: Harvest,
  fetch: Reading['fetch'],
): Promise<void> {
  const { buckets } = config.trail;
  const wanted: LogObject[] = [];
  for (const object of distinctObjects(objects)) {
    if (buckets.length > 0 && !buckets.includes(object.bucket)) {
      harvest.refused.push({
        path: pathOf(object),
        reason: `a delivery named the bucket ${object.bucket}, which is not among trail.buckets`,
      });
      continue;
    }
    const { kind } = readLogKey(object.key, object.size);
    if (kind === 'log' || kind === 'other') wanted.push(object);
    else count(harvest, kind);
  }
  const results = await Promise.allSettled(wanted.map(fetch));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1)
    throw new PipelineError(
      'log-unreadable',
      `${errors.length} of ${wanted.length} objects could not be read: ${errors.map(messageOf).join('; ')}`,
      { cause: new AggregateError(errors, 'objects that could not be read') },
    );
}

async function readObject(object: LogObject, logs: LogStore, config: Config, harvest: Harvest): Promise<void> {
  const path = pathOf(object);
  const { bytes } = await fetchLog(logs, object, { maxBytes: config.maxLogBytes });
  const settings = { wanted: WANTED, maxLogBytes: config.maxLogBytes, sha256: true };
  const pieces = isLong(bytes) ? scanLong(bytes, settings) : [scanPacked(bytes, settings)];
  for await (const { wanted, end } of pieces) {
    for (const { record } of wanted) harvest.sightings.push(...sightingsOf(record, path));
    if (end !== undefined) account(path, end, harvest);
  }
}

function account(path: string, end: FileEnd, harvest: Harvest): void {
  const { records, bytes, packedBytes, sha256 = '', skipped, rejected, damage } = end;
  harvest.records += records;
  harvest.bytes += bytes;
  harvest.manifest.push({ path, sha256, bytes: packedBytes, records });
  for (const [kind, number] of Object.entries(skipped)) count(harvest, kind, number);
  for (const { index, reason } of rejected) harvest.rejected.push({ path: `${path}#${index}`, reason });
  if (damage !== undefined) harvest.rejected.push({ path, reason: damage });
}

/** `s3://bucket/key`. */
export function pathOf({ bucket, key }: LogObject): string {
  return `s3://${bucket}/${key}`;
}

function emptyHarvest(): Harvest {
  return {
    sightings: [],
    asked: [],
    sweeps: [],
    events: [],
    refused: [],
    rejected: [],
    manifest: [],
    skipped: {},
    records: 0,
    bytes: 0,
  };
}

function count(harvest: Harvest, kind: string, by = 1): void {
  harvest.skipped[kind] = (harvest.skipped[kind] ?? 0) + by;
}

function countsOf(harvests: readonly Harvest[], sightings: readonly Sighting[]): InputCounts {
  const skipped: Record<string, number> = {};
  for (const harvest of harvests)
    for (const [kind, number] of Object.entries(harvest.skipped)) skipped[kind] = (skipped[kind] ?? 0) + number;
  const total = (of: (harvest: Harvest) => number): number => harvests.reduce((sum, harvest) => sum + of(harvest), 0);
  return {
    files: total(({ manifest }) => manifest.length),
    records: total(({ records }) => records),
    bytes: total(({ bytes }) => bytes),
    sightings: sightings.length,
    launches: launchesOf(sightings),
    skipped,
    rejected: harvests.flatMap(({ rejected }) => rejected),
  };
}

/** Launches that succeeded: RunInstances calls, not the fleets' hints of them. */
export function launchesOf(sightings: readonly Sighting[]): number {
  return sightings.filter(({ kind, evidence }) => kind === 'launch' && evidence.eventName === 'RunInstances').length;
}
