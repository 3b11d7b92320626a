/** The first part of the walk: messages become log objects, records and sightings. Each message and object fails on its own. */

import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { foreignAccountIn, readLogKey } from '../delivery/log-key.ts';
import { distinctObjects, uriOf } from '../delivery/log-object.ts';
import { isOfOtherService } from '../delivery/log-tree.ts';
import { type LogObject, readNotification } from '../delivery/notification.ts';
import { asObject } from '../delivery/shape.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { InputCounts } from '../report/report.ts';
import { distinctSightings } from '../sighting/dedupe.ts';
import { sightingsOfEvent } from '../sighting/events.ts';
import { sightingsOf } from '../sighting/readers.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { RequestedResources } from './assess.ts';
import { emptyFileEntry } from './gaps/scanned-file.ts';
import {
  countSkipped,
  type EarlyRecheck,
  type EventNotification,
  emptyContent,
  launchesOf,
  type MessageContent,
  type RefusedDelivery,
} from './message-content.ts';
import { type ObjectReader, objectReader, type ReadObject } from './objects/read-objects.ts';
import { readOwnMessage, type ScopeSweep } from './own-messages.ts';

/** A message that has to be delivered again, and why. */
export interface FailedMessage {
  readonly message: Message;
  readonly error: unknown;
}

/** A message that has the findings mailed which were held back until then. */
export interface HeldRequest {
  readonly message: Message;
  readonly until: Date;
}

/** Everything that a batch of messages contains. */
export interface Collected {
  /** Without repeats, in the order of their time. */
  readonly sightings: readonly Sighting[];
  /** Resources that messages of our own ask to look at again. */
  readonly requested: readonly RequestedResources[];
  /** Re-checks that are not due yet, to be sent on. */
  readonly early: readonly EarlyRecheck[];
  /** Sweeps of single accounts and regions that messages of our own ask for. */
  readonly sweeps: readonly ScopeSweep[];
  /** Messages of our own that have held findings mailed. */
  readonly held: readonly HeldRequest[];
  readonly input: InputCounts;
  readonly manifest: readonly InputManifestEntry[];
  readonly refused: readonly RefusedDelivery[];
  /** EventBridge events verbatim, for callers that must answer them (lifecycle actions). */
  readonly events: readonly EventNotification[];
  readonly failed: readonly FailedMessage[];
  /** The accounts and regions each message is about. If one of them cannot be judged, the message has to be retried. */
  readonly scopesOf: ReadonlyMap<Message, ReadonlySet<string>>;
}

/** What a message contains: by itself, and in the objects that it names. */
interface ReadMessage {
  readonly message: Message;
  readonly content: MessageContent;
  readonly objects: readonly ReadObject[];
  /** Why it has to be delivered again. */
  readonly error?: unknown;
}

/** Reads every message. A message that cannot be read does not stop the others: it is in `failed` with its error. */
export async function collect(
  messages: readonly Message[],
  logs: LogStore,
  config: Config,
  now: Date,
): Promise<Collected> {
  const reader = objectReader(logs, config);
  const read = await Promise.all(messages.map((message) => readMessage(message, reader, { config, now })));
  const objects = await reader.all();
  const contents = [...read, ...objects].map(({ content }) => content);
  const sightings = distinctSightings(contents.flatMap((content) => content.sightings));
  return {
    sightings,
    requested: contents.flatMap(({ requested }) => requested),
    early: contents.flatMap(({ early }) => early),
    sweeps: contents.flatMap(({ sweeps }) => sweeps),
    held: read.flatMap(({ message, content }) => content.held.map((until) => ({ message, until }))),
    events: contents.flatMap(({ events }) => events),
    refused: contents.flatMap(({ refused }) => refused),
    manifest: contents.flatMap(({ manifest }) => manifest),
    input: inputCounts(contents, sightings),
    failed: read.flatMap(({ message, error }) => (error === undefined ? [] : [{ message, error }])),
    scopesOf: new Map(read.map((one) => [one.message, scopesIn(one)])),
  };
}

function scopesIn({ content, objects }: ReadMessage): ReadonlySet<string> {
  const contents = [content, ...objects.map((object) => object.content)];
  return new Set(
    contents.flatMap(({ sightings, requested, sweeps }) => [...sightings, ...requested, ...sweeps]).map(scopeKey),
  );
}

