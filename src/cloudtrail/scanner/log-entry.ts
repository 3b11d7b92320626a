/** What one value of a log file is: a record, a known thing that is none, or several records wrapped by EventBridge, SNS or the CLI. */

import type { CloudTrailRecord } from '../record.ts';
import { elementBytes, memberBytes, oneLine } from './json-walk.ts';

/** Things that lie where records lie, are known and are no API calls; network activity has the shape of a record and is one too. */
export type KnownKind = 'insight' | 'aggregated' | 'network-activity' | 'digest' | 'event' | 'empty';

export type LogEntry =
  | { readonly kind: 'record'; readonly record: CloudTrailRecord; readonly bytes: Buffer; readonly known?: KnownKind }
  | { readonly kind: 'known'; readonly known: KnownKind }
  /** `damaged`: the bytes are no JSON, so that more than one record may lie in them. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly damaged?: true };

/** Wrappings nest (SQS around SNS around EventBridge) but not for ever. */
const MOST_LAYERS = 6;

/** Members whose value is the record, or holds it: EventBridge, Lambda's SNS records. */
const HOLDS_OBJECT = ['detail', 'Sns'] as const;
/** Members whose value is the record as text: SNS, SQS, CloudWatch Logs, `aws cloudtrail lookup-events`. */
const HOLDS_TEXT = ['Message', 'body', 'message', 'CloudTrailEvent'] as const;
/** Members whose value is a list of records or of wrappings. */
const HOLDS_LIST = ['Records', 'logEvents', 'Events'] as const;

/** The kind of a value that is known not to be an API call, or undefined. */
export function knownKindOf(record: CloudTrailRecord): KnownKind | undefined {
  const { eventType, eventCategory } = record;
  if (eventType === 'AwsCloudTrailInsight' || eventCategory === 'Insight') return 'insight';
  if (eventType === 'AwsAggregatedEvent' || eventCategory === 'Aggregated') return 'aggregated';
  if (eventType === 'AwsVpceEvent' || eventCategory === 'NetworkActivity') return 'network-activity';
  if ('digestS3Object' in record && 'logFiles' in record) return 'digest';
  return undefined;
}

/** Everything a value of a log file holds, in order; never throws and is never empty but for an empty list. */
export function readEntries(bytes: Buffer, layers = 0): readonly LogEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const reason = `not JSON: ${cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable'}`;
    return [layers === 0 ? { kind: 'rejected', reason, damaged: true } : rejected(reason)];
  }
  if (Array.isArray(value))
    return layers === 0 ? [rejected('a list where a record was expected')] : inside(bytes, layers);
  if (typeof value !== 'object' || value === null) return [rejected(`${describe(value)} where a record was expected`)];
  const record = value as CloudTrailRecord;
  const known = knownKindOf(record);
  if (typeof record.eventName === 'string' && record.eventName !== '')
    return [known === undefined ? { kind: 'record', record, bytes } : { kind: 'record', record, bytes, known }];
  if (known !== undefined) return [{ kind: 'known', known }];
  return unwrapped(bytes, record, layers) ?? [rejected(`no eventName, and of no known kind (${keysOf(record)})`)];
}

/** A record's bytes as one line of valid UTF-8, byte-true otherwise; a copy that keeps nothing else alive. */
export function lineOf(bytes: Buffer, utf8: boolean): Buffer {
  return oneLine(utf8 ? bytes : Buffer.from(bytes.toString('utf8')));
}

function unwrapped(bytes: Buffer, value: CloudTrailRecord, layers: number): readonly LogEntry[] | undefined {
  if (layers >= MOST_LAYERS) return [rejected('wrapped too deeply')];
  for (const key of HOLDS_LIST) if (Array.isArray(value[key])) return inside(member(bytes, key), layers);
  for (const key of HOLDS_OBJECT) {
    const inner = value[key];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    if (key === 'detail' && !('eventName' in inner) && 'detail-type' in value && !holds(inner))
      return [{ kind: 'known', known: knownKindOf(inner as CloudTrailRecord) ?? 'event' }];
    return readEntries(member(bytes, key), layers + 1);
  }
  for (const key of HOLDS_TEXT) {
    const inner = value[key];
    if (typeof inner !== 'string') continue;
    if (/^\s*[{[]/.test(inner)) return readEntries(Buffer.from(inner), layers + 1);
  }
  return undefined;
}

function inside(list: Buffer, layers: number): readonly LogEntry[] {
  return elementBytes(list).flatMap((element) => readEntries(element, layers + 1));
}

function member(bytes: Buffer, key: string): Buffer {
  return memberBytes(bytes, key) ?? Buffer.alloc(0);
}

function holds(value: object): boolean {
  return [...HOLDS_LIST, ...HOLDS_TEXT].some((key) => key in value);
}

function rejected(reason: string): LogEntry {
  return { kind: 'rejected', reason };
}

function describe(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

/** The first keys, bounded: they come from a file that anyone may have written. */
function keysOf(value: object): string {
  const keys = Object.keys(value).slice(0, 5);
  return keys.length === 0
    ? 'an empty object'
    : `keys ${keys.map((key) => JSON.stringify(key.slice(0, 30))).join(', ')}`;
}
