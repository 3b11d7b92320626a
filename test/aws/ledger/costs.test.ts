import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import type { Heard } from '../../../src/ledger/freshness/heard.ts';
import type { LedgerEntry } from '../../../src/ledger/ledger.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { type CountingTable, countingTable, type TableCosts } from '../../support/counting-table.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice } from '../../support/deliveries.ts';
import { aFinding, aJudgement } from '../../support/findings.ts';
import { accountOf, CONFIG, recordHistory } from '../../support/ledger-account.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const INSTANCES = 60;

const PUBLISHER = { publish: async (): Promise<string> => 'sent' };

const sweepAt = (ledger: FullLedger, minute: number, bare = 0): Promise<unknown> =>
  sweep({ inventory: anAccountOf(accountOf(INSTANCES, bare)).source, ledger, publisher: PUBLISHER }, CONFIG, {
    ...{ now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}` },
  });

async function costOf(counting: CountingTable, work: () => Promise<unknown>): Promise<TableCosts> {
  counting.reset();
  await work();
  return counting.costs();
}

/** A ledger that two sweeps brought up to date. */
async function aSweptLedger(history = 0, where: Parameters<typeof recordHistory>[2] = { state: 'resolved' }) {
  const counting = countingTable();
  const ledger = ledgerOn(counting.table);
  await recordHistory(ledger, history, where);
  for (const minute of [0, 10]) await sweepAt(ledger, minute);
  return { counting, ledger };
}

/** The open findings. The sensors themselves are exempt from mirroring, and muted. */
const openIn = (ledger: FullLedger): Promise<readonly LedgerEntry[]> =>
  ledger.entries({ status: ['open', 'resolved'] });

describe('a sweep', () => {
  it('of an account in order writes its look and its run, and no row', async () => {
    const { counting, ledger } = await aSweptLedger();
    expect(await openIn(ledger)).toEqual([]);
    const before = counting.size();
    const { writeUnits } = await costOf(counting, () => sweepAt(ledger, 20));
    expect(counting.size()).toBe(before + 2);
    expect(writeUnits).toBeLessThan(20);
  });

  it('does not write again what it finds as it was, and has it in the ledger as seen then', async () => {
    const { counting, ledger } = await aSweptLedger();
    // The second one mails what is past its grace period.
    for (const minute of [30, 40]) await sweepAt(ledger, minute, 5);
    const { writeUnits } = await costOf(counting, () => sweepAt(ledger, 50, 5));
    expect(writeUnits).toBeLessThan(20);
    const entries = await openIn(ledger);
    expect(entries.map(({ finding }) => finding.lastSeen)).toEqual(Array(10).fill(at(50).toISOString()));
  });

  it.each([
    ['resolved', { state: 'resolved' }],
    ['open in another region', { state: 'open', region: 'us-east-1' }],
  ] as const)('costs the same whatever the ledger holds that is %s', async (_, where) => {
    const [none, long] = [await aSweptLedger(), await aSweptLedger(1500, where)];
    for (const [minute, bare] of [
      [20, 0],
      [30, 5],
      [40, 5],
      [50, 0],
    ] as const) {
      const [one, other] = [none, long].map(({ counting, ledger }) =>
        costOf(counting, () => sweepAt(ledger, minute, bare)),
      );
      expect(await other).toEqual(await one);
    }
  });
});

describe('a delivery', () => {
  const deliverAt = (ledger: FullLedger, minute: number, bare: number): Promise<unknown> => {
    const bucket = aBucket();
    bucket.put(aLogKey(minute), [aLaunchRecord(minute - 1, `i-${String(INSTANCES - 1).padStart(6, '0')}`)]);
    const inventory = anAccountOf(accountOf(INSTANCES, bare)).source;
    const ports = { logs: bucket.logs, inventory, ledger, publisher: PUBLISHER };
    return deliver([aNotice(`m${minute}`, aLogKey(minute))], ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK });
  };

  it('of a launch in order adds no finding', async () => {
    const { counting, ledger } = await aSweptLedger();
    const { calls } = await costOf(counting, () => deliverAt(ledger, 20, 0));
    expect(await openIn(ledger)).toEqual([]);
    // One of them is the first that is heard of the account and region.
    expect(calls).toBeLessThanOrEqual(7);
  });

  it('of an instance out of order takes at most 15 calls, whatever the ledger holds', async () => {
    const costs: TableCosts[] = [];
    for (const history of [0, 1500]) {
      const { counting, ledger } = await aSweptLedger(history);
      costs.push(await costOf(counting, () => deliverAt(ledger, 20, 1)));
    }
    expect(costs[0]?.calls).toBeLessThanOrEqual(15);
    expect(costs[1]).toEqual(costs[0]);
  });
});

describe('who spoke', () => {
  const heard = (minute: number, accountId = '111122223333'): Heard => ({
    ...{ accountId, region: 'eu-west-1' },
    ...{ record: at(minute), delivered: at(minute) },
  });

  it('takes a read for each delivery, and a write of one unit in ten minutes', async () => {
    const counting = countingTable();
    const ledger = ledgerOn(counting.table);
    await ledger.hear([heard(0)], at(0));
    const within = await costOf(counting, () => ledger.hear([heard(5)], at(5)));
    expect(within).toMatchObject({ calls: 1, writeUnits: 0 });
    const after = await costOf(counting, () => ledger.hear([heard(10)], at(10)));
    expect(after).toMatchObject({ calls: 2, writeUnits: 1 });
    // Hundreds of files an hour of one account and region.
    const hour = await costOf(counting, async () => {
      for (let minute = 60; minute < 120; minute += 0.1) await ledger.hear([heard(minute)], at(minute));
    });
    expect(hour.writeUnits).toBeLessThanOrEqual(7);
  });

  it('of 1,700 accounts and regions is read with one query to judge them', async () => {
    const counting = countingTable();
    const ledger = ledgerOn(counting.table);
    const all = Array.from({ length: 1700 }, (_, index) => heard(0, String(100_000_000_000 + index)));
    for (let hour = 0; hour < 4; hour += 1) await ledger.hear(all, at(60 * hour));
    const { calls, readUnits } = await costOf(counting, () => ledger.freshness());
    expect(calls).toBe(1);
    expect(readUnits).toBeLessThan(260);
  });
});

describe('the list of what is in sight', () => {
  it('has what is open without an end, and what is resolved as long as its row', async () => {
    const counting = countingTable();
    const ledger = ledgerOn(counting.table);
    const finding = aFinding();
    const { id, rule, accountId, region, resourceId } = finding;
    const pass = aJudgement({ id, rule, accountId, region, resourceId });
    const listed = async (minute: number, findings: readonly Finding[], judgements: readonly Judgement[]) => {
      await ledger.record({ at: at(minute), findings, judgements, outcomes: [] });
      const [item] = await counting.table.query(`sight#${accountId}:${region}`);
      return [item?.body, item?.expiresAt === undefined];
    };
    expect(await listed(0, [finding], [])).toEqual(['"open"', true]);
    await ledger.settle([{ kind: 'alert', key: `${id}:notified` }], { now: at(1), owner: 'a', how: 'done' });
    expect(await listed(2, [], [pass])).toEqual(['"to be told"', false]);
    expect(await listed(3, [finding], [])).toEqual(['"open"', true]);
    expect(await listed(4, [], [pass])).toEqual(['"until the next look"', false]);
  });
});
