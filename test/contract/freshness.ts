/** The part of the contract of every ledger that is about when accounts and regions spoke; `changeLogContract` runs it. */

import { describe, expect, it } from 'vitest';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { JUDGE_EVERY_MS } from '../../src/ledger/freshness/freshness-log.ts';
import type { Heard } from '../../src/ledger/freshness/heard.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const OTHER = { accountId: '444455556666', region: 'us-east-1' };

const heard = (minute: number, scope = SCOPE): Heard => ({ ...scope, record: at(minute), delivered: at(minute + 1) });

/** Describes the contract. `create` opens an empty ledger. */
export function freshnessContract(name: string, create: () => Promise<FullLedger>): void {
  const timesIn = async (log: FullLedger) =>
    (await log.freshness())
      .map(({ accountId, region, spoken }) => [accountId, region, spoken.record, spoken.delivery])
      .toSorted();

  describe(`${name} knows when accounts and regions spoke`, () => {
    it('by their newest records and deliveries, each apart', async () => {
      const log = await create();
      expect(await log.freshness()).toEqual([]);
      await log.hear([heard(0), heard(20), heard(10), heard(15, OTHER)], at(30));
      await log.hear([heard(5)], at(60));
      expect(await timesIn(log)).toEqual([
        [ACCOUNT, REGION, at(20).getTime(), at(60).getTime()],
        [OTHER.accountId, OTHER.region, at(15).getTime(), at(30).getTime()],
      ]);
    });

    it('without losing what two runs heard at once', async () => {
      const log = await create();
      const minutes = [0, 70, 140, 210, 280, 350];
      await Promise.all(minutes.map((minute) => log.hear([heard(minute)], at(400))));
      const [known] = await log.freshness();
      expect(known?.spoken.record).toBe(at(350).getTime());
      const inTurn = await create();
      for (const minute of minutes) await inTurn.hear([heard(minute)], at(400));
      expect(known?.spoken.hours).toBe((await inTurn.freshness())[0]?.spoken.hours);
    });

    it('and lets one run judge silence in half an hour', async () => {
      const log = await create();
      expect((await log.hear([heard(0)], at(1))).isDue).toBe(true);
      const taken = await Promise.all([0, 1, 2].map(() => log.takeJudging(at(10))));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect((await log.hear([heard(11)], at(12))).isDue).toBe(false);
      expect(await log.takeJudging(at(20))).toBe(false);
      expect(await log.takeJudging(new Date(at(10).getTime() + JUDGE_EVERY_MS))).toBe(true);
    });

    it('and tells once of each whose silence was a finding that it speaks again', async () => {
      const log = await create();
      await log.hear([heard(0), heard(0, OTHER)], at(1));
      await log.nameSilent(await log.freshness(), at(100));
      expect((await log.hear([heard(-5)], at(110))).resumed).toEqual([]);
      const { resumed } = await log.hear([heard(120)], at(121));
      expect(resumed).toMatchObject([{ ...SCOPE, record: at(120), spoken: { record: at(0).getTime() } }]);
      expect((await log.hear([heard(121)], at(122))).resumed).toEqual([]);
      const named = (await log.freshness()).map(({ region, spoken }) => [region, spoken.named]).toSorted();
      expect(named).toEqual([
        [REGION, undefined],
        [OTHER.region, at(100).getTime()],
      ]);
    });

    it('and names nobody who has spoken meanwhile', async () => {
      const log = await create();
      await log.hear([heard(0)], at(1));
      const seen = await log.freshness();
      await log.hear([heard(99)], at(100));
      await log.nameSilent(seen, at(100));
      expect((await log.freshness())[0]?.spoken.named).toBeUndefined();
    });
  });
}
