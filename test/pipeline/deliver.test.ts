import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import { AwsCallError, PipelineError } from '../../src/errors.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { type Delivered, type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { reportFromLedger } from '../../src/pipeline/report-source.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import {
  aBucket,
  aLaunchRecord,
  aLogKey,
  aNotice,
  aTagRecord,
  BUCKET,
  type MemoryBucket,
} from '../support/deliveries.ts';
import { anInstance, anInventory } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({
    requiredTags: ['CostCenter'],
    trail: { buckets: [BUCKET], accounts: ['111122223333'], topics: [] },
  }),
  'config.json',
);
const LATER = at(120);

interface Setup {
  readonly bucket: MemoryBucket;
  readonly mails: AlertMessage[];
  readonly ports: DeliverPorts & { readonly ledger: NonNullable<DeliverPorts['ledger']> };
  run(messages: readonly Message[], now?: Date): Promise<Delivered>;
}

function aSetup(inventory: InventorySource = recordsAlone(), config: Config = CONFIG): Setup {
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const publish = async (message: AlertMessage): Promise<string> => {
    mails.push(message);
    return `mail-${mails.length}`;
  };
  const ports = { logs: bucket.logs, inventory, ledger: aLedger(), publisher: { publish } };
  return {
    bucket,
    mails,
    ports,
    run: (messages, now = LATER) => deliver(messages, ports, config, { now, clock: STOPPED_CLOCK }),
  };
}

const open = async ({ ports }: Setup): Promise<readonly string[]> =>
  (await ports.ledger.entries({ status: ['open'] })).map(({ finding }) => `${finding.rule} ${finding.resourceId}`);

