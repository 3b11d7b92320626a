/** Re-checks that nobody makes any more, because the process that was to make them has died. */

import { describe, expect, it } from 'vitest';
import { lostRechecks } from '../../../src/pipeline/recheck.ts';
import { aDetail, aFinding } from '../../support/findings.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

/** A ledger with an instance that is held back until minute 10. */
async function aHeldFinding() {
  const ledger = aLedger();
  const finding = aFinding({
    ...{ status: 'open', resourceType: 'AWS::EC2::Instance', resourceId: 'i-1' },
    ...{ firstSeen: at(0).toISOString(), lastSeen: at(0).toISOString() },
    detail: aDetail({ pendingUntil: at(10).toISOString() }),
  });
  await ledger.record({ at: at(0), findings: [finding], judgements: [], outcomes: [] });
  const { accountId, region } = finding;
  const asked = (minute: number, owner: string) =>
    lostRechecks([{ accountId, region }], { ledger, now: at(minute), owner });
  return { ledger, finding, asked };
}

describe('a re-check that nobody made', () => {
  it('is made two minutes after it was due, by one of the processes that look', async () => {
    const { asked } = await aHeldFinding();
    expect(await asked(9, 'one')).toEqual([]);
    expect(await asked(11.9, 'one')).toEqual([]);
    const [recheck, ...more] = await asked(12, 'one');
    expect(more).toEqual([]);
    expect(recheck?.delaySeconds).toBe(0);
    expect(JSON.parse(recheck?.body ?? '')).toMatchObject({ mirrorwatch: 'recheck', instanceIds: ['i-1'] });
    expect(await asked(12, 'other')).toEqual([]);
  });

  it('is asked for again after a quarter of an hour if the finding is still held back then', async () => {
    const { asked } = await aHeldFinding();
    expect(await asked(12, 'one')).toHaveLength(1);
    expect(await asked(26, 'other')).toEqual([]);
    expect(await asked(28, 'other')).toHaveLength(1);
  });

  it('is not asked for once the finding has been checked', async () => {
    const { ledger, finding, asked } = await aHeldFinding();
    const checked = { ...finding, lastSeen: at(11).toISOString(), detail: aDetail() };
    await ledger.record({ at: at(11), findings: [checked], judgements: [], outcomes: [] });
    expect(await asked(12, 'one')).toEqual([]);
  });
});
