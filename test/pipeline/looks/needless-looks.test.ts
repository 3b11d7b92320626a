/** Which deliveries read nothing of the account, and what a delivery about tags reads. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { InventorySource, Need } from '../../../src/inventory/load-inventory.ts';
import { type Delivered, deliver } from '../../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord, BUCKET } from '../../support/deliveries.ts';
import { ACCOUNT, anInventory } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const configured = (more: object) =>
  parseConfig(
    JSON.stringify({
      requiredTags: ['CostCenter'],
      graceSeconds: 0,
      trail: { buckets: [BUCKET], accounts: [ACCOUNT] },
      ...more,
    }),
    'config.json',
  );
const CONFIG = configured({ mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } });

/** Delivers records, and returns what was read of the account. */
async function readFor(
  records: readonly Readonly<Record<string, unknown>>[],
  config = CONFIG,
): Promise<{ readonly needs: readonly Need[]; readonly delivered: Delivered }> {
  const { source } = anAccountOf(anInventory());
  const needs: Need[] = [];
  const inventory: InventorySource = {
    scopes: () => Promise.reject(new Error('a delivery asks for no scopes')),
    load: async (scope, need, options) => {
      needs.push(need);
      return source.load(scope, need, options);
    },
  };
  const bucket = aBucket();
  bucket.put(aLogKey(1), records);
  const ports = { logs: bucket.logs, inventory, ledger: aLedger() };
  const options = { now: at(30), clock: STOPPED_CLOCK };
  return { needs, delivered: await deliver([aNotice('m1', aLogKey(1))], ports, config, options) };
}

const tagging = (eventName: string, ...ids: readonly string[]) =>
  aRecord(
    eventName,
    10,
    {
      resourcesSet: { items: ids.map((resourceId) => ({ resourceId })) },
      tagSet: { items: [{ key: 'a', value: 'b' }] },
    },
    { _return: true },
    { eventID: `${eventName} ${ids.join(' ')}` },
  );

const OTHERS = [
  'vol-1',
  'snap-1',
  'ami-1',
  'subnet-a',
  'vpc-1',
  'sg-1',
  'lt-1',
  'key-1',
  'fl-1',
  'eipalloc-1',
  'tms-1',
];

describe('a delivery', () => {
  it.each(['CreateTags', 'DeleteTags'])(
    'with nothing but %s on other resources than instances reads nothing',
    async (name) => {
      const { needs, delivered } = await readFor(OTHERS.map((id) => tagging(name, id)));
      expect(needs).toEqual([]);
      expect(delivered.collected.input).toMatchObject({ records: OTHERS.length, sightings: OTHERS.length });
      expect(delivered).toMatchObject({ failed: [], assessment: { failed: [], omitted: [], findings: [] } });
    },
  );

  it('with tags on instances among other resources reads these instances, once', async () => {
    const { needs } = await readFor([tagging('CreateTags', 'vol-1', 'i-1', 'snap-1'), tagging('CreateTags', 'ami-1')]);
    expect(needs).toEqual([{ kind: 'some', instanceIds: ['i-1'], networkInterfaceIds: [] }]);
  });

  it('with tags on an interface reads that interface: its tags can exclude it from mirroring', async () => {
    const { needs, delivered } = await readFor([tagging('CreateTags', 'vol-1', 'eni-1')]);
    expect(needs).toEqual([{ kind: 'some', instanceIds: [], networkInterfaceIds: ['eni-1'] }]);
    expect(delivered.acted.findings).toMatchObject([{ rule: 'instance-unmirrored', resourceId: 'i-1' }]);
  });

  it('with nothing but calls that we do not read reads nothing', async () => {
    const { needs } = await readFor([aRecord('CreateVolume', 1, {}, { volumeId: 'vol-1' })]);
    expect(needs).toEqual([]);
  });

  it('with tags of which CloudTrail omitted the resources says so, and reads nothing', async () => {
    const omitted = aRecord('CreateTags', 10, { omitted: true }, { _return: true });
    const { needs, delivered } = await readFor([omitted]);
    expect(needs).toEqual([]);
    expect(delivered.assessment.omitted).toMatchObject([{ eventName: 'CreateTags', records: 1 }]);
  });

  it.each([
    ['a changed security group', aRecord('RevokeSecurityGroupIngress', 10, { groupId: 'sg-1' }, { _return: true })],
    [
      'a deleted session',
      aRecord(
        'DeleteTrafficMirrorSession',
        10,
        { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: 'tms-1' } },
        { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: 'tms-1' } },
      ),
    ],
  ])('with %s reads everything if mirroring is judged, and nothing if not', async (_, record) => {
    const { needs, delivered } = await readFor([record]);
    expect(delivered.collected.sightings).toHaveLength(1);
    expect(needs).toEqual([{ kind: 'all' }]);
    expect((await readFor([record], configured({}))).needs).toEqual([]);
  });

  it('with tags in an account that is not ours still says so', async () => {
    const recipientAccountId = '999988887777';
    const { needs, delivered } = await readFor([{ ...tagging('CreateTags', 'vol-1'), recipientAccountId }]);
    expect(needs).toEqual([]);
    expect(delivered.acted.findings).toMatchObject([{ rule: 'log-integrity' }]);
  });
});
