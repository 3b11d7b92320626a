/** Classifies one value of a log file: a record, a known kind that isn't an API call, or records wrapped by EventBridge, SNS or the CLI. */

import { type CloudTrailRecord, MOST_RECORD_BYTES } from '../record.ts';
import { elementBytes, memberBytes, oneLine } from './json-walk.ts';

/** Known kinds found among records that are not API calls. Network activity has the shape of a record and counts as one. */
export type KnownKind =
  | 'insight'
  | 'aggregated'
  | 'network-activity'
  | 'digest'
  | 'event'
  | 'control-message'
  | 'empty';

export type LogEntry =
  | { readonly kind: 'record'; readonly record: CloudTrailRecord; readonly bytes: Buffer; readonly known?: KnownKind }
  | { readonly kind: 'known'; readonly known: KnownKind }
  /** `damaged`: the bytes are not JSON, so they may hold more than one record. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly damaged?: true };

/** Wrappers nest: SQS around SNS around EventBridge. Deeper nesting than this is rejected. */
const MOST_LAYERS = 6;
const TOO_DEEP = `wrapped more than ${MOST_LAYERS} times`;

/** Members whose value is the record or contains it: EventBridge, Lambda's SNS records. */
const HOLDS_OBJECT = ['detail', 'Sns'] as const;
/** Members of events that other systems export, where these hold the record as it was and not only its fields under other names. */
const HOLDS_EXPORT = ['result', 'hits', '_source', 'event', '@message', 'unmapped'] as const;
/** Splunk's copy of the record, beside fields that it took from it. No record of CloudTrail's has it. */
const RAW = '_raw';
/**
 * Members whose value is the record as JSON text: SNS, SQS, CloudWatch Logs and its Insights, `aws cloudtrail lookup-events`, Splunk,
 * Elastic's `event.original` and OCSF's `raw_data`.
 */
const HOLDS_TEXT = ['Message', 'body', 'message', '@message', 'CloudTrailEvent', RAW, 'original', 'raw_data'] as const;
/** Members whose value is a list of records or wrappers. */
const HOLDS_LIST = ['Records', 'logEvents', 'Events', 'results', 'hits'] as const;

/** The kind of a value known not to be an API call, or undefined. */
function knownKindOf(record: CloudTrailRecord): KnownKind | undefined {
  const { eventType, eventCategory } = record;
  if (eventType === 'AwsCloudTrailInsight' || eventCategory === 'Insight') return 'insight';
  if (eventType === 'AwsAggregatedEvent' || eventCategory === 'Aggregated') return 'aggregated';
  if (eventType === 'AwsVpceEvent' || eventCategory === 'NetworkActivity') return 'network-activity';
  if ('digestS3Object' in record && 'logFiles' in record) return 'digest';
  // CloudWatch Logs checks with it whether a destination takes its data.
  if (record.messageType === 'CONTROL_MESSAGE' && 'logEvents' in record) return 'control-message';
  return undefined;
}

/** Everything a value of a log file contains, in order. Never throws; empty only for an empty list. */
export function readEntries(bytes: Buffer, layers = 0): readonly LogEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const reason = `not JSON: ${cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable'}`;
    return [layers === 0 ? { kind: 'rejected', reason, damaged: true } : rejected(reason)];
  }
  if (Array.isArray(value))
    return layers === 0 ? [rejected('a list where a record was expected')] : entriesInList(bytes, layers);
  if (typeof value !== 'object' || value === null)
    return [rejected(`${typeNameOf(value)} where a record was expected`)];
  const record = value as CloudTrailRecord;
  const known = knownKindOf(record);
  if (typeof record.eventName === 'string' && record.eventName !== '' && typeof record[RAW] !== 'string') {
    if (bytes.length > MOST_RECORD_BYTES) return [rejected(tooLong(bytes.length))];
    return [known === undefined ? { kind: 'record', record, bytes } : { kind: 'record', record, bytes, known }];
  }
  if (known !== undefined) return [{ kind: 'known', known }];
  return unwrapped(bytes, record, layers) ?? [rejected(unknownKind(record))];
}

/** A copy of a record's bytes on one line of valid UTF-8, otherwise verbatim. It doesn't keep the file's buffer alive. */
export function lineOf(bytes: Buffer, utf8: boolean): Buffer {
  return oneLine(utf8 ? bytes : Buffer.from(bytes.toString('utf8')));
}

