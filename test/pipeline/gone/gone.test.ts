import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { type Delivered, type DeliverPorts, deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket } from '../../support/deliveries.ts';
import { ACCOUNT, anInventory, aTaskInterface, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const TASK = `arn:aws:ecs:${REGION}:${ACCOUNT}:task/shop/4b3a2c1d0e`;
const ATTACHMENT = `arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/5f0b1b2c-7a4e-4a53-9a3b-1f1f7d0c0001`;
const CONFIG = parseConfig(
  JSON.stringify({
    graceSeconds: 0,
    requiredTags: ['CostCenter'],
    mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a'] },
  }),
  'config.json',
);

const { instances = [], networkInterfaces = [] } = anInventory();
const OTHERS = networkInterfaces.filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1');
const aTask = (tags: readonly { key: string; value: string }[] = []) =>
  aTaskInterface({ privateIpAddress: '10.0.0.50', tags });
const WITH_TASK = anInventory({ networkInterfaces: [...networkInterfaces, aTask()] });
const WITH_TAGGED_TASK = anInventory({
  networkInterfaces: [...networkInterfaces, aTask([{ key: 'aws:ecs:taskArn', value: TASK }])],
});
const WITHOUT_I_1 = anInventory({
  instances: instances.filter(({ instanceId }) => instanceId !== 'i-1'),
  networkInterfaces: OTHERS,
});

const event = (name: string, minute: number): object => ({
  ...JSON.parse(readFileSync(new URL(`../../fixtures/events/${name}.json`, import.meta.url), 'utf8')),
  time: at(minute).toISOString(),
});

const recheck = (asked: object): object => ({ mirrorwatch: 'recheck', accountId: ACCOUNT, region: REGION, ...asked });

/** A ledger, and an account that a test replaces as time passes. */
function aSetup(first: Inventory) {
  let account = anAccountOf(first);
  const ledger = aLedger();
  const ports: DeliverPorts = {
    logs: aBucket().logs,
    ledger,
    inventory: {
      scopes: () => account.source.scopes(),
      load: (...asked) => account.source.load(...asked),
    },
  };
  return {
    becomes: (next: Inventory) => {
      account = anAccountOf(next);
    },
    sweep: (minute: number) =>
      sweep(ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK, name: `sweep at ${minute}` }),
    deliver: (body: object, minute: number): Promise<Delivered> =>
      deliver([{ messageId: 'm', body }], ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK }),
    status: async (resourceId: string) =>
      (await ledger.entries({}))
        .filter(({ finding }) => finding.resourceId === resourceId)
        .map(({ finding: { rule, status }, resolvedAt }) =>
          `${rule} ${status} ${resolvedAt?.toISOString() ?? ''}`.trim(),
        )
        .toSorted(),
    entries: () => ledger.entries({}),
  };
}

describe('the event of a stopped task', () => {
  it.each([
    ['its attachment, as EC2 describes its interface', WITH_TASK, ATTACHMENT],
    ['the task, as ECS tags its interface', WITH_TAGGED_TASK, TASK],
  ])('resolves the open finding about %s, at the time of the event and by it', async (_, before, resourceId) => {
    const setup = aSetup(before);
    await setup.sweep(0);
    expect(await setup.status(resourceId)).toEqual(['instance-unmirrored open']);
    setup.becomes(anInventory());
    const { acted } = await setup.deliver(event('ecs-task-stopped', 5), 7);
    expect(await setup.status(resourceId)).toEqual([`instance-unmirrored resolved ${at(5).toISOString()}`]);
    expect(acted.changes?.resolved).toHaveLength(1);
    const [entry] = (await setup.entries()).filter(({ finding }) => finding.resourceId === resourceId);
    expect(entry?.resolvedBy).toBe('aws.ecs');
  });

  it('reads no account, and records nothing about a task that never had a finding', async () => {
    const setup = aSetup(anInventory());
    const { assessment, acted } = await setup.deliver(event('ecs-task-stopped', 5), 7);
    expect(assessment.scopes).toEqual([]);
    expect(acted.judgements).toEqual([]);
    expect(await setup.entries()).toEqual([]);
  });

  it('is final: a look that still showed the interface after it was out of date', async () => {
    const setup = aSetup(WITH_TASK);
    await setup.sweep(6);
    await setup.deliver(event('ecs-task-stopped', 5), 7);
    expect(await setup.status(ATTACHMENT)).toEqual([expect.stringContaining('instance-unmirrored resolved')]);
  });
});

