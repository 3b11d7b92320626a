/** What is kept of one resource's calls: a bounded list that does not depend on the order in which calls are added. */

import { createHash } from 'node:crypto';
import { compareText, groupBy } from '../collections.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { Change } from '../sighting/changes/change.ts';
import { isBetterSource } from '../sighting/dedupe.ts';
import type { Evidence } from '../sighting/sighting.ts';
import type { ChangingCall, KeptResource, PlacedChange } from './change-log.ts';
import { idsChangedBy, LOST_IDS } from './changed-ids.ts';

/** One call, as it is stored for one resource. */
export interface StoredCall {
  readonly callId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: ChangingCall['kind'];
  readonly evidence: Evidence;
  readonly changes: readonly PlacedChange[];
}

/** The calls on one resource, newest first. `end` is the newest that was left out for want of space: older ones are left out too. */
export interface ResourceCalls {
  readonly calls: readonly StoredCall[];
  readonly end?: Pick<StoredCall, 'at' | 'callId'> | undefined;
}

/** Calls to be added to what is kept of a resource. */
export interface Addition {
  readonly scope: Scope;
  readonly resourceId: string;
  readonly calls: readonly StoredCall[];
}

/** Nothing is kept of the resource. */
export const NO_CALLS: ResourceCalls = { calls: [] };

/**
 * The most JSON that is kept of a resource. An item of DynamoDB holds 400 KB, a transaction 4 MB.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const MOST_BYTES = 128 * 1024;

/** The calls by the resources that they changed, each with the changes of that resource. */
export function additionsOf(calls: readonly ChangingCall[]): readonly Addition[] {
  const parts = calls.flatMap((call) => partsOf(call));
  return [...groupBy(parts, ({ scope, resourceId }) => `${scopeKey(scope)} ${resourceId}`).values()].flatMap((some) => {
    const [first] = some;
    return first === undefined ? [] : [{ ...first, calls: some.flatMap((part) => part.calls) }];
  });
}

function partsOf(call: ChangingCall): readonly Addition[] {
  const { accountId, region, kind, evidence, eventTime, changes = [] } = call;
  if (changes.length === 0) return [];
  const scope = { accountId, region };
  const callId = callIdOf(call);
  const byResource = new Map<string, PlacedChange[]>();
  changes.forEach((change, place) => {
    for (const id of idsChangedBy(change)) {
      const placed = { place, change: onlyAbout(id, change) };
      const known = byResource.get(id);
      if (known === undefined) byResource.set(id, [placed]);
      else known.push(placed);
    }
  });
  return [...byResource].map(([resourceId, placed]) => {
    const stored = { callId, at: eventTime.getTime(), kind, evidence, changes: placed };
    return { scope, resourceId, calls: [sizeOf(stored) > MOST_BYTES ? tooLong(stored, resourceId) : stored] };
  });
}

function onlyAbout(id: string, change: Change): Change {
  return change.kind === 'opaque' && change.resourceIds.length > 1 && !LOST_IDS.includes(id)
    ? { ...change, resourceIds: [id] }
    : change;
}

function tooLong(call: StoredCall, resourceId: string): StoredCall {
  const [place = 0] = call.changes.map((each) => each.place);
  const change = { kind: 'opaque', resourceIds: [resourceId], lacks: 'is too long to be kept' } as const;
  return { ...call, changes: [{ place, change }] };
}

/** Identifies a call by its content: published records use one event id for several calls. */
export function callIdOf({ evidence: { eventID, eventName, eventTime }, changes }: ChangingCall): string {
  const content = JSON.stringify([eventID, eventName, eventTime, changes]);
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}

/** The list with more calls. The same list if there is nothing new in them. */
export function withCalls(kept: ResourceCalls, added: readonly StoredCall[]): ResourceCalls {
  const byId = new Map(kept.calls.map((call) => [call.callId, call]));
  let isChanged = false;
  for (const call of added) {
    if (kept.end !== undefined && newestFirst(call, kept.end) >= 0) continue;
    const known = byId.get(call.callId);
    if (known !== undefined && !isBetterSource(call, known)) continue;
    byId.set(call.callId, call);
    isChanged = true;
  }
  return isChanged ? bounded([...byId.values()].toSorted(newestFirst), kept.end) : kept;
}

/** The newest calls that fit. What is left out is a whole past: no call that is kept came before one that is not. */
function bounded(calls: readonly StoredCall[], end: ResourceCalls['end']): ResourceCalls {
  let size = 0;
  const fits = calls.findIndex((call) => {
    size += sizeOf(call);
    return size > MOST_BYTES;
  });
  const first = calls[fits];
  if (first === undefined) return { calls, end };
  return { calls: calls.slice(0, fits), end: { at: first.at, callId: first.callId } };
}

function newestFirst(one: Pick<StoredCall, 'at' | 'callId'>, other: Pick<StoredCall, 'at' | 'callId'>): number {
  return other.at - one.at || compareText(other.callId, one.callId);
}

function sizeOf(call: StoredCall): number {
  return Buffer.byteLength(JSON.stringify(call));
}

/** What is kept of a resource, as its readers see it. */
export function keptResource(scope: Scope, resourceId: string, { calls, end }: ResourceCalls): KeptResource {
  const { accountId, region } = scope;
  const parts = calls.map(({ callId, at, kind, evidence, changes }) => ({
    ...{ accountId, region, callId, kind, evidence, changes },
    eventTime: new Date(at),
  }));
  return { resourceId, parts, ...(end !== undefined && { lacksUntil: new Date(end.at) }) };
}
