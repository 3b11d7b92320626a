import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/ledger/ledger.ts';
import { leaseToSend } from '../../../src/pipeline/holds/lease-to-send.ts';
import { sendRechecks } from '../../../src/pipeline/holds/send-rechecks.ts';
import { type Recheck, rechecksOf } from '../../../src/pipeline/recheck.ts';
import { aFinding } from '../../support/findings.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

/** Claims one re-check for each key, and says which are free for another run afterwards. */
async function afterSending(
  keys: readonly string[],
  later: ((recheck: Recheck) => Promise<void>) | undefined,
): Promise<{ readonly free: readonly string[]; readonly failed: boolean }> {
  const ledger = aLedger();
  const claims = keys.map((key): Claim => ({ kind: 'recheck', key }));
  const claiming = { now: at(0), leaseSeconds: leaseToSend(600), owner: 'run 1' };
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
  const free = await ledger.claim(claims, { ...claiming, now: at(9.9), owner: 'run 2' });
  return { free: free.map(({ key }) => key), failed };
}

describe('sendRechecks', () => {
  it('keeps the claims of what was sent until it is due', async () => {
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

describe('a re-check whose run died before it was sent', () => {
  const held = aFinding({ detail: { pendingUntil: at(10).toISOString() } });
  const askedFor = (ledger: ReturnType<typeof aLedger>, minute: number, owner: string) =>
    rechecksOf({ findings: [held], judgements: [] }, [], { ledger, now: at(minute), owner });

  it('is asked for again by the retry a minute later, and by no other run before', async () => {
    const ledger = aLedger();
    expect(await askedFor(ledger, 0, 'the run that dies')).toHaveLength(1);
    expect(await askedFor(ledger, 0.4, 'another run')).toEqual([]);
    const again = await askedFor(ledger, 1, 'the retry');
    expect(again).toHaveLength(1);
    await sendRechecks(again, async () => undefined, ledger, at(1));
    expect(await askedFor(ledger, 9, 'another run')).toEqual([]);
  });
});