describe('a sweep', () => {
  it.each([
    ['a task whose interface is gone', { unread: { trafficMirrorTargets: 'denied' }, trafficMirrorTargets: undefined }],
    ['a task, although load balancers could not be read', { unread: { loadBalancers: 'denied' } }],
    ['a task, although security groups are incomplete', { incomplete: { securityGroups: 'one is damaged' } }],
  ])('resolves the finding about %s when it read the lists that show it', async (_, lists) => {
    const setup = aSetup(WITH_TASK);
    await setup.sweep(0);
    setup.becomes(anInventory(lists));
    await setup.sweep(30);
    expect(await setup.status(ATTACHMENT)).toEqual([`instance-unmirrored resolved ${at(30).toISOString()}`]);
  });

  it.each([
    ['could not be read', { networkInterfaces: undefined, unread: { networkInterfaces: 'denied' } }],
    ['is incomplete', { incomplete: { networkInterfaces: 'one is damaged' } }],
  ])('leaves it open when the list that would show it %s', async (_, lists) => {
    const setup = aSetup(WITH_TASK);
    await setup.sweep(0);
    setup.becomes(anInventory(lists));
    await setup.sweep(30);
    expect(await setup.status(ATTACHMENT)).toEqual(['instance-unmirrored open']);
  });

  it('resolves findings about an instance by the list of instances alone', async () => {
    const setup = aSetup(anInventory());
    await setup.sweep(0);
    expect(await setup.status('i-1')).toEqual(['instance-unmirrored open', 'instance-untagged open']);
    setup.becomes({ ...WITHOUT_I_1, networkInterfaces: undefined, unread: { networkInterfaces: 'denied' } });
    await setup.sweep(30);
    const resolved = `resolved ${at(30).toISOString()}`;
    expect(await setup.status('i-1')).toEqual([`instance-unmirrored ${resolved}`, `instance-untagged ${resolved}`]);
  });

  it('does not take an instance for gone that was launched minutes ago and is not listed this time', async () => {
    const setup = aSetup(anInventory());
    await setup.sweep(0);
    setup.becomes(WITHOUT_I_1);
    await setup.sweep(4);
    expect(await setup.status('i-1')).toEqual(['instance-unmirrored open', 'instance-untagged open']);
  });
});

describe('a re-check of what is no longer in the account', () => {
  it('resolves the findings about an instance', async () => {
    const setup = aSetup(anInventory());
    await setup.sweep(0);
    setup.becomes(WITHOUT_I_1);
    await setup.deliver(recheck({ instanceIds: ['i-1'] }), 10);
    const resolved = `resolved ${at(10).toISOString()}`;
    expect(await setup.status('i-1')).toEqual([`instance-unmirrored ${resolved}`, `instance-untagged ${resolved}`]);
  });

  it('resolves the finding about a task', async () => {
    const setup = aSetup(WITH_TASK);
    await setup.sweep(0);
    setup.becomes(anInventory());
    await setup.deliver(recheck({ networkInterfaceIds: ['eni-task'], resourceIds: [ATTACHMENT] }), 10);
    expect(await setup.status(ATTACHMENT)).toEqual([`instance-unmirrored resolved ${at(10).toISOString()}`]);
  });

  it('leaves the findings open while EC2 may not list the instance yet, and when the list is incomplete', async () => {
    const setup = aSetup(anInventory());
    await setup.sweep(0);
    setup.becomes(WITHOUT_I_1);
    await setup.deliver(recheck({ instanceIds: ['i-1'] }), 4);
    setup.becomes({ ...WITHOUT_I_1, incomplete: { instances: 'one is damaged' } });
    await setup.deliver(recheck({ instanceIds: ['i-1'] }), 10);
    expect(await setup.status('i-1')).toEqual(['instance-unmirrored open', 'instance-untagged open']);
  });
});

describe('an event about an instance that EC2 does not list yet', () => {
  it.each([
    ['a minute after it', 3, 'unknown'],
    ['ten minutes after it', 12, 'gone'],
  ])('%s leaves open whether it is there, or not', async (_, minute, result) => {
    const setup = aSetup(WITHOUT_I_1);
    const running = { ...event('instance-running', 2), detail: { 'instance-id': 'i-1', state: 'running' } };
    const { acted } = await setup.deliver(running, minute);
    expect(new Set(acted.judgements.map((judgement) => judgement.result))).toEqual(new Set([result]));
  });
});

describe('a repeated event of a task that ended meanwhile', () => {
  it('resolves the finding about the task, which the account no longer has', async () => {
    const setup = aSetup(WITH_TASK);
    await setup.sweep(0);
    setup.becomes(anInventory());
    await setup.deliver(event('ecs-task-running', 1), 10);
    expect(await setup.status(ATTACHMENT)).toEqual([`instance-unmirrored resolved ${at(10).toISOString()}`]);
  });
});
