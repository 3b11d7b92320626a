import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/ledger/ledger.ts';
import { sendRechecks } from '../../../src/pipeline/holds/send-rechecks.ts';
import type { Recheck } from '../../../src/pipeline/recheck.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

/** Claims one re-check for each key, and says which are free for another run afterwards. */
async function afterSending(
  keys: readonly string[],
  later: ((recheck: Recheck) => Promise<void>) | undefined,
): Promise<{ readonly free: readonly string[]; readonly failed: boolean }> {
  const ledger = aLedger();
  const claims = keys.map((key): Claim => ({ kind: 'recheck', key }));
  const claiming = { now: at(0), leaseSeconds: 600, owner: 'run 1' };
  const rechecks = await Promise.all(
    claims.map(async (claim): Promise<Recheck> => {
      const claimed = { claims: await ledger.claim([claim], claiming), owner: claiming.owner };
      return { body: claim.key, delaySeconds: 600, claimed };
    }),
  );
  const failed = await sendRechecks(rechecks, later, ledger, at(0)).then(
    () => false,
    () => true,
  );
  const free = await ledger.claim(claims, { ...claiming, owner: 'run 2' });
  return { free: free.map(({ key }) => key), failed };
}

describe('sendRechecks', () => {
  it('keeps the claims of what was sent', async () => {
    expect(await afterSending(['a', 'b'], async () => undefined)).toEqual({ free: [], failed: false });
  });

  it('gives back what was not sent when one cannot be, and throws', async () => {
    const later = async ({ body }: Recheck): Promise<void> => {
      if (body === 'b') throw new Error('the queue is gone');
    };
    expect(await afterSending(['a', 'b', 'c'], later)).toEqual({ free: ['b', 'c'], failed: true });
  });

  it('gives everything back where there is no queue', async () => {
    expect(await afterSending(['a', 'b'], undefined)).toEqual({ free: ['a', 'b'], failed: false });
  });
});
