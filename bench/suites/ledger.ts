/** What sweeps and deliveries cost in the ledger's table, by the length of its history and the size of the account. Counts, not times. */

import { ledgerOn } from '../../src/aws/ledger/dynamodb-ledger.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../test/support/clocks.ts';
import { type CountingTable, countingTable, type TableCosts } from '../../test/support/counting-table.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice } from '../../test/support/deliveries.ts';
import { accountOf, CONFIG, recordHistory } from '../../test/support/ledger-account.ts';
import { anAccountOf } from '../../test/support/mirror-writers.ts';
import { at } from '../../test/support/sightings.ts';
import type { Row, Suite, SuiteResult } from '../measure.ts';

const HISTORIES = [0, 1_000, 10_000, 100_000] as const;
const SIZES = [100, 1_000, 10_000] as const;
const USUAL_SIZE = 1_000;
/** Instances that are neither tagged nor mirrored. */
const BARE = 5;

/** Needs about three minutes and 2 GB. */
export const ledger: Suite = { name: 'ledger: items, units and calls of sweeps and deliveries', run };

/** A run on the ledger, at a minute. */
type Run = (ledger: FullLedger, minute: number) => Promise<unknown>;

async function run(): Promise<SuiteResult> {
  const rows: Row[] = [];
  const costs = new Map<string, TableCosts>();
  const note = (name: string, cost: TableCosts, counting: CountingTable): void => {
    costs.set(name, cost);
    const { calls, items, readUnits, writeUnits } = cost;
    const held = `${counting.size()} items in the table`;
    rows.push({ name, note: `${items} items, ${readUnits} RU, ${writeUnits} WU, ${calls} calls; ${held}` });
  };
  for (const history of HISTORIES) {
    for (const where of history === 0 ? (['resolved'] as const) : (['resolved', 'open elsewhere'] as const)) {
      const counting = countingTable();
      const known = ledgerOn(counting.table);
      await recordHistory(known, history, where === 'resolved' ? { state: 'resolved' } : ELSEWHERE);
      await measured(`${history} findings ${where}`, { counting, known, size: USUAL_SIZE }, note);
    }
  }
  for (const size of SIZES.filter((each) => each !== USUAL_SIZE)) {
    const counting = countingTable();
    await measured(`${size} instances`, { counting, known: ledgerOn(counting.table), size }, note);
  }
  return { rows, targets: targetsOf(costs) };
}

const ELSEWHERE = { state: 'open', region: 'us-east-1' } as const;

/** A ledger, and an account of this size. */
interface Measured {
  readonly counting: CountingTable;
  readonly known: FullLedger;
  readonly size: number;
}

/** Two sweeps bring the ledger up to date; then each kind of run is counted. */
async function measured(
  name: string,
  { counting, known, size }: Measured,
  note: (name: string, cost: TableCosts, counting: CountingTable) => void,
): Promise<void> {
  const count = async (what: string, work: Run, minute: number): Promise<void> => {
    counting.reset();
    await work(known, minute);
    note(`${name}: ${what}`, counting.costs(), counting);
  };
  await sweepOf(size)(known, 0);
  await sweepOf(size)(known, 10);
  await count('a later sweep, all in order', sweepOf(size), 20);
  await count(`a sweep that finds ${BARE} instances bare`, sweepOf(size, BARE), 30);
  await count('the sweep that mails them', sweepOf(size, BARE), 40);
  await count('a later sweep that finds them as they were', sweepOf(size, BARE), 45);
  await count('a delivery of a launch in order', deliveryOf(size, size - BARE - 1), 50);
  await count('a delivery of a bare launch', deliveryOf(size + 1, size, BARE + 1), 60);
}

function sweepOf(size: number, bare = 0): Run {
  return (known, minute) =>
    sweep({ inventory: anAccountOf(accountOf(size, bare)).source, ledger: known, publisher: PUBLISHER }, CONFIG, {
      now: at(minute),
      clock: STOPPED_CLOCK,
      name: `sweep-${minute}`,
    });
}

/** A log with the launch of one instance of the account. */
function deliveryOf(size: number, launched: number, bare = BARE): Run {
  return async (known, minute) => {
    const bucket = aBucket();
    bucket.put(aLogKey(minute), [aLaunchRecord(minute - 1, `i-${String(launched).padStart(6, '0')}`)]);
    const inventory = anAccountOf(accountOf(size, bare)).source;
    const ports = { logs: bucket.logs, inventory, ledger: known, publisher: PUBLISHER };
    await deliver([aNotice(`m${minute}`, aLogKey(minute))], ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK });
  };
}

const PUBLISHER = { publish: async (): Promise<string> => 'sent' };

function targetsOf(costs: ReadonlyMap<string, TableCosts>): SuiteResult['targets'] {
  const of = (name: string): TableCosts =>
    costs.get(name) ?? { calls: NaN, items: NaN, readUnits: NaN, writeUnits: NaN };
  const none = of('0 findings resolved: a later sweep, all in order');
  const growth = (where: string): number => {
    const long = of(`100000 findings ${where}: a later sweep, all in order`);
    return Math.max(long.readUnits / none.readUnits, long.writeUnits / none.writeUnits, long.calls / none.calls);
  };
  const calls = [...costs].filter(([name]) => name.includes('delivery')).map(([, cost]) => cost.calls);
  return [
    { name: 'a sweep at 100,000 resolved findings, × at none', value: growth('resolved'), goal: 2, atMost: true },
    { name: 'at 100,000 findings open elsewhere, × at none', value: growth('open elsewhere'), goal: 2, atMost: true },
    { name: 'a later sweep of 1,000 instances in order, WU', value: none.writeUnits, goal: 50, atMost: true },
    { name: 'the most calls of a delivery', value: Math.max(...calls), goal: 15, atMost: true },
  ];
}
