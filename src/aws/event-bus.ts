/** Puts events on a bus of EventBridge. */

import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { EventBus, EventFailure, FindingEvent } from '../alert/channels/finding-events.ts';
import { AwsCallError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_PER_CALL = 10;
/** Of all entries of a call together; more is allowed now in most regions. @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const BYTES_PER_CALL = 262_144;
/** What an entry has besides its texts: its time, as EventBridge counts it. */
const TIME_BYTES = 14;

const SOURCE = 'mirrorwatch';

/** How long to wait before the entries that a call did not take are tried again, alone. What is not taken then is reported. */
const RETRY_AFTER_MS = [200, 1_000];

interface Sent {
  readonly index: number;
  readonly entry: PutEventsRequestEntry;
}

/**
 * A bus by its name or ARN, in the region of the ARN, else in `region`. A call has ten entries at most, within its size. Entries that it did
 * not take are tried again alone, twice. A call that failed altogether is not, as the SDK has done so; it does not stop the others.
 */
export function eventBus(
  clients: Clients,
  { name, region, sleep }: { readonly name: string; readonly region: string; sleep(ms: number): Promise<void> },
): EventBus {
  const busRegion = name.startsWith('arn:') ? (name.split(':')[3] ?? region) : region;
  const putBatch = async (batch: readonly Sent[]): Promise<readonly EventFailure[]> => {
    try {
      const { Entries = [] } = await awsCall('PutEvents', { resourceId: name, region: busRegion }, () =>
        clients
          .home(EventBridgeClient, busRegion)
          .send(new PutEventsCommand({ Entries: batch.map(({ entry }) => entry) })),
      );
      // The answer has a result for each entry, in their order. One without an id was not taken.
      return batch.flatMap(({ index }, at) => {
        const {
          EventId,
          ErrorCode = 'NoAnswer',
          ErrorMessage = 'the answer says nothing about it',
        } = Entries[at] ?? {};
        return EventId === undefined || EventId === ''
          ? [{ index, awsCode: ErrorCode, reason: ErrorMessage, again: true }]
          : [];
      });
    } catch (fault) {
      if (!(fault instanceof AwsCallError)) throw fault;
      const { awsCode = '' } = fault.concerns;
      return batch.map(({ index }) => ({ index, awsCode, reason: fault.message }));
    }
  };
  const putAgain = async (batch: readonly Sent[]): Promise<readonly EventFailure[]> => {
    let failures = await putBatch(batch);
    for (const ms of RETRY_AFTER_MS) {
      const again = new Set(failures.flatMap((failure) => ('again' in failure ? [failure.index] : [])));
      if (again.size === 0) break;
      await sleep(ms);
      const others = failures.filter(({ index }) => !again.has(index));
      failures = [...others, ...(await putBatch(batch.filter(({ index }) => again.has(index))))];
    }
    return failures.map(({ index, awsCode, reason }) => ({ index, awsCode, reason }));
  };
  return {
    async put(events) {
      const failures: EventFailure[] = [];
      for (const batch of batchesOf(events.map((event, index) => ({ index, entry: entryOf(event, name) }))))
        failures.push(...(await putAgain(batch)));
      return failures;
    },
  };
}

function entryOf({ detailType, detail, resource, time }: FindingEvent, bus: string): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: SOURCE,
    DetailType: detailType,
    Detail: detail,
    Resources: [resource],
    Time: time,
  };
}

/** The entries of each call, in order. */
function batchesOf(all: readonly Sent[]): readonly (readonly Sent[])[] {
  const batches: Sent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const each of all) {
    const size = sizeOf(each.entry);
    const last = batches.at(-1);
    if (last === undefined || last.length === ENTRIES_PER_CALL || bytes + size > BYTES_PER_CALL) {
      batches.push([each]);
      bytes = size;
    } else {
      last.push(each);
      bytes += size;
    }
  }
  return batches;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/calculate-putevents-entry-size.html */
function sizeOf({ Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): number {
  return [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
}
