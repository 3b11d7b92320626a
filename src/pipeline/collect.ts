/** The first part of the walk: messages become log objects, records and sightings. Each message and object fails on its own. */

import { watchedBy } from '../config/watch-config.ts';
import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { type LogObject, readNotification } from '../delivery/notification.ts';
import { asObject } from '../delivery/shape.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Heard } from '../ledger/freshness/heard.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { InputCounts } from '../report/report.ts';
import { distinctSightings, withdrawals } from '../sighting/dedupe.ts';
import { sightingsOfEvent, unplacedEvent } from '../sighting/events.ts';
import type { Sighting } from '../sighting/sighting.ts';
import { sightingsIn, unplacedBecause, type Watched } from '../sighting/watched.ts';
import type { RequestedResources } from './assess.ts';
import { unplacedRecords } from './gaps/unplaced-records.ts';
import { refusedHooks } from './hooks/refused-hooks.ts';
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
import { type Door, type DoorOf, ONLY_DOOR, refusalAt } from './trust/doors.ts';
import { objectsToRead } from './trust/keys.ts';
import { believedSightings, MOST_AHEAD_MS, type Origin } from './trust/records.ts';

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
  /** Calls that failed after all, by addenda to their records. */
  readonly withdrawn: readonly Sighting[];
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
  /** When which account and region spoke, by the log files that were read. */
  readonly heard: readonly Heard[];
  /** True if a message of our own asks who is silent. */
  readonly asksForSilence: boolean;
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
  doorOf: DoorOf = ONLY_DOOR,
): Promise<Collected> {
  const reader = objectReader(logs, config, now);
  const context = { config, now, doorOf };
  const read = await Promise.all(messages.map((message) => readMessage(message, reader, context)));
  const objects = await reader.all();
  const contents = [...read, ...objects].map(({ content }) => content);
  const all = contents.flatMap((content) => content.sightings);
  const sightings = distinctSightings(all);
  return {
    sightings,
    withdrawn: withdrawals(all),
    requested: contents.flatMap(({ requested }) => requested),
    early: contents.flatMap(({ early }) => early),
    sweeps: contents.flatMap(({ sweeps }) => sweeps),
    held: read.flatMap(({ message, content }) => content.held.map((until) => ({ message, until }))),
    events: contents.flatMap(({ events }) => events),
    refused: contents.flatMap(({ refused }) => refused),
    asksForSilence: contents.some(({ asksForSilence }) => asksForSilence),
    heard: contents.flatMap(({ heard }) => heard),
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
  readonly doorOf: DoorOf;
}

async function readMessage(message: Message, reader: ObjectReader, context: ReadContext): Promise<ReadMessage> {
  const content = emptyContent();
  try {
    const named = readBody(message, content, context, reader);
    const objects = await reader.read(named);
    return { message, content, objects, error: errorOf(objects) };
  } catch (error) {
    return { message, content, objects: [], error };
  }
}

/** Reads what a message contains by itself, and returns the log objects that it names. Throws for a message of no known form. */
function readBody(
  message: Message,
  content: MessageContent,
  { config, now, doorOf }: ReadContext,
  reader: ObjectReader,
): readonly LogObject[] {
  const notification = readNotification(message.body);
  const topicArn = notification.topicArn ?? message.topicArn;
  const { topics } = config.trail;
  if (topicArn !== undefined && topics.length > 0 && !topics.includes(topicArn)) {
    const reason = 'a delivery came from a topic that is not among trail.topics';
    content.refused.push({ kind: 'topic', source: topicArn, path: topicArn, reason });
    return [];
  }
  const door = doorOf(message);
  const refused = refusalAt(door, notification, message) ?? earlyMessage(message, door, now);
  if (refused !== undefined) {
    content.refused.push(refused);
    return [];
  }
  const believe = (sightings: readonly Sighting[], origin: Partial<Origin> = {}): void => {
    const named = { path: message.messageId ?? door.name, source: door.name, ...origin };
    const { believed, refused: others } = believedSightings(sightings, named, now);
    for (const one of believed) content.sightings.push(one);
    for (const one of others) content.refused.push(one);
  };
  switch (notification.kind) {
    case 'nothing':
      countSkipped(content, notification.why);
      return [];
    case 'own': {
      const asked = readOwnMessage(notification);
      const { requested, sightings, sweeps, held, silence = false } = asked;
      content.asksForSilence = silence;
      content.refused.push(...refusedHooks(asked, config.hooks, door.name));
      if (held !== undefined) content.held.push(held);
      for (const one of requested) {
        if (isEarly(one, now)) content.early.push(one);
        else content.requested.push(one);
      }
      believe(sightings);
      content.sweeps.push(...sweeps.map((one) => ({ ...one, owner: message.messageId })));
      return [];
    }
    case 'event': {
      const watched = watchedBy(config.watch);
      content.events.push(notification);
      believe(sightingsOfEvent(notification.event, watched));
      const reason = unplacedEvent(notification.event, watched);
      if (reason !== undefined) content.rejected.push({ path: door.name, of: 'records', records: 1, reason });
      return [];
    }
    case 'records': {
      const { account: accountId, region } = notification.sentBy ?? {};
      const watched = watchedBy(config.watch);
      believe(readRecords(notification.records, notification.logGroup, { content, watched }), { accountId, region });
      return [];
    }
    case 'objects':
      return objectsToRead(notification.objects, config.trail, content, reader.localPathOf);
  }
}

/** Longer than any finding is held back. A later time was not written by us and would be sent on for ever. */
const LONGEST_WAIT_MS = 2 * 86_400_000;

function isEarly(request: RequestedResources, now: Date): request is EarlyRecheck {
  const waitMs = (request.notBefore?.getTime() ?? 0) - now.getTime();
  return waitMs > 0 && waitMs <= LONGEST_WAIT_MS;
}

/** A queue stamps its messages by its own clock: then ours is wrong, and the message has to wait until it is not. */
function earlyMessage({ messageId, sentAt }: Message, door: Door, now: Date): RefusedDelivery | undefined {
  if (sentAt === undefined || sentAt.getTime() <= now.getTime() + MOST_AHEAD_MS) return undefined;
  const reason = `a message from ${door.name} is from the future: it was sent at ${sentAt.toISOString()}, and our clock says ${now.toISOString()}`;
  if (messageId !== undefined) throw new PipelineError('notification-unreadable', `${reason}; check the clock`);
  return { kind: 'time', source: door.name, path: door.name, reason };
}

/** The sightings in records that a message carries. */
function readRecords(
  records: readonly unknown[],
  logGroup: string | undefined,
  { content, watched }: { readonly content: MessageContent; readonly watched: Watched },
): readonly Sighting[] {
  const path = logGroup ?? 'a delivery of records';
  const sightings: Sighting[] = [];
  const unplaced = unplacedRecords(path);
  for (const value of records) {
    content.records += 1;
    const record = asObject(value);
    if (record === undefined) {
      content.rejected.push({ path, reason: 'an entry is not a CloudTrail record' });
      continue;
    }
    sightings.push(...sightingsIn(record, watched));
    const lack = unplacedBecause(record, watched);
    if (lack !== undefined) unplaced.add(record, undefined, lack);
  }
  content.rejected.push(...unplaced.rejected());
  return sightings;
}

/** The error of a message whose objects failed for these reasons; undefined when none did. */
function errorOf(objects: readonly ReadObject[]): unknown {
  const errors = objects.flatMap((read) => ('error' in read ? [read.error] : []));
  if (errors.length <= 1) return errors[0];
  const more = errors.length > MOST_NAMED ? `; and ${errors.length - MOST_NAMED} more` : '';
  return new PipelineError(
    'log-unreadable',
    `${errors.length} of ${objects.length} objects could not be read: ${errors.slice(0, MOST_NAMED).map(messageOf).join('; ')}${more}`,
    { cause: new AggregateError(errors, 'objects that could not be read') },
  );
}

/** How many faults an error names one by one. */
const MOST_NAMED = 20;

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
