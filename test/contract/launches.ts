/** The part of the contract of every ledger that is about intended launches; `changeLogContract` runs it. */

import { describe, expect, it } from 'vitest';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { KEPT_DAYS } from '../../src/ledger/change-log.ts';
import { MOST_LAUNCHES } from '../../src/ledger/intended-launches.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const SLOT = { pool: 'abc', ordinal: 0 };

/** Describes the contract. `create` opens an empty ledger. */
export function launchContract(name: string, create: () => Promise<FullLedger>): void {
  describe(`${name} keeps an intended launch`, () => {
    it('with a secret that nobody can guess, the same for every run until it is forgotten', async () => {
      const log = await create();
      const first = await log.intend(SCOPE, SLOT, at(0));
      expect(first).toEqual({ ...SLOT, secret: expect.stringMatching(/^[0-9a-f]{24}$/), at: at(0) });
      expect(await log.intend(SCOPE, SLOT, at(10))).toEqual(first);
      expect(await log.intended(SCOPE)).toEqual([first]);
      await log.forget(SCOPE, first);
      expect(await log.intended(SCOPE)).toEqual([]);
      expect((await log.intend(SCOPE, SLOT, at(20))).secret).not.toBe(first.secret);
    });

    it('with one secret for all runs that ask at once', async () => {
      const log = await create();
      const answers = await Promise.all([0, 1, 2, 3].map((minute) => log.intend(SCOPE, SLOT, at(minute))));
      expect(new Set(answers.map(({ secret }) => secret)).size).toBe(1);
      expect(await log.intended(SCOPE)).toHaveLength(1);
    });

    it('apart for each account, region, pool and number', async () => {
      const log = await create();
      const scopes = [SCOPE, { ...SCOPE, region: 'us-east-1' }, { ...SCOPE, accountId: '444455556666' }];
      const slots = [SLOT, { ...SLOT, ordinal: 1 }, { ...SLOT, pool: 'abd' }];
      const secrets = new Set<string>();
      for (const scope of scopes) for (const slot of slots) secrets.add((await log.intend(scope, slot, at(0))).secret);
      expect(secrets.size).toBe(9);
      expect((await log.intended(SCOPE)).map(({ pool, ordinal }) => `${pool}-${ordinal}`).toSorted()).toEqual([
        'abc-0',
        'abc-1',
        'abd-0',
      ]);
    });

    it('with the first instance that is noted, even if the launch was forgotten meanwhile', async () => {
      const log = await create();
      const launch = await log.intend(SCOPE, SLOT, at(0));
      await log.noteInstance(SCOPE, launch, 'i-1', at(1));
      await log.noteInstance(SCOPE, launch, 'i-2', at(2));
      expect(await log.intended(SCOPE)).toEqual([{ ...launch, instanceId: 'i-1', at: at(1) }]);
      const other = await log.intend(SCOPE, { ...SLOT, ordinal: 1 }, at(3));
      await log.forget(SCOPE, other);
      await log.noteInstance(SCOPE, other, 'i-3', at(4));
      expect(await log.intended(SCOPE)).toContainEqual({ ...other, instanceId: 'i-3', at: at(4) });
    });

    it('even if somebody forgets it who did not see the instance that was noted since', async () => {
      const log = await create();
      const launch = await log.intend(SCOPE, SLOT, at(0));
      await log.noteInstance(SCOPE, launch, 'i-1', at(1));
      await log.forget(SCOPE, launch);
      const [noted] = await log.intended(SCOPE);
      expect(noted).toMatchObject({ instanceId: 'i-1' });
      if (noted !== undefined) await log.forget(SCOPE, noted);
      expect(await log.intended(SCOPE)).toEqual([]);
    });

    it('up to a number, and not for ever', async () => {
      const log = await create();
      await log.intend(SCOPE, SLOT, at(0));
      await log.intend(SCOPE, { ...SLOT, ordinal: 1 }, at(24 * 60 * (KEPT_DAYS + 1)));
      expect((await log.intended(SCOPE)).map(({ ordinal }) => ordinal)).toEqual([1]);
      expect(MOST_LAUNCHES).toBeLessThanOrEqual(1000);
    });
  });
}
