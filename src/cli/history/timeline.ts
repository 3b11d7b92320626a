/** A record as a line for people: when, where, what, by whom, and what it names. */

import { actorOf } from '../../cloudtrail/identity.ts';
import { type CloudTrailRecord, callFailed } from '../../cloudtrail/record.ts';
import type { FoundRecord } from '../../history/ask/ask-result.ts';
import { resourcesIn } from '../../history/records/resources-in.ts';
import { brief, visible } from '../../report/escape.ts';

/** Resources that are named in a line; the others are counted. */
const MOST_RESOURCES = 4;
const TIME_WIDTH = 20;

/**
 * `2026-03-17T10:05:22Z  111122223333 eu-west-1  ec2 RunInstances  by dana  i-0123456789abcdef0`, and a failed call's error code. What acts on a
 * terminal is escaped, and long texts are cut. A record without a time that can be read says so.
 */
export function timelineLine({ eventTime, json }: Pick<FoundRecord, 'eventTime' | 'json'>): string {
  const record: CloudTrailRecord = JSON.parse(json);
  const { recipientAccountId, awsRegion, eventSource, eventName } = record;
  const time = eventTime === undefined ? 'no time' : `${new Date(eventTime).toISOString().slice(0, 19)}Z`;
  const service = shown(eventSource).replace(/\.amazonaws\.com$/, '');
  return `${[
    time.padEnd(TIME_WIDTH),
    `${shown(recipientAccountId)} ${shown(awsRegion)}`,
    `${service} ${shown(eventName)}`,
    `by ${shown(actorOf(record).name)}`,
    ...(callFailed(record) ? [`failed: ${shown(errorOf(record))}`] : []),
    ...resourceWords(record),
  ].join('  ')}\n`;
}

function errorOf({ errorCode, errorMessage }: CloudTrailRecord): unknown {
  return errorCode || errorMessage;
}

function resourceWords(record: CloudTrailRecord): readonly string[] {
  // Who called is in the line already, and an id says what its ARN says.
  const { userIdentity: _, ...call } = record;
  const named = resourcesIn(call);
  const ids = named
    .filter((each) => !named.some((other) => each !== other && each.endsWith(`/${other}`)))
    .toSorted((one, other) => rankOf(one) - rankOf(other));
  if (ids.length === 0) return [];
  const more = ids.length - MOST_RESOURCES;
  return [`${ids.slice(0, MOST_RESOURCES).map(shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/** Instances and interfaces come first, ARNs last. */
function rankOf(resource: string): number {
  if (/^m?i-/.test(resource)) return 0;
  if (resource.startsWith('eni-')) return 1;
  return resource.startsWith('arn:') ? 3 : 2;
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? visible(brief(value)) : '-';
}
