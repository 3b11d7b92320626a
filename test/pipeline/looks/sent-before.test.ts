import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { ActRequest } from '../../../src/pipeline/act.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { afterLooks } from '../../../src/pipeline/looks/sent-before.ts';
import { remediateMessage } from '../../../src/pipeline/own-messages.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice } from '../../support/deliveries.ts';
import { anInventory } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const seconds = (count: number): Date => at(count / 60);
const [now, deadline] = [seconds(60), seconds(90)];

describe('afterLooks', () => {
  it.each<[string, readonly (Date | undefined)[]]>([
    ['nobody asked', []],
    ['the message of an older version says no time', [undefined]],
    ['the looks are in the past', [seconds(20), seconds(59.999)]],
    ['a message claims a time that no clock can be ahead by', [seconds(71)]],
  ])('leaves the time as it is where %s', (_, looks) => {
    const options = { now, deadline };
    expect(
      afterLooks(
        options,
        looks.map((lookedAt) => ({ lookedAt })),
      ),
    ).toBe(options);
  });

  it('moves it behind the newest look, and the deadline with it', () => {
    const moved = afterLooks({ now, deadline }, [{ lookedAt: seconds(60.5) }, { lookedAt: seconds(62) }]);
    expect(moved).toEqual({ now: seconds(62.001), deadline: seconds(92.001) });
    expect(afterLooks({ now }, [{ lookedAt: now }])).toEqual({ now: seconds(60.001), deadline: undefined });
  });
});

describe('a repair on a machine whose clock is behind', () => {
  const config = parseConfig(
    JSON.stringify({ graceSeconds: 0, mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a'] } }),
    'config.json',
  );

  it.each([0, 0.4, 1.9])('by %s s ends the finding that the other machine has just opened', async (behind) => {
    const account = anAccountOf(anInventory());
    const bucket = aBucket();
    const ledger = aLedger();
    const ports = { logs: bucket.logs, inventory: account.source, ledger };
    const sent: string[] = [];
    const handOver: NonNullable<ActRequest['handOver']> = async ({ scope, readAt: lookedAt }, { steps }) => {
      const networkInterfaceIds = steps.map(({ networkInterfaceId }) => networkInterfaceId);
      sent.push(remediateMessage(scope, { networkInterfaceIds, lookedAt }));
    };
    bucket.put(aLogKey(1), [aLaunchRecord(1, 'i-1')]);
    await deliver([aNotice('m', aLogKey(1))], ports, config, { now: seconds(120), clock: STOPPED_CLOCK, handOver });
    const [entry] = await ledger.entries({ rules: ['instance-unmirrored'] });
    expect(entry?.finding.status).toBe('open');
    const repairing = { now: seconds(120 - behind), clock: { ...STOPPED_CLOCK, runId: 'the run that repairs' } };
    await deliver(
      sent.map((body) => ({ body })),
      { ...ports, writer: account.writer },
      config,
      repairing,
    );
    const [after] = await ledger.entries({ rules: ['instance-unmirrored'] });
    expect(after?.finding.status).toBe('resolved');
  });
});
