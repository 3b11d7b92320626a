/** The contract of a ledger's flood control. */

import { describe, expect, it } from 'vitest';
import { type FloodLog, MOST_AT_ONCE } from '../../src/ledger/mails/floods.ts';

/** The time `minute` minutes into the history. */
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

const ids = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, n) => `finding-${from + n}`);

/** Describes the contract. `create` opens an empty log; `again` opens another connection to it, if that is possible. */
export function floodsContract(
  name: string,
  create: () => Promise<{ readonly ledger: FloodLog; readonly again?: () => Promise<FloodLog> }>,
): void {
  const fresh = async (): Promise<FloodLog> => (await create()).ledger;

  describe(`${name} counts new findings`, () => {
    it('of a window, each once, however often a delivery comes again', async () => {
      const log = await fresh();
      expect(await log.countNew(at(15), ids(20))).toBe(20);
      expect(await log.countNew(at(15), ids(20).toReversed())).toBe(20);
      expect(await log.countNew(at(15), ids(20, 10))).toBe(30);
      expect(await log.countNew(at(30), ids(5))).toBe(5);
      expect(await log.countNew(at(15), [])).toBe(30);
    });

    it(`exactly up to ${MOST_AT_ONCE}, one by one`, async () => {
      const log = await fresh();
      for (let n = 0; n < MOST_AT_ONCE; n += 1) expect(await log.countNew(at(15), ids(1, n))).toBe(n + 1);
      expect(await log.countNew(at(15), ids(1, MOST_AT_ONCE))).toBeGreaterThan(MOST_AT_ONCE);
    });

    it('as too many if there are thousands', async () => {
      const log = await fresh();
      expect(await log.countNew(at(15), ids(5000))).toBeGreaterThan(MOST_AT_ONCE);
      expect(await log.countNew(at(15), ids(1))).toBeGreaterThan(MOST_AT_ONCE);
    });

    it('of runs at the same time, so that the last one sees them all', async () => {
      const { ledger, again } = await create();
      const other = (await again?.()) ?? ledger;
      const runs = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? ledger : other).countNew(at(15), ids(4, n * 4)));
      expect(Math.max(...(await Promise.all(runs)))).toBe(40);
    });
  });

  describe(`${name} remembers findings that are held back`, () => {
    it('until their window ends, and until they are released', async () => {
      const log = await fresh();
      await log.hold(at(15), ids(3));
      await log.hold(at(15), ids(3));
      await log.hold(at(30), ids(2, 3));
      expect(await log.heldUntil(at(14))).toEqual([]);
      expect((await log.heldUntil(at(15))).toSorted()).toEqual(ids(3));
      await log.release(at(15), ids(5).slice(1));
      expect(await log.heldUntil(at(15))).toEqual(ids(1));
      expect((await log.heldUntil(at(30))).toSorted()).toEqual([...ids(1), ...ids(2, 3)]);
      await log.release(at(30), ids(5));
      expect(await log.heldUntil(at(30))).toEqual([]);
    });

    it('again in another window', async () => {
      const log = await fresh();
      await log.hold(at(15), ids(1));
      await log.release(at(15), ids(1));
      await log.hold(at(30), ids(1));
      expect(await log.heldUntil(at(30))).toEqual(ids(1));
    });

    it('by the thousands', async () => {
      const log = await fresh();
      await log.hold(at(15), ids(12_000));
      expect(await log.heldUntil(at(15))).toHaveLength(12_000);
      await log.release(at(15), ids(6000));
      expect((await log.heldUntil(at(15))).toSorted()).toEqual(ids(6000, 6000).toSorted());
    });
  });
}