/** Forms of events in which CloudTrail's record no longer is: what tells them, and what to do. */
const TRANSLATED: readonly (readonly [is: (value: CloudTrailRecord) => boolean, what: string])[] = [
  [
    (value) => 'class_uid' in value && 'metadata' in value,
    'an OCSF event without the record in raw_data, such as Security Lake’s; read the trail’s own log files',
  ],
  [
    (value) => 'QueryResultRows' in value,
    'a query result of CloudTrail Lake; read the trail’s own log files, or export the event data store’s events as JSON',
  ],
  [
    (value) => '@ptr' in value || '@logStream' in value || ('field' in value && 'value' in value),
    'a query result of CloudWatch Logs Insights without the record as JSON in @message; read the trail’s own log files',
  ],
  [
    (value) => isOfElastic(value) || isOfElastic(value._source),
    'an Elastic document without event.original; export with it, or read the trail’s own log files',
  ],
  [
    (value) => '@timestamp' in value || '@log_group' in value || '_index' in value,
    'a document of a log index, such as OpenSearch’s, without the record as text; read the trail’s own log files',
  ],
  [
    (value) => 'sourcetype' in value || ('preview' in value && 'result' in value),
    'a Splunk event without _raw; export with it, or read the trail’s own log files',
  ],
];

/**
 * True for a document in Elastic's common schema.
 *
 * @see https://www.elastic.co/guide/en/ecs/current/ecs-event.html
 */
function isOfElastic(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'ecs' in value || ('event' in value && typeof value.event === 'object');
}

function unknownKind(value: CloudTrailRecord): string {
  const translated = TRANSLATED.find(([is]) => is(value));
  return translated?.[1] ?? `no eventName, and of no known kind (${keysOf(value)})`;
}

function unwrapped(bytes: Buffer, value: CloudTrailRecord, layers: number): readonly LogEntry[] | undefined {
  if (layers >= MOST_LAYERS) return [rejected(TOO_DEEP)];
  for (const key of HOLDS_LIST) if (Array.isArray(value[key])) return entriesInList(member(bytes, key), layers);
  for (const key of HOLDS_OBJECT) {
    const inner = value[key];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    if (key === 'detail' && !('eventName' in inner) && 'detail-type' in value && !isWrapper(inner))
      return [{ kind: 'known', known: knownKindOf(inner as CloudTrailRecord) ?? 'event' }];
    return readEntries(member(bytes, key), layers + 1);
  }
  for (const key of HOLDS_EXPORT) {
    const inner = value[key];
    if (typeof inner === 'object' && inner !== null && holdsRecord(key, inner))
      return readEntries(member(bytes, key), layers + 1);
  }
  for (const key of HOLDS_TEXT) {
    const inner = value[key];
    if (typeof inner !== 'string') continue;
    if (/^\s*[{[]/.test(inner)) return readEntries(Buffer.from(inner), layers + 1);
  }
  return undefined;
}

function entriesInList(list: Buffer, layers: number): readonly LogEntry[] {
  // A list in a list is a layer too: 20,000 of them in 40 kB overflowed the stack.
  if (layers >= MOST_LAYERS) return [rejected(TOO_DEEP)];
  return elementBytes(list).flatMap((element) => readEntries(element, layers + 1));
}

function member(bytes: Buffer, key: string): Buffer {
  return memberBytes(bytes, key) ?? Buffer.alloc(0);
}

/** Fields of every record of an API call. */
const OWN_FIELDS = ['eventVersion', 'eventTime', 'eventSource', 'eventName', 'eventID'] as const;

/** Splunk's `result` may have a record's fields without the record. */
function holdsRecord(key: (typeof HOLDS_EXPORT)[number], inner: object): boolean {
  if (key === 'result') return RAW in inner;
  // OCSF keeps what it has no place for there, which may be all or only some of the record's fields.
  if (key === 'unmapped') return OWN_FIELDS.every((field) => field in inner);
  return 'eventName' in inner || 'event' in inner || isWrapper(inner);
}

function isWrapper(value: object): boolean {
  return [...HOLDS_LIST, ...HOLDS_TEXT].some((key) => key in value);
}

function tooLong(length: number): string {
  return `${length} bytes long, which no record of CloudTrail’s is (its limit is 256 KB)`;
}

function rejected(reason: string): LogEntry {
  return { kind: 'rejected', reason };
}

function typeNameOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

/** The first few keys, shortened: anyone may have written the file. */
function keysOf(value: object): string {
  const keys = Object.keys(value).slice(0, 5);
  return keys.length === 0
    ? 'an empty object'
    : `keys ${keys.map((key) => JSON.stringify(key.slice(0, 30))).join(', ')}`;
}
