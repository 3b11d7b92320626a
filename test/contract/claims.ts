/** The contract of a ledger's claims, and of the mails that settled alerts become. */

import { describe, expect, it } from 'vitest';
import type { Claim, Ledger, LedgerEntry, Observation } from '../../src/ledger/ledger.ts';
import { MAX_MAILS } from '../../src/ledger/mails/noted-mails.ts';
import { aFinding, aJudgement } from '../support/findings.ts';

const ID = aFinding().id;
const RESOURCE = aFinding().resourceId;

/** The time `minute` minutes into the history. */
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

const ONE: Claim = { kind: 'delivery', key: 's3://bucket/a' };
const TWO: Claim = { kind: 'delivery', key: 's3://bucket/b' };

/** The claims that an owner gets at a minute, for a minute. */
const claimAt = (ledger: Ledger, minute: number, owner: string, ...claims: readonly Claim[]) =>
  ledger.claim(claims, { now: at(minute), leaseSeconds: 60, owner });

type How = 'done' | 'released';

const settleAt = (ledger: Ledger, minute: number, owner: string, how: How, ...claims: readonly Claim[]) =>
  ledger.settle(claims, { now: at(minute), owner, how });

const mailOf = (stage: string, of?: Date): Claim => ({ kind: 'alert', key: `${ID}:${stage}`, of });

const observed = (minute: number, parts: Partial<Observation>): Observation => ({
  ...{ at: at(minute), findings: [], judgements: [], outcomes: [] },
  ...parts,
});
const open = (minute: number): Observation => observed(minute, { findings: [aFinding()] });
const muted = (minute: number): Observation => observed(minute, { findings: [aFinding({ status: 'muted' })] });
const passed = (minute: number): Observation =>
  observed(minute, { judgements: [aJudgement({ resourceId: RESOURCE })] });

async function notifiedAfter(
  ledger: Ledger,
  ...observations: readonly Observation[]
): Promise<LedgerEntry['notified']> {
  for (const each of observations) await ledger.record(each);
  const [entry] = await ledger.entries({});
  return (entry as LedgerEntry).notified;
}

