import { describe, expect, it } from 'vitest';
import type { AwsPorts } from '../../src/aws/ports.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { ActRequest } from '../../src/pipeline/act.ts';
import { type Delivered, deliver } from '../../src/pipeline/deliver.ts';
import { remediateMessage } from '../../src/pipeline/own-messages.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, attachedTo, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';

const INSTANCES = 2500;
const PAGE = 100;
/** What a function has before it must stop making changes, where the real one has minutes. */
const LIMIT_MS = 2500;

const fakeAws = aFakeAws({ quotas: { sourcesPerTarget: 5000 } });

const CONFIG: Config = parseConfig(
  JSON.stringify({
    mirroring: { mode: 'apply', filterId: 'tmf-1', targets: [{ id: 'tmt-a', maxSources: 5000 }] },
  }),
  'config.json',
);

const number = (index: number): string => String(index).padStart(5, '0');
const running = Array.from({ length: INSTANCES }, (_, index) => index);

/** 2,500 instances and 40 that were just terminated, which EC2 still lists, without subnet and interfaces, among the others. */
const ACCOUNT_NOW: Inventory = anInventory({
  instances: [
    ...(anInventory().instances ?? []).filter(({ instanceId }) => instanceId !== 'i-1'),
    ...running.flatMap((index) => [
      anInstance({ instanceId: `i-${number(index)}`, networkInterfaceIds: [`eni-${number(index)}`] }),
      ...(index % 63 === 0
        ? [anInstance({ instanceId: `i-gone-${index}`, state: 'terminated', subnetId: undefined, vpcId: undefined })]
        : []),
    ]),
  ],
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []).filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
    ...running.map((index) =>
      anInterface({
        networkInterfaceId: `eni-${number(index)}`,
        privateIpAddress: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`,
        attachment: attachedTo(`i-${number(index)}`),
      }),
    ),
  ],
});

/** The two functions of a backfill with the queue between them; each invocation has `LIMIT_MS`. */
function aStack(ledger: Ledger) {
  const queue: Message[] = [];
  const open = (): AwsPorts => livePorts();
  const handOver: NonNullable<ActRequest['handOver']> = async ({ scope }, { steps }) => {
    const ids = steps.map(({ networkInterfaceId }) => networkInterfaceId);
    for (let at = 0; at < ids.length; at += PAGE)
      queue.push({ messageId: `m-${at}`, body: remediateMessage(scope, ids.slice(at, at + PAGE), []) });
  };
  const deadline = (): Date => new Date(Date.now() + LIMIT_MS);
  return {
    queue,
    begin: (name: string) => {
      const { inventory } = open();
      return sweep({ ledger, inventory }, CONFIG, { now: new Date(), name, handOver, deadline: deadline() });
    },
    /** Works one message off; it stays in the queue when it was not finished. */
    async work(kept: Ledger = ledger): Promise<Delivered> {
      const { logs, inventory, writer } = open();
      const [message] = queue;
      if (message === undefined) throw new Error('the queue is empty');
      const options = { now: new Date(), deadline: deadline() };
      const delivered = await deliver([message], { ledger: kept, logs, inventory, writer }, CONFIG, options);
      if (delivered.failed.length === 0) queue.shift();
      return delivered;
    },
  };
}

/** The ledger of a function that is killed when it records for the nth time. */
function dyingAt(ledger: Ledger, nth: number): Ledger {
  let records = 0;
  return {
    ...ledger,
    record: async (observation) => {
      records += 1;
      if (records === nth) throw new Error('killed');
      return ledger.record(observation);
    },
  };
}

const sources = (): readonly string[] =>
  (fakeAws().account(ACCOUNT, REGION).lists.TrafficMirrorSessions ?? []).map((each) => each.NetworkInterfaceId);

describe('a backfill of 2,500 instances', () => {
  it('mirrors all of them, page by page, none twice, and goes on after it was killed', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), ACCOUNT_NOW);
    const ledger = aLedger();
    const stack = aStack(ledger);
    await stack.begin('backfill');
    expect(stack.queue).toHaveLength(INSTANCES / PAGE);
    const before = fakeAws().count('CreateTrafficMirrorSession');
    for (let page = 0; page < 5; page += 1) await stack.work();
    expect(sources()).toHaveLength(5 * PAGE);

    // The function dies when the sessions of its page are made, and before that is recorded.
    await expect(stack.work(dyingAt(ledger, 2))).rejects.toThrow('killed');
    expect(sources()).toHaveLength(6 * PAGE);
    expect(stack.queue).toHaveLength(INSTANCES / PAGE - 5);

    // A second try of the whole backfill finds what is left, whatever lies in the queue.
    await stack.begin('backfill again');
    while (stack.queue.length > 0) await stack.work();
    expect(new Set(sources()).size).toBe(INSTANCES);
    expect(sources()).toHaveLength(INSTANCES);
    expect(fakeAws().count('CreateTrafficMirrorSession') - before).toBe(INSTANCES);
    expect(await ledger.entries({ status: ['open'] })).toEqual([]);
    expect(sources().filter((id) => id.includes('gone'))).toEqual([]);
  }, 120_000);

  it('begins nothing when the time is up, and leaves the message for another try', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), ACCOUNT_NOW);
    const stack = aStack(aLedger());
    await stack.begin('backfill');
    const { logs, inventory, writer } = livePorts();
    const now = new Date();
    const messages = stack.queue.slice(0, 1);
    const delivered = await deliver(messages, { logs, inventory, writer }, CONFIG, { now, deadline: now });
    expect(delivered.failed.map(({ message }) => message)).toEqual(messages);
    expect(sources()).toEqual([]);
  }, 60_000);

  it('is one scope a message where there are several, and each is done once', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), anInventory());
    const ledger = aLedger();
    const { logs, inventory, writer } = livePorts();
    const body = JSON.stringify({ mirrorwatch: 'sweep', accountId: ACCOUNT, region: REGION, name: 'stack:1' });
    const ports = { ledger, logs, inventory, writer };
    const first = await deliver([{ messageId: 'm', body }], ports, CONFIG, { now: new Date() });
    expect(first.swept.map(({ assessment }) => assessment.scopes.length)).toEqual([1]);
    expect(sources()).toEqual(['eni-1']);
    const second = await deliver([{ messageId: 'm', body }], ports, CONFIG, { now: new Date() });
    expect(second.swept.map(({ skipped }) => skipped)).toEqual([[{ accountId: ACCOUNT, region: REGION }]]);
  });
});
