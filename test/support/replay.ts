/** Deliveries that several processes handle concurrently, on one ledger file and one mail folder. */

import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { parseConfig } from '../../src/config.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { mailFolder } from '../../src/local/mail-folder.ts';
import { startClock } from '../../src/local/run-clock.ts';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aTagRecord, BUCKET } from './deliveries.ts';
import { at } from './sightings.ts';

export const REPLAY_CONFIG: string = JSON.stringify({
  requiredTags: ['CostCenter'],
  trail: { buckets: [BUCKET], accounts: ['111122223333'], topics: [] },
});
/** Long after the grace period, and before any reminder. */
export const REPLAY_NOW: Date = at(120);

/** Some tags are in separate files, to be read before, after or together with the launch. */
const FILES = [
  [aLaunchRecord(0, 'i-0a1'), aLaunchRecord(1, 'i-0a2', { CostCenter: '1' })],
  [aLaunchRecord(2, 'i-0b1'), aLaunchRecord(3, 'i-0b2')],
  [aTagRecord(20, 'i-0b1', { CostCenter: '1' })],
  [aLaunchRecord(5, 'i-0c1', { CostCenter: '' }), aTagRecord(6, 'i-0a1', { Owner: 'dana' })],
  [aTagRecord(21, 'i-0b2', { CostCenter: '1' }), aLaunchRecord(22, 'i-0d1')],
];

/** Each delivery's number once, in order. */
export const REPLAYED: readonly number[] = FILES.map((_, number) => number);
export const STILL_UNTAGGED: ReadonlySet<string> = new Set(['i-0a1', 'i-0c1', 'i-0d1']);
export const TAGGED_LATER: ReadonlySet<string> = new Set(['i-0b1', 'i-0b2']);

/** Delivers the files in this order and redelivers each that failed until all have succeeded. */
export async function replay(home: string, order: readonly number[]): Promise<void> {
  const bucket = aBucket();
  for (const [number, records] of FILES.entries()) bucket.put(aLogKey(number), records);
  const ledger = openSqliteLedger(join(home, 'ledger.sqlite'));
  const ports = {
    logs: bucket.logs,
    inventory: recordsAlone(),
    ledger,
    publisher: mailFolder(join(home, 'mail'), () => REPLAY_NOW),
  };
  const config = parseConfig(REPLAY_CONFIG, 'config.json');
  let left = order.map((number, place) => aNotice(`${process.pid}-${place}`, aLogKey(number)));
  while (left.length > 0) {
    const { failed } = await deliver(left.slice(0, 1), ports, config, { now: REPLAY_NOW, clock: startClock() });
    left = [...left.slice(1), ...failed.map(({ message }) => message)];
    await turn();
  }
  ledger.close();
}