/** Describes the contract. `create` opens an empty ledger; `again` opens another connection to it, if that is possible. */
export function claimsContract(
  name: string,
  create: () => Promise<{ readonly ledger: Ledger; readonly again?: () => Promise<Ledger> }>,
): void {
  const fresh = async (): Promise<Ledger> => (await create()).ledger;

  describe(`${name} hands out claims`, () => {
    it('to the first that asks, until the lease ends', async () => {
      const ledger = await fresh();
      expect(await claimAt(ledger, 0, 'a', ONE)).toEqual([ONE]);
      expect(await claimAt(ledger, 0, 'b', ONE, TWO)).toEqual([TWO]);
      const almost = new Date(at(1).getTime() - 1);
      expect(await ledger.claim([ONE], { now: almost, leaseSeconds: 60, owner: 'b' })).toEqual([]);
      expect(await claimAt(ledger, 1, 'b', ONE)).toEqual([ONE]);
    });

    it('again to their owner, whose answer may have been lost, and then for another lease', async () => {
      const ledger = await fresh();
      await claimAt(ledger, 0, 'a', ONE);
      expect(await claimAt(ledger, 0, 'a', ONE, TWO)).toEqual([ONE, TWO]);
      await ledger.claim([ONE], { now: at(0), leaseSeconds: 120, owner: 'a' });
      expect(await claimAt(ledger, 1, 'b', ONE)).toEqual([]);
      expect(await claimAt(ledger, 2, 'b', ONE)).toEqual([ONE]);
    });

    it('to one of two owners at a time: after its lease the first one is refused', async () => {
      const ledger = await fresh();
      await claimAt(ledger, 0, 'a', ONE);
      await claimAt(ledger, 1, 'b', ONE);
      expect(await claimAt(ledger, 1, 'a', ONE)).toEqual([]);
    });

    it('never again once settled as done, not even to their owner', async () => {
      const ledger = await fresh();
      await claimAt(ledger, 0, 'a', ONE);
      await settleAt(ledger, 0, 'a', 'done', ONE);
      await settleAt(ledger, 59, 'a', 'released', ONE);
      for (const owner of ['a', 'b']) expect(await claimAt(ledger, 59, owner, ONE)).toEqual([]);
    });

    it('again as soon as their owner releases them', async () => {
      const ledger = await fresh();
      await claimAt(ledger, 0, 'a', ONE, TWO);
      await settleAt(ledger, 0, 'a', 'released', ONE);
      expect(await claimAt(ledger, 0, 'b', ONE, TWO)).toEqual([ONE]);
    });

    it('not again when somebody else releases them', async () => {
      const ledger = await fresh();
      await claimAt(ledger, 0, 'a', ONE);
      await settleAt(ledger, 0, 'b', 'released', ONE);
      expect(await claimAt(ledger, 0, 'b', ONE)).toEqual([]);
      await claimAt(ledger, 1, 'b', ONE);
      await settleAt(ledger, 1, 'a', 'released', ONE);
      expect(await claimAt(ledger, 1, 'c', ONE)).toEqual([]);
    });

    it('by kind and key, independently of each other', async () => {
      const ledger = await fresh();
      const other: Claim = { kind: 'task', key: ONE.key };
      await claimAt(ledger, 0, 'a', ONE);
      expect(await claimAt(ledger, 0, 'b', other)).toEqual([other]);
    });

    it('to exactly one of many that ask at the same time', async () => {
      const { ledger, again } = await create();
      const other = (await again?.()) ?? ledger;
      const asked = Array.from({ length: 10 }, (_, n) =>
        claimAt(n % 2 === 0 ? ledger : other, 0, `owner ${n}`, ONE, TWO),
      );
      expect((await Promise.all(asked)).flat()).toHaveLength(2);
    });
  });

  describe(`${name} notes the mails about a finding`, () => {
    it('when their claims are done, which are then free for the next opening', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      await claimAt(ledger, 2, 'a', mailOf('notified'), mailOf('reminded-day'));
      expect(await notifiedAfter(ledger)).toEqual({});
      await settleAt(ledger, 2, 'a', 'done', mailOf('notified', at(1)));
      expect(await notifiedAfter(ledger)).toEqual({ notified: at(2) });
      expect(await claimAt(ledger, 2, 'b', mailOf('notified'), mailOf('reminded-day'))).toHaveLength(1);
    });

    it('in each channel apart, and in sight until a channel that was told of the opening is told of its end', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      await settleAt(ledger, 2, 'a', 'done', mailOf('notified', at(1)), mailOf('chat/notified', at(1)));
      await settleAt(ledger, 3, 'a', 'done', mailOf('events/notified', at(1)));
      const entry = async (): Promise<LedgerEntry | undefined> => (await ledger.entries({}))[0];
      expect(await entry()).toMatchObject({
        notified: { notified: at(2) },
        toldIn: { chat: { notified: at(2) }, events: { notified: at(3) } },
      });
      await ledger.record(passed(4));
      await settleAt(ledger, 5, 'a', 'done', mailOf('resolved', at(4)), mailOf('events/resolved', at(4)));
      const inSight = { accountId: '111122223333', region: 'eu-west-1' };
      expect(await ledger.entries({ inSight })).toHaveLength(1);
      await settleAt(ledger, 6, 'a', 'done', mailOf('chat/resolved', at(4)));
      expect(await ledger.entries({ inSight })).toEqual([]);
      await ledger.record(open(7));
      expect(await entry()).not.toHaveProperty('toldIn');
    });

    it('and has in sight what Security Hub shows as active and is over, about whichever opening it was told so', async () => {
      const ledger = await fresh();
      const inSight = { accountId: '111122223333', region: 'eu-west-1' };
      const seen = async () => (await ledger.entries({ inSight })).map(({ activeInHub }) => activeInHub);
      await ledger.record(open(1));
      expect(await seen()).toEqual([undefined]);
      await settleAt(ledger, 2, 'a', 'done', mailOf('hub/notified', at(2)));
      expect(await seen()).toEqual([true]);
      for (const observation of [passed(3), open(4), passed(5)]) await ledger.record(observation);
      expect(await seen()).toEqual([true]);
      await settleAt(ledger, 6, 'a', 'done', mailOf('hub/resolved', at(6)));
      expect(await seen()).toEqual([]);
    });

    it('once, however often the answer is lost and the claim is settled again', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      for (const minute of [3, 4]) await settleAt(ledger, minute, 'a', 'done', mailOf('notified', at(2)));
      expect(await notifiedAfter(ledger)).toEqual({ notified: at(3) });
    });

    it.each<[string, Date, readonly Observation[], boolean]>([
      ['as it is', at(21), [], true],
      ['that turns out to have opened earlier', at(21), [open(5)], true],
      ['that a late opening before it renumbers', at(21), [open(5), passed(10)], true],
      ['that turns out to be over', at(21), [passed(22)], true],
      ['that turns out to be over before the mail', at(23), [passed(22)], true],
      ['that turns out to be another one, of before the mail', at(33), [passed(25), open(30)], true],
      ['and not for the next one', at(21), [passed(25), open(30)], false],
      ['and not for one that begins when an exemption ends', at(21), [muted(25), open(30)], false],
    ])('for the opening %s', async (_, of, later, counts) => {
      for (const inOrder of [later, later.toReversed()]) {
        const ledger = await fresh();
        await ledger.record(open(20));
        await settleAt(ledger, 24, 'a', 'done', mailOf('notified', of));
        expect(await notifiedAfter(ledger, ...inOrder)).toEqual(counts ? { notified: at(24) } : {});
      }
    });

    it('with the all-clear of an opening, which is none for the next one that was already over when it was sent', async () => {
      const ledger = await fresh();
      for (const each of [open(1), passed(5)]) await ledger.record(each);
      await settleAt(ledger, 30, 'a', 'done', mailOf('notified', at(2)), mailOf('resolved', at(5)));
      expect(await notifiedAfter(ledger)).toEqual({ notified: at(30), resolved: at(30) });
      expect(await notifiedAfter(ledger, open(20))).toEqual({});
      expect(await notifiedAfter(ledger, passed(25))).toEqual({});
    });

    it('that was only ever seen resolved, however often it is seen', async () => {
      const ledger = await fresh();
      const resolved = (minute: number) => observed(minute, { findings: [aFinding({ status: 'resolved' })] });
      await ledger.record(resolved(1));
      await settleAt(ledger, 2, 'a', 'done', mailOf('resolved', at(1)));
      expect(await notifiedAfter(ledger, resolved(9))).toEqual({ resolved: at(2) });
    });

    it(`up to ${MAX_MAILS} of them, the newest`, async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      for (let minute = 2; minute < 10 + MAX_MAILS; minute += 1)
        await settleAt(ledger, minute, 'a', 'done', mailOf('notified', at(minute)));
      expect(await notifiedAfter(ledger)).toEqual({ notified: at(10) });
    });
  });
}