describe('deliver', () => {
  it('turns a notice into a finding, a ledger entry and one mail', async () => {
    const setup = aSetup();
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1'), aLaunchRecord(1, 'i-0a2', { CostCenter: '1' })]);
    const delivered = await setup.run([aNotice('m1', aLogKey(1))]);
    expect(delivered.failed).toEqual([]);
    expect(delivered.collected.input).toMatchObject({ files: 1, records: 2, launches: 2, rejected: [] });
    expect(await open(setup)).toEqual(['instance-untagged i-0a1']);
    expect(setup.mails).toHaveLength(1);
    expect(setup.mails[0]?.body).toContain('i-0a1');
    expect(setup.mails[0]?.body).not.toContain('i-0a2');
  });

  it('sends no second mail when everything is delivered again', async () => {
    const setup = aSetup();
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    for (let time = 0; time < 3; time += 1)
      await setup.run([aNotice(`m${time}`, aLogKey(1)), aNotice(`n${time}`, aLogKey(1))]);
    expect(setup.mails).toHaveLength(1);
    expect(await open(setup)).toEqual(['instance-untagged i-0a1']);
  });

  it('leaves a message to be retried when its object is missing, and processes the one beside it', async () => {
    const setup = aSetup();
    setup.bucket.put(aLogKey(2), [aLaunchRecord(0, 'i-0a1')]);
    const delivered = await setup.run([aNotice('m1', aLogKey(1)), aNotice('m2', aLogKey(2))]);
    expect(
      delivered.failed.map(({ message, error }) => [message.messageId, error instanceof PipelineError && error.code]),
    ).toEqual([['m1', 'log-missing']]);
    expect(await open(setup)).toEqual(['instance-untagged i-0a1']);
  });

  it('processes the other objects of a message when one is missing', async () => {
    const setup = aSetup();
    setup.bucket.put(aLogKey(2), [aLaunchRecord(0, 'i-0a1')]);
    const delivered = await setup.run([aNotice('m1', aLogKey(1), aLogKey(2))]);
    expect(delivered.failed).toHaveLength(1);
    expect(await open(setup)).toEqual(['instance-untagged i-0a1']);
  });

  it('processes the complete records of a file that is cut off, names the file, and leaves its message to be retried', async () => {
    const setup = aSetup();
    const records = JSON.stringify({ Records: [aLaunchRecord(0, 'i-0a1'), aLaunchRecord(1, 'i-0a2')] });
    setup.bucket.put(aLogKey(1), Buffer.from(records.slice(0, -40)));
    const { collected, failed } = await setup.run([aNotice('m1', aLogKey(1))]);
    expect(failed).toMatchObject([{ message: { messageId: 'm1' }, error: { code: 'log-unreadable' } }]);
    expect(collected.input.rejected).toMatchObject([{ path: `s3://${BUCKET}/${aLogKey(1)}` }]);
    expect(await open(setup)).toEqual(['instance-untagged i-0a1']);
  });

  it('refuses a foreign bucket: fetches nothing, acknowledges the message and reports a finding', async () => {
    const setup = aSetup();
    const { failed } = await setup.run([
      { messageId: 'm1', body: JSON.stringify({ s3Bucket: 'somebody-elses', s3ObjectKey: [aLogKey(1)] }) },
    ]);
    expect(failed).toEqual([]);
    expect(setup.bucket.fetches.size).toBe(0);
    expect(await open(setup)).toEqual(['log-integrity s3://somebody-elses/*']);
  });

  it('reports records of a foreign account as a finding, and does nothing else for it', async () => {
    const setup = aSetup();
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1', {}, { recipientAccountId: '999999999999' })]);
    const { assessment } = await setup.run([aNotice('m1', aLogKey(1))]);
    expect(assessment.scopes).toEqual([]);
    expect(await open(setup)).toEqual(['log-integrity 999999999999']);
  });

  it.each([
    ['an unknown form', '{"hello": "world"}', 1],
    ["S3's test event", '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}', 0],
    ["CloudTrail's validation text", 'CloudTrail validation message.', 0],
  ])('answers %s', async (_, body, failures) => {
    const { failed } = await aSetup().run([{ messageId: 'm1', body }]);
    expect(failed).toHaveLength(failures);
  });

  it('asks for a re-check of a finding within its grace period, and mails nothing if the instance is tagged by then', async () => {
    const account = anInstance({ instanceId: 'i-0a1' });
    let tags: readonly { key: string; value: string }[] = [];
    const source: InventorySource = {
      scopes: async () => [],
      load: async (scope) => ({ ...scope, instances: [{ ...account, tags }] }),
    };
    const setup = aSetup(source);
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    const early = await setup.run([aNotice('m1', aLogKey(1))], at(2));
    expect(setup.mails).toEqual([]);
    expect(early.rechecks).toMatchObject([{ delaySeconds: 180 }]);
    tags = [{ key: 'CostCenter', value: '1' }];
    await setup.run(
      early.rechecks.map(({ body }) => ({ body })),
      at(5),
    );
    expect(setup.mails).toEqual([]);
    expect(await open(setup)).toEqual([]);
  });

  it('mails an instance that is still untagged at the re-check, and still knows who launched it', async () => {
    const source: InventorySource = {
      scopes: async () => [],
      load: async (scope) => ({ ...scope, instances: [anInstance({ instanceId: 'i-0a1' })] }),
    };
    const setup = aSetup(source);
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    const early = await setup.run([aNotice('m1', aLogKey(1))], at(2));
    await setup.run(
      early.rechecks.map(({ body }) => ({ body })),
      at(6),
    );
    expect(setup.mails).toHaveLength(1);
    expect(setup.mails[0]?.body).toContain('dana');
  });

  it('leaves the messages of an account that cannot be read to be retried, and processes the others', async () => {
    const source: InventorySource = {
      scopes: async () => [],
      load: async (scope) => {
        if (scope.accountId === '222222222222') throw new PipelineError('inventory-unreadable', 'AccessDenied');
        return { ...scope };
      },
    };
    const config = { ...CONFIG, trail: { ...CONFIG.trail, accounts: [] } };
    const setup = aSetup(source, config);
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    setup.bucket.put(aLogKey(2), [aLaunchRecord(0, 'i-0b1', {}, { recipientAccountId: '222222222222' })]);
    const { failed } = await setup.run([aNotice('m1', aLogKey(1)), aNotice('m2', aLogKey(2))]);
    expect(failed.map(({ message }) => message.messageId)).toEqual(['m2']);
    expect(await open(setup)).toEqual(['instance-untagged i-0a1']);
  });

  it('mails once which account lets nobody in, and says so in the report', async () => {
    const source: InventorySource = {
      scopes: async () => [],
      load: async () => {
        throw new AwsCallError('AssumeRole', 'AccessDenied', 'AssumeRole failed with AccessDenied');
      },
    };
    const setup = aSetup(source, { ...CONFIG, trail: { ...CONFIG.trail, accounts: [] } });
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0b1', {}, { recipientAccountId: '222222222222' })]);
    await setup.run([aNotice('m1', aLogKey(1))]);
    await setup.run([aNotice('m1', aLogKey(1))]);
    expect(setup.mails.map(({ subject }) => subject)).toEqual([expect.stringContaining('not read')]);
    expect(setup.mails[0]?.body).toContain('222222222222');
    expect(setup.mails[0]?.body).toContain('AssumeRole failed with AccessDenied');
    const period = { since: at(0), until: new Date(LATER.getTime() + 1) };
    const options = { period, now: LATER, toolVersion: '0' };
    const { gaps } = await reportFromLedger(setup.ports.ledger, CONFIG, options);
    expect(gaps).toMatchObject({ unreachedAccounts: 1, list: [{ kind: 'account', accountId: '222222222222' }] });
  });

  it('acknowledges nothing when mailing fails, and mails with the next attempt', async () => {
    const setup = aSetup();
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    const broken = { ...setup.ports, publisher: { publish: () => Promise.reject(new Error('SNS is down')) } };
    await expect(
      deliver([aNotice('m1', aLogKey(1))], broken, CONFIG, { now: LATER, clock: STOPPED_CLOCK }),
    ).rejects.toMatchObject({
      code: 'alert-failed',
    });
    await setup.run([aNotice('m1', aLogKey(1))]);
    expect(setup.mails).toHaveLength(1);
  });

  it('leaves the same ledger for any order, repetition and batching of deliveries', async () => {
    const files = [
      [aLaunchRecord(0, 'i-0a1'), aLaunchRecord(1, 'i-0a2', { CostCenter: '1' })],
      [aLaunchRecord(2, 'i-0a3'), aTagRecord(3, 'i-0a3', { CostCenter: '1' })],
      [aLaunchRecord(4, 'i-0a4', { CostCenter: '' })],
    ];
    const history = async (order: readonly number[], batch: number): Promise<unknown> => {
      const setup = aSetup();
      for (const [number, records] of files.entries()) setup.bucket.put(aLogKey(number), records);
      for (let from = 0; from < order.length; from += batch)
        await setup.run(order.slice(from, from + batch).map((number) => aNotice(`m${number}`, aLogKey(number))));
      return (await setup.ports.ledger.entries({})).map(({ finding, openedAt, resolvedAt, generation }) => ({
        finding,
        openedAt,
        resolvedAt,
        generation,
      }));
    };
    const expected = await history([0, 1, 2], 3);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 0, 1, 2], { minLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        async (order, batch) => {
          expect(await history(order, batch)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('deliver: repairs', () => {
  const APPLY = parseConfig(
    JSON.stringify({
      mirroring: {
        mode: 'apply',
        filterId: anInventory().trafficMirrorFilters?.[0]?.trafficMirrorFilterId,
        targets: (anInventory().trafficMirrorTargets ?? []).map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
      },
    }),
    'config.json',
  );

  function aMirrorSetup(): Setup & { readonly sessions: () => number } {
    const account = anAccountOf(anInventory());
    const setup = aSetup(account.source, APPLY);
    const ports = { ...setup.ports, writer: account.writer };
    return {
      ...setup,
      ports,
      run: (messages, now = LATER) => deliver(messages, ports, APPLY, { now, clock: STOPPED_CLOCK }),
      sessions: () => account.inventories()[0]?.trafficMirrorSessions?.length ?? 0,
    };
  }

  it('mirrors a launched instance, resolves its finding, and mails no one about an immediate repair', async () => {
    const setup = aMirrorSetup();
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-1', {})]);
    const { acted } = await setup.run([aNotice('m1', aLogKey(1))]);
    expect(acted.outcomes.map(({ result, step }) => `${result} ${step.kind}`)).toEqual(['done create-session']);
    expect(setup.sessions()).toBe(1);
    expect(await open(setup)).toEqual([]);
    expect(setup.mails).toEqual([]);
  });

  it('creates no second session when the launch is delivered again', async () => {
    const setup = aMirrorSetup();
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-1', {})]);
    for (let time = 0; time < 3; time += 1) await setup.run([aNotice('m1', aLogKey(1))]);
    expect(setup.sessions()).toBe(1);
  });
});
