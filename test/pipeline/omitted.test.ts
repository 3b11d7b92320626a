import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aRecord, aTagRecord, BUCKET } from '../support/deliveries.ts';
import { anInstance, anInventory, aSession } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

type Json = Readonly<Record<string, unknown>>;

const TAGS = parseConfig(JSON.stringify({ requiredTags: ['CostCenter'] }), 'config.json');
const MIRROR = parseConfig(
  JSON.stringify({ mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a'] } }),
  'c.json',
);
const OMITTED = { omitted: true, originalSize: 149_893, reason: 'responseElements too large' };
const omittedLaunch = (minute: number, number = 0, omitted: unknown = OMITTED): Json =>
  aRecord('RunInstances', minute, { instancesSet: { items: [{ minCount: 1 }] } }, omitted, {
    eventID: `omitted-${number}`,
  });
const resource = (instanceId: string): Json => ({
  resources: [{ type: 'AWS::EC2::Instance', ARN: `arn:aws:ec2:eu-west-1:111122223333:instance/${instanceId}` }],
});

async function delivered(
  records: readonly Json[],
  inventory: InventorySource = recordsAlone(),
  config: Config = TAGS,
): Promise<Delivered & { readonly mails: readonly AlertMessage[]; readonly untagged: readonly string[] }> {
  const bucket = aBucket();
  bucket.put(aLogKey(1), records);
  const mails: AlertMessage[] = [];
  const result = await deliver(
    [aNotice('m1', aLogKey(1))],
    {
      logs: bucket.logs,
      inventory,
      ledger: aLedger(),
      publisher: { publish: async (message) => `mail-${mails.push(message)}` },
    },
    config,
    { now: at(120), clock: STOPPED_CLOCK },
  );
  const untagged = result.acted.findings.filter(({ rule }) => rule === 'instance-untagged');
  return { ...result, mails, untagged: untagged.map(({ resourceId }) => resourceId).toSorted() };
}

/** An account that counts how often it is read. */
function read(inventory: Inventory): InventorySource & { readonly loads: () => number } {
  const { source } = anAccountOf(inventory);
  let loads = 0;
  return {
    scopes: source.scopes,
    load: (...args) => {
      loads += 1;
      return source.load(...args);
    },
    loads: () => loads,
  };
}

const launchedAt = (minute: number, count: number): Inventory =>
  anInventory({
    instances: Array.from({ length: count }, (_, n) => anInstance({ instanceId: `i-${n}`, launchTime: at(minute) })),
  });

describe('records whose parameters CloudTrail omitted', () => {
  it.each([
    ['as true', OMITTED],
    ['as text', { ...OMITTED, omitted: 'true' }],
  ])('150 launches, omitted %s, are looked up in the account by their time, with one read', async (_, omitted) => {
    const account = read(launchedAt(10, 150));
    const { untagged, assessment } = await delivered(
      Array.from({ length: 150 }, (__, n) => omittedLaunch(10, n, omitted)),
      account,
    );
    expect(untagged).toHaveLength(150);
    expect(assessment.omitted).toEqual([]);
    expect(account.loads()).toBe(1);
  });

  it('launches are named as not judged when there is no account to look them up in, and mailed', async () => {
    const { assessment, mails, acted } = await delivered(Array.from({ length: 150 }, (_, n) => omittedLaunch(10, n)));
    expect(acted.findings).toEqual([]);
    expect(assessment.omitted).toMatchObject([
      { eventName: 'RunInstances', records: 150, path: `s3://${BUCKET}/${aLogKey(1)}#RunInstances` },
    ]);
    expect(assessment.omitted[0]?.reason).toMatch(
      /^150 RunInstances records could not be judged: .*omitted-0 at .* and 147 more/,
    );
    expect(mails.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/FAILURE 150 records could not be judged/),
    ]);
    const body = mails.map((mail) => mail.body.replaceAll(/\s+/g, ' ')).join('');
    expect(body).toContain('CloudTrail leaves out the request or response of a very long call');
    expect(body).toContain('mirrorwatch audit');
    expect(body).not.toMatch(/not read|scan PATH/);
  });

  it('a launch whose resources name the instance is looked at', async () => {
    const launch = { ...omittedLaunch(10), ...resource('i-1') };
    expect((await delivered([launch], read(launchedAt(10, 3)))).untagged).toEqual(['i-1']);
    const { assessment } = await delivered([launch]);
    expect(assessment.omitted).toMatchObject([{ reason: expect.stringContaining('i-1 is unknown') }]);
  });

  it('a launch that the account does not show is named', async () => {
    const { assessment } = await delivered([omittedLaunch(10)], read(launchedAt(50, 3)));
    expect(assessment.omitted).toMatchObject([{ reason: expect.stringContaining('the account has 0 instances') }]);
  });

  const omittedTags = (eventName: string, minute: number, more: Json = {}): Json =>
    aRecord(eventName, minute, { omitted: true }, { _return: true }, { eventID: `${eventName}-omitted`, ...more });

  it.each(['CreateTags', 'DeleteTags'])('%s makes the tags of the instances in its resources unknown', async (call) => {
    const launch = aLaunchRecord(1, 'i-1', { CostCenter: '1' });
    const { assessment, acted } = await delivered([launch, omittedTags(call, 5, resource('i-1'))]);
    expect(acted.findings).toEqual([]);
    expect(assessment.omitted).toMatchObject([{ eventName: call, reason: expect.stringContaining('i-1 is unknown') }]);
    const later = await delivered([
      launch,
      omittedTags(call, 5, resource('i-1')),
      aTagRecord(6, 'i-1', { CostCenter: '2' }),
    ]);
    expect(later.assessment.omitted).toEqual([]);
  });

  it('calls on tags that name no instance are named, with an account too', async () => {
    const { assessment } = await delivered([omittedTags('CreateTags', 5)], read(anInventory()));
    expect(assessment.omitted).toMatchObject([{ eventName: 'CreateTags', records: 1 }]);
  });

  it('calls on tags that name an instance are settled by a look at it', async () => {
    const { assessment, untagged } = await delivered(
      [omittedTags('DeleteTags', 5, resource('i-1'))],
      read(anInventory()),
    );
    expect([assessment.omitted, untagged]).toEqual([[], ['i-1']]);
  });

  it('a closed port that the record omits makes every source be judged', async () => {
    const revoked = aRecord('RevokeSecurityGroupIngress', 5, { omitted: true }, { _return: true });
    const { acted, assessment } = await delivered([revoked], read(anInventory()), MIRROR);
    expect(acted.findings.filter(({ status }) => status === 'open').map(({ resourceId }) => resourceId)).toEqual([
      'i-1',
    ]);
    expect(assessment.omitted).toEqual([]);
    const denied = { ...anInventory(), networkInterfaces: undefined, unread: { networkInterfaces: 'denied' } };
    const blind = await delivered([revoked], { scopes: async () => [], load: async () => denied }, MIRROR);
    expect(blind.assessment.omitted).toMatchObject([{ eventName: 'RevokeSecurityGroupIngress' }]);
  });

  it('10,000 launches cost one read, and one entry for each log file', async () => {
    const account = read(launchedAt(50, 100));
    const { assessment } = await delivered(
      Array.from({ length: 10_000 }, (_, n) => omittedLaunch(10, n)),
      account,
    );
    expect(assessment.omitted).toMatchObject([{ records: 10_000 }]);
    expect(account.loads()).toBe(1);
  });
});

