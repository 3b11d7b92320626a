/** What people are mailed while another function repairs: nothing until it has reported, or is overdue. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import type { MirrorWriter } from '../../src/remediation/mirror-writer.ts';
import { aRecord } from '../support/deliveries.ts';
import { type HandingOver, handingOver } from '../support/handing-over.ts';
import { anInventory } from '../support/inventories.ts';
import { anAccountOf, type Fault, failing, refusedWith } from '../support/mirror-writers.ts';

const CONFIG = parseConfig(
  JSON.stringify({ graceSeconds: 0, mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }),
  'config.json',
);

/** The deletion of a session of i-1, which has none now. */
const DELETION = aRecord(
  'DeleteTrafficMirrorSession',
  5,
  { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1' } },
  { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: 'tms-1' } },
);

/** The functions without a grace period. The first creations of sessions fail with these faults. */
function aStack(...faults: readonly Fault[]): HandingOver {
  const account = anAccountOf(anInventory());
  const writer: MirrorWriter = failing(account.writer, { createSession: faults });
  return handingOver(() => ({ inventory: account.source, writer }), CONFIG);
}

const subjects = ({ mails }: HandingOver): readonly string[] =>
  mails.map(({ subject }) => subject.replace(/^\[mirrorwatch\] | - .*$/g, ''));
const HIGH = 'HIGH 1 instance unmirrored';
const RESOLVED = 'RESOLVED 1 instance unmirrored';

describe('without a grace period', () => {
  it('a finding that is handed over is mailed once, when it has been repaired', async () => {
    const stack = aStack();
    await stack.watch([DELETION], 6);
    expect(subjects(stack)).toEqual([]);
    await stack.remediate(7);
    expect(subjects(stack)).toEqual([RESOLVED]);
  });

  it('nobody is mailed about a source that never was mirrored, if a sweep has it repaired', async () => {
    const stack = aStack();
    await stack.sweep(0);
    await stack.remediate(1);
    expect(await stack.ledger.entries({ status: ['open'] })).toEqual([]);
    expect(subjects(stack)).toEqual([]);
  });

  it('a repair that has to be retried is not mailed as failed', async () => {
    const throttled = { before: refusedWith('RequestLimitExceeded', true) };
    const stack = aStack(...Array.from({ length: 20 }, () => throttled));
    await stack.watch([DELETION], 6);
    let left = await stack.remediate(7);
    expect(left).toBe(1);
    expect(subjects(stack)).toEqual([]);
    for (let minute = 8; left > 0 && minute < 14; minute += 1) left = await stack.remediate(minute);
    expect(left).toBe(0);
    expect(subjects(stack)).toEqual([RESOLVED]);
  });

  it('a repair that failed for good is mailed at once', async () => {
    const stack = aStack({ before: refusedWith('UnauthorizedOperation') });
    await stack.watch([DELETION], 6);
    await stack.remediate(7);
    expect(subjects(stack)).toEqual([HIGH]);
  });

  it('a repair that does not report is mailed when it is overdue', async () => {
    const stack = aStack();
    const { rechecks } = await stack.watch([DELETION], 6);
    expect(rechecks.map(({ delaySeconds }) => delaySeconds)).toEqual([601]);
    const [recheck] = rechecks;
    await stack.receive(recheck?.body ?? '', 15);
    expect(subjects(stack)).toEqual([]);
    await stack.receive(recheck?.body ?? '', 17);
    expect(subjects(stack)).toEqual([HIGH]);
  });

  it('the next sweep mails what the sweep before handed over in vain', async () => {
    const stack = aStack();
    await stack.sweep(0);
    expect(subjects(stack)).toEqual([]);
    await stack.sweep(360);
    expect(subjects(stack)).toEqual([HIGH]);
  });
});
