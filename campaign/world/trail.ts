/** CloudTrail and EventBridge: log files in a bucket, with a notice on a queue, minutes later; events within seconds. */

import { gzipSync } from 'node:zlib';
import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Clock } from '../driver/clock.ts';
import { chanceAt } from '../driver/random.ts';
import { REGION } from './account.ts';
import { recordOf, second, type TrailCall, uuidOf } from './records.ts';

export const BUCKET = 'trail-bucket';
export const TRAIL_TOPIC = 'arn:aws:sns:eu-west-1:111122223333:trail';

/** Where deliveries go, and how unreliable they are. */
export interface TrailOptions {
  readonly clock: Clock;
  readonly seed: number;
  /** The share of files and events that arrive twice, and of notices that arrive before their file. */
  readonly duplicates: number;
  /** The share of files that arrive one to three hours late. */
  readonly late: number;
  readonly note: (line: string) => void;
  /** Puts a log file into the bucket. */
  readonly put: (key: string, content: Buffer) => void;
  /** Sends a notice to the deliveries' queue. */
  readonly notify: (body: string) => void;
  /** Sends an event to the rules' target. `id` is the same for an event that arrives twice. */
  readonly emit: (event: Item) => void;
  /** The names of the calls that the rule for API calls lets through. */
  readonly ruledCalls: ReadonlySet<string>;
}

const FILE_EVERY_MS = 5 * 60_000;

/** What reports the world's changes to us. */
export interface Trail {
  /** Records a call, and sends its event if a rule asks for it. */
  record(call: TrailCall): void;
  /** Sends an event of a service. */
  event(source: string, detailType: string, accountId: string, detail: Item): void;
}

/** The trail of a world. */
export function trailOf(options: TrailOptions): Trail {
  const { clock, seed, emit, ruledCalls, duplicates } = options;
  const waiting = new Map<string, Item[]>();
  let records = 0;
  let events = 0;

  const event: Trail['event'] = (source, detailType, accountId, detail) => {
    events += 1;
    const id = uuidOf(1_000_000 + events);
    const time = second(clock.now());
    const body = { version: '0', id, 'detail-type': detailType, source, account: accountId, time, region: REGION };
    const whole = { ...body, resources: [], detail };
    clock.after(1000 + 9000 * chanceAt(seed, 'event', events), () => emit(whole));
    if (chanceAt(seed, 'event twice', events) < duplicates)
      clock.after(5000 + 90_000 * chanceAt(seed, 'event again', events), () => emit(whole));
  };

  return {
    event,
    record(call) {
      records += 1;
      const record = recordOf(call, records);
      if (ruledCalls.has(call.eventName)) {
        clock.after(3000 + 60_000 * chanceAt(seed, 'call event', records), () =>
          event('aws.ec2', 'AWS API Call via CloudTrail', call.accountId, record),
        );
      }
      const { accountId } = call;
      const batch = waiting.get(accountId);
      if (batch !== undefined) {
        batch.push(record);
        return;
      }
      waiting.set(accountId, [record]);
      clock.after(FILE_EVERY_MS * (0.2 + chanceAt(seed, 'file', records)), () => {
        const found = waiting.get(accountId) ?? [];
        waiting.delete(accountId);
        writeFiles(found, accountId, options);
      });
    },
  };
}

/** Writes the records into one file or two, each after a delay of its own: a later file may arrive first. */
function writeFiles(records: readonly Item[], accountId: string, options: TrailOptions): void {
  const { clock, seed, late } = options;
  const name = `${accountId}/${clock.now()}`;
  const cut = chanceAt(seed, 'split', name) < 0.3 ? Math.ceil(records.length / 2) : records.length;
  for (const [part, some] of [records.slice(0, cut), records.slice(cut)].entries()) {
    if (some.length === 0) continue;
    const place = `${name}/${part}`;
    const chance = chanceAt(seed, 'file delay', place);
    const delay =
      chanceAt(seed, 'late', place) < late ? (1 + 2 * chance) * 3_600_000 : 20_000 + 8 * 60_000 * chance ** 2;
    clock.after(delay, () => deliver(some, place, accountId, options));
  }
}

function deliver(records: readonly Item[], place: string, accountId: string, options: TrailOptions): void {
  const { clock, seed, duplicates, put, notify, note } = options;
  const time = second(clock.now());
  const folder = `AWSLogs/${accountId}/CloudTrail/${REGION}/${time.slice(0, 10).replaceAll('-', '/')}`;
  const stamp = time.replaceAll(/[-:]/g, '').slice(0, 13);
  const unique = Math.floor(chanceAt(seed, 'unique', place) * 36 ** 6)
    .toString(36)
    .padStart(16, 'X');
  const key = `${folder}/${accountId}_CloudTrail_${REGION}_${stamp}Z_${unique}.json.gz`;
  const isEarly = chanceAt(seed, 'early notice', place) < duplicates;
  note(
    `world log file with ${records.map(({ eventName }) => eventName).join(', ')}${isEarly ? ', after its notice' : ''}`,
  );
  clock.after(isEarly ? 40_000 : 0, () => put(key, gzipSync(JSON.stringify({ Records: records }))));
  const message = JSON.stringify({ s3Bucket: BUCKET, s3ObjectKey: [key] });
  const body = JSON.stringify({
    ...{ Type: 'Notification', MessageId: uuidOf(2_000_000), TopicArn: TRAIL_TOPIC, Message: message },
    ...{ Timestamp: new Date(clock.now()).toISOString(), SignatureVersion: '1', Signature: 'c2lnbmVk' },
  });
  clock.after(500, () => notify(body));
  if (chanceAt(seed, 'notice twice', place) < duplicates)
    clock.after(1000 + 20 * 60_000 * chanceAt(seed, 'notice again', place), () => notify(body));
}