/** By what a message is read. */
interface ReadContext {
  readonly config: Config;
  readonly now: Date;
}

async function readMessage(message: Message, reader: ObjectReader, context: ReadContext): Promise<ReadMessage> {
  const content = emptyContent();
  try {
    const named = readBody(message, content, context, reader);
    const objects = await Promise.all(named.map(reader.read));
    return { message, content, objects, error: errorOf(objects) };
  } catch (error) {
    return { message, content, objects: [], error };
  }
}

/** Reads what a message contains by itself, and returns the log objects that it names. Throws for a message of no known form. */
function readBody(
  message: Message,
  content: MessageContent,
  { config, now }: ReadContext,
  reader: ObjectReader,
): readonly LogObject[] {
  const notification = readNotification(message.body);
  const topicArn = notification.topicArn ?? message.topicArn;
  const { topics } = config.trail;
  if (topicArn !== undefined && topics.length > 0 && !topics.includes(topicArn)) {
    content.refused.push({ path: topicArn, reason: 'a delivery came from a topic that is not among trail.topics' });
    return [];
  }
  switch (notification.kind) {
    case 'nothing':
      countSkipped(content, notification.why);
      return [];
    case 'own': {
      const { requested, sightings, sweeps, held } = readOwnMessage(notification);
      if (held !== undefined) content.held.push(held);
      for (const one of requested) {
        if (isEarly(one, now)) content.early.push(one);
        else content.requested.push(one);
      }
      content.sightings.push(...sightings);
      content.sweeps.push(...sweeps.map((one) => ({ ...one, owner: message.messageId })));
      return [];
    }
    case 'event':
      content.events.push(notification);
      content.sightings.push(...sightingsOfEvent(notification.event));
      return [];
    case 'records':
      readRecords(notification.records, notification.logGroup, content);
      return [];
    case 'objects':
      return objectsToRead(notification.objects, config, content, reader);
  }
}

/** Longer than any finding is held back. A later time was not written by us and would be sent on for ever. */
const LONGEST_WAIT_MS = 2 * 86_400_000;

function isEarly(request: RequestedResources, now: Date): request is EarlyRecheck {
  const waitMs = (request.notBefore?.getTime() ?? 0) - now.getTime();
  return waitMs > 0 && waitMs <= LONGEST_WAIT_MS;
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

/** The log files among the objects. Refuses those of foreign buckets and accounts, and counts digests and other known kinds. */
function objectsToRead(
  objects: readonly LogObject[],
  { trail }: Config,
  content: MessageContent,
  { localPathOf }: ObjectReader,
): readonly LogObject[] {
  return distinctObjects(objects).filter((object) => {
    const localPath = localPathOf(object);
    const path = localPath ?? uriOf(object);
    if (localPath === undefined && trail.buckets.length > 0 && !trail.buckets.includes(object.bucket)) {
      const reason = `a delivery named the bucket ${object.bucket}, which is not among trail.buckets`;
      content.refused.push({ path, reason });
      return false;
    }
    const { kind } = readLogKey(object.key, object.size);
    if (kind !== 'log' && kind !== 'other') {
      countSkipped(content, kind);
      if (kind === 'empty') content.manifest.push(emptyFileEntry(path));
      return false;
    }
    const foreignAccountId = foreignAccountOf(object, trail.accounts);
    if (foreignAccountId === undefined) return true;
    const reason = `a delivery named a log of account ${foreignAccountId}, which is not among trail.accounts`;
    if (isOfOtherService(object.key)) countSkipped(content, 'not-a-log');
    else content.refused.push({ path, reason, foreignAccountId });
    return false;
  });
}

/** The account that an object's key names, in either reading, and that is not listed. */
function foreignAccountOf({ key, alternativeKey = key }: LogObject, accounts: readonly string[]): string | undefined {
  return foreignAccountIn(key, accounts) ?? foreignAccountIn(alternativeKey, accounts);
}

/** The error of a message whose objects failed for these reasons; undefined when none did. */
function errorOf(objects: readonly ReadObject[]): unknown {
  const errors = objects.flatMap((read) => ('error' in read ? [read.error] : []));
  if (errors.length <= 1) return errors[0];
  return new PipelineError(
    'log-unreadable',
    `${errors.length} of ${objects.length} objects could not be read: ${errors.map(messageOf).join('; ')}`,
    { cause: new AggregateError(errors, 'objects that could not be read') },
  );
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