describe('a call on a sensor or a source', () => {
  const state = (eventName: string, instanceId: string): Json =>
    aRecord(eventName, 5, { instancesSet: { items: [{ instanceId }] } }, { instancesSet: { items: [{ instanceId }] } });
  const account = (change: (inventory: Inventory) => Inventory): InventorySource =>
    read(change(anInventory({ trafficMirrorSessions: [aSession()] })));
  const inState = (instanceId: string, wanted: 'stopped' | 'terminated') => (inventory: Inventory) => ({
    ...inventory,
    instances: inventory.instances?.map((each) => (each.instanceId === instanceId ? { ...each, state: wanted } : each)),
  });
  const openIn = async (record: Json, inventory: InventorySource): Promise<readonly string[]> =>
    (await delivered([record], inventory, MIRROR)).acted.findings
      .filter(({ status }) => status === 'open')
      .map(({ rule, resourceId }) => `${rule} ${resourceId}`);

  it('that stops the sensor finds its sources, which carry nothing now', async () => {
    const inventory = account(inState('i-sensor-a', 'stopped'));
    expect(await openIn(state('StopInstances', 'i-sensor-a'), inventory)).toEqual(['mirror-ineffective i-1']);
  });

  it('that terminates the sensor finds its sources, though its interface is gone', async () => {
    const inventory = account((before) => ({
      ...inState('i-sensor-a', 'terminated')(before),
      networkInterfaces: before.networkInterfaces?.filter((each) => each.networkInterfaceId !== 'eni-sensor-a'),
    }));
    expect(await openIn(state('TerminateInstances', 'i-sensor-a'), inventory)).toEqual(['mirror-ineffective i-1']);
  });

  it('that stops the source finds its session, which mirrors nothing now', async () => {
    const inventory = account(inState('i-1', 'stopped'));
    expect(await openIn(state('StopInstances', 'i-1'), inventory)).toEqual(['mirror-orphan tms-1']);
  });

  it('that detaches the source finds its session, though the record names only the attachment', async () => {
    const inventory = account((before) => ({
      ...before,
      networkInterfaces: before.networkInterfaces?.map((each) =>
        each.networkInterfaceId === 'eni-1' ? { ...each, status: 'available', attachment: undefined } : each,
      ),
    }));
    const detachment = aRecord('DetachNetworkInterface', 5, { attachmentId: 'eni-attach-1' }, { _return: true });
    expect(await openIn(detachment, inventory)).toEqual(['mirror-orphan tms-1']);
  });

  it('that deletes the source finds its session', async () => {
    const inventory = account((before) => ({
      ...before,
      networkInterfaces: before.networkInterfaces?.filter((each) => each.networkInterfaceId !== 'eni-1'),
    }));
    const deletion = aRecord('DeleteNetworkInterface', 5, { networkInterfaceId: 'eni-1' }, { _return: true });
    expect(await openIn(deletion, inventory)).toEqual(['mirror-orphan tms-1']);
  });

  it('that excludes the source by a tag finds its session', async () => {
    const config = parseConfig(
      JSON.stringify({
        mirroring: {
          mode: 'plan',
          filterId: 'tmf-1',
          targets: ['tmt-a'],
          excludeTags: [{ key: 'mirror', value: 'no' }],
        },
      }),
      'config.json',
    );
    const tags = [{ key: 'mirror', value: 'no' }];
    const inventory = account((before) => ({
      ...before,
      instances: before.instances?.map((each) => (each.instanceId === 'i-1' ? { ...each, tags } : each)),
    }));
    const { acted } = await delivered([aTagRecord(5, 'i-1', { mirror: 'no' })], inventory, config);
    const open = acted.findings.filter(({ status }) => status === 'open');
    expect(open.map(({ rule, resourceId }) => `${rule} ${resourceId}`)).toEqual(['mirror-orphan tms-1']);
  });
});
