import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { observationTimes } from '../../../src/ledger/observation.ts';
import { knownAfterRepair } from '../../../src/pipeline/repairs/seen-meanwhile.ts';
import { aFinding, anEntry } from '../../support/findings.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const LOOKED = at(10);
const found = aFinding({ lastSeen: LOOKED.toISOString() });
const KNOWN = new Map([[found.id, anEntry(found)]]);
const later = (date: Date, ms: number): Date => new Date(date.getTime() + ms);
/** The repair is answered at 10 minutes by our clock, and 100 ms later the ledger is read. */
const run = { now: LOOKED, clock: { elapsedMs: () => 100 } };
const repaired = (answeredAt: Date): Finding => ({
  ...found,
  status: 'resolved',
  remediation: { kind: 'create-session', outcome: 'done', answeredAt: answeredAt.toISOString() },
});

/** A ledger in which another run has just recorded that it saw the finding open, by its own clock. */
async function seenElsewhere(lastSeen: Date) {
  const ledger = aLedger();
  const findings = [{ ...found, lastSeen: lastSeen.toISOString() }];
  await ledger.record({ at: lastSeen, findings, judgements: [], outcomes: [] });
  return ledger;
}

describe('what is known after a repair', () => {
  it('has what a run recorded meanwhile whose clock is ahead, so that the repair is dated after it', async () => {
    const ahead = later(LOOKED, 16_000);
    const finding = repaired(LOOKED);
    const known = await knownAfterRepair(KNOWN, [finding], run, await seenElsewhere(ahead));
    const times = observationTimes([found], { findings: [finding], judgements: [] }, LOOKED, known);
    expect(times.get(found.id)).toEqual(later(ahead, 1));
    const before = observationTimes([found], { findings: [finding], judgements: [] }, LOOKED, KNOWN);
    expect(before.get(found.id)).toEqual(later(LOOKED, 1));
  });

  it.each<[string, Finding, Date]>([
    ['a look that our clock can explain: it may have come after the repair', repaired(LOOKED), later(LOOKED, 50)],
    ['a look after a repair that was answered long ago', repaired(later(LOOKED, -5000)), later(LOOKED, 16_000)],
    ['a look at what was not repaired', found, later(LOOKED, 16_000)],
  ])('has nothing of %s', async (_, finding, lastSeen) => {
    expect(await knownAfterRepair(KNOWN, [finding], run, await seenElsewhere(lastSeen))).toEqual(KNOWN);
  });

  it('costs no reading without a repair', async () => {
    const entries = async (): Promise<never> => {
      throw new Error('the ledger was read');
    };
    expect(await knownAfterRepair(KNOWN, [found], run, { entries })).toBe(KNOWN);
  });
});
