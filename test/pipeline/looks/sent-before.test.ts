import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { ActRequest } from '../../../src/pipeline/act.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { afterLooks } from '../../../src/pipeline/looks/sent-before.ts';
import { remediateMessage } from '../../../src/pipeline/own-messages.ts';
import { suspicionsOf } from '../../../src/pipeline/relevant-sightings.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice } from '../../support/deliveries.ts';
import { anInventory, aSession } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const GUARDDUTY = JSON.parse(
  readFileSync(new URL('../../fixtures/events/guardduty-instance.json', import.meta.url), 'utf8'),
);
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
    JSON.stringify({
      graceSeconds: 0,
      mirroring: {
        ...{ mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a'] },
        onSuspicion: { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 2 },
      },
    }),
    'config.json',
  );
  const launch = aNotice('m', aLogKey(1));
  const suspicion = { body: { ...GUARDDUTY, time: seconds(100).toISOString() } };

  it.each([
    ['a launch', 0, launch, []],
    ['a launch', 0.4, launch, []],
    ['a launch', 1.9, launch, []],
    ['a suspicion', 0.4, suspicion, [aSession()]],
    ['a suspicion', 1.9, suspicion, [aSession()]],
  ])(
    'after %s, %s s behind, ends the finding that the other machine has just opened',
    async (_, behind, message, sessions) => {
      const account = anAccountOf(anInventory({ trafficMirrorSessions: sessions }));
      const bucket = aBucket();
      const ledger = aLedger();
      const ports = { logs: bucket.logs, inventory: account.source, ledger };
      const sent: string[] = [];
      const handOver: NonNullable<ActRequest['handOver']> = async (assessed, { steps }) => {
        const { scope, readAt: lookedAt, sightings = [] } = assessed;
        const networkInterfaceIds = steps.map(({ networkInterfaceId }) => networkInterfaceId);
        const asked = { networkInterfaceIds, lookedAt, suspicions: suspicionsOf(sightings) };
        sent.push(remediateMessage(scope, asked));
      };
      bucket.put(aLogKey(1), [aLaunchRecord(1, 'i-1')]);
      await deliver([message], ports, config, { now: seconds(120), clock: STOPPED_CLOCK, handOver });
      const [entry] = await ledger.entries({ rules: ['instance-unmirrored'] });
      expect(entry?.finding.status).toBe('open');
      // Time passes with every look at the clock, so that the run ends after the look that it repairs, by its own clock too.
      let elapsed = 0;
      const elapsedMs = (): number => {
        elapsed += 50;
        return elapsed;
      };
      const clock = { ...STOPPED_CLOCK, runId: 'the run that repairs', elapsedMs };
      const repairing = { now: seconds(120 - behind), clock };
      await deliver(
        sent.map((body) => ({ body })),
        { ...ports, writer: account.writer },
        config,
        repairing,
      );
      const [after] = await ledger.entries({ rules: ['instance-unmirrored'] });
      expect(after?.finding.status).toBe('resolved');
    },
  );
});
