import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { aMetrics, silentMetrics, steady } from '../../support/metrics.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at, sessionDeleted } from '../../support/sightings.ts';

const config = (mirroring: object = {}): Config =>
  parseConfig(
    JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'], ...mirroring } }),
    'config.json',
  );
const mirrored = (more: Partial<Inventory>): Inventory =>
  anInventory({ trafficMirrorSessions: [aSession()], ...more } as never);

let sweeps = 0;

/** Sweeps the account and returns the states of the findings by counts that the ledger knows. */
async function swept(
  ledger: FullLedger,
  inventory: Inventory,
  hours: number,
  settings = config(),
): Promise<readonly string[]> {
  sweeps += 1;
  const { source, writer, launcher } = anAccountOf(inventory);
  const options = { now: at(hours * 60), clock: STOPPED_CLOCK, name: `sweep-${sweeps}` };
  await sweep({ inventory: source, writer, launcher, ledger }, settings, options);
  const entries = await ledger.entries({ inSight: inventory });
  return entries
    .filter(({ finding }) => ['mirror-silent', 'mirror-dropping'].includes(finding.rule))
    .map(({ finding }) => `${finding.rule} ${finding.resourceId} ${finding.status}`);
}

const SILENT = mirrored({ metrics: [silentMetrics()] });
const OPEN = ['mirror-silent i-1 open'];

describe('a sweep with counts of packets', () => {
  it('opens a finding about a silent session, and resolves it when packets are mirrored', async () => {
    const ledger = aLedger();
    expect(await swept(ledger, SILENT, 0)).toEqual(OPEN);
    expect(await swept(ledger, SILENT, 1)).toEqual(OPEN);
    expect(await swept(ledger, mirrored({ metrics: [aMetrics()] }), 2)).not.toContain(OPEN[0]);
  });

  it.each<[string, Partial<Inventory>]>([
    ['could not read them', { unreadForHealth: { metrics: 'denied' } }],
    ['has none of the instance', { metrics: [] }],
    ['shows an idle instance', { metrics: [silentMetrics({ packetsIn: steady(0), packetsOut: steady(0) })] }],
    ['could not read the sessions', { trafficMirrorSessions: undefined, metrics: [silentMetrics()] }],
  ])('keeps a finding open if a later one %s', async (_, more) => {
    const ledger = aLedger();
    await swept(ledger, SILENT, 0);
    expect(await swept(ledger, mirrored(more), 1)).toEqual(OPEN);
  });

  it.each<[string, Partial<Inventory>, Config]>([
    ['the session is gone', { trafficMirrorSessions: [] }, config({ mode: 'plan' })],
    ['the instance is gone', { instances: [anInstance({ state: 'terminated' })], networkInterfaces: [] }, config()],
    ['the configuration does not ask for them any more', {}, config({ health: { read: false } })],
  ])('ends a finding if %s', async (_, more, settings) => {
    const ledger = aLedger();
    await swept(ledger, SILENT, 0);
    expect(await swept(ledger, mirrored({ metrics: [], ...more }), 2, settings)).not.toContain(OPEN[0]);
  });

  it('does not take a session for silent that a record shows to be new', async () => {
    const ledger = aLedger();
    const { endTime } = silentMetrics();
    const eventTime = new Date(endTime.getTime() - 20 * 60_000);
    const changes = [{ kind: 'session-created', ...aSession() } as const];
    await ledger.keep([{ ...sessionDeleted(0, 'tms-1', 'eni-1'), eventTime, changes }], eventTime);
    expect(await swept(ledger, SILENT, 0)).toEqual([]);
  });

  it('does not ask for them if the configuration does not want it', async () => {
    expect(await swept(aLedger(), SILENT, 0, config({ health: { read: false } }))).toEqual([]);
  });
});
