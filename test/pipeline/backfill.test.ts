import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { ActRequest } from '../../src/pipeline/act.ts';
import { type Delivered, deliver } from '../../src/pipeline/deliver.ts';
import { remediateMessage, sweepMessage } from '../../src/pipeline/own-messages.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import type { MirrorWriter, RunClock } from '../../src/remediation/apply-plan.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, attachedTo, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';
import { at } from '../support/sightings.ts';

const INSTANCES = 2500;
const PAGE = 100;
/** How long EC2 takes for a new session: five a second. */
const CREATE_MS = 200;
/** Enough for a page. */
const LIMIT_MS = PAGE * CREATE_MS;

const fakeAws = aFakeAws({ quotas: { sourcesPerTarget: 5000 } });

const CONFIG: Config = parseConfig(
  JSON.stringify({
    mirroring: { mode: 'apply', filterId: 'tmf-1', targets: [{ id: 'tmt-a', maxSources: 5000 }] },
  }),
  'config.json',
);

const number = (index: number): string => String(index).padStart(5, '0');
const running = Array.from({ length: INSTANCES }, (_, index) => index);

/** 2,500 instances. Among them are 40 that were just terminated; EC2 still lists those, without subnet and interfaces. */
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

/** A clock that only new sessions and waits advance, and a writer that advances it. */
function aPacedWriter(writer: MirrorWriter): { readonly clock: RunClock; readonly writer: MirrorWriter } {
  let elapsedMs = 0;
  return {
    clock: {
      elapsedMs: () => elapsedMs,
      runId: 'run',
      sleep: async (ms) => {
        elapsedMs += ms;
      },
    },
    writer: {
      ...writer,
      createSession: (...request) => {
        elapsedMs += CREATE_MS;
        return writer.createSession(...request);
      },
    },
  };
}

/** The two functions of a backfill, and the queue between them. Each invocation begins a minute after the one before. */
function aStack(ledger: FullLedger) {
  const queue: Message[] = [];
  let invocations = 0;
  const nextNow = (): Date => {
    invocations += 1;
    return at(invocations);
  };
  const handOver: NonNullable<ActRequest['handOver']> = async ({ scope }, { steps }) => {
    const ids = steps.map(({ networkInterfaceId }) => networkInterfaceId);
    for (let start = 0; start < ids.length; start += PAGE)
      queue.push({
        messageId: `m-${start}`,
        body: remediateMessage(scope, { networkInterfaceIds: ids.slice(start, start + PAGE) }),
      });
  };
  return {
    queue,
    begin: (name: string) =>
      sweep({ ledger, inventory: livePorts().inventory }, CONFIG, {
        now: nextNow(),
        clock: STOPPED_CLOCK,
        name,
        handOver,
      }),
    /** Processes one message within `limitMs`. The message stays in the queue if it was not finished. */
    async work({ limitMs = LIMIT_MS, recordIn = ledger } = {}): Promise<Delivered> {
      const { logs, inventory, writer: live } = livePorts();
      const { clock, writer } = aPacedWriter(live);
      const [message] = queue;
      if (message === undefined) throw new Error('the queue is empty');
      const ports = { ledger: recordIn, logs, inventory, writer };
      const now = nextNow();
      const deadline = new Date(now.getTime() + limitMs);
      const delivered = await deliver([message], ports, CONFIG, { now, clock, deadline });
      if (delivered.failed.length === 0) queue.shift();
      return delivered;
    },
  };
}

/** The ledger of a function that is killed when it records for the nth time. */
function dyingAt(ledger: FullLedger, nth: number): FullLedger {
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
  it('mirrors every instance once, page by page, and resumes after a function was killed', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), ACCOUNT_NOW);
    const ledger = aLedger();
    const stack = aStack(ledger);
    await stack.begin('backfill');
    expect(stack.queue).toHaveLength(INSTANCES / PAGE);
    const before = fakeAws().count('CreateTrafficMirrorSession');
    for (let page = 0; page < 5; page += 1) await stack.work();
    expect(sources()).toHaveLength(5 * PAGE);

    // The function dies after it made the sessions of its page and before it recorded them.
    await expect(stack.work({ recordIn: dyingAt(ledger, 2) })).rejects.toThrow('killed');
    expect(sources()).toHaveLength(6 * PAGE);
    expect(stack.queue).toHaveLength(INSTANCES / PAGE - 5);

    // A second backfill finds what is left, even though the messages of the first are still in the queue.
    await stack.begin('backfill again');
    while (stack.queue.length > 0) await stack.work();
    expect(new Set(sources()).size).toBe(INSTANCES);
    expect(sources()).toHaveLength(INSTANCES);
    expect(fakeAws().count('CreateTrafficMirrorSession') - before).toBe(INSTANCES);
    expect(await ledger.entries({ status: ['open'] })).toEqual([]);
    expect(sources().filter((id) => id.includes('gone'))).toEqual([]);
  }, 600_000);

  it('stops at its deadline, and the next attempt makes the rest of the page', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), ACCOUNT_NOW);
    const stack = aStack(aLedger());
    await stack.begin('backfill');
    const before = fakeAws().count('CreateTrafficMirrorSession');
    const { failed, acted } = await stack.work({ limitMs: LIMIT_MS / 2 });
    expect(failed).toMatchObject([{ message: stack.queue[0], error: { code: 'repair-pending', retryable: true } }]);
    expect(acted.outcomes.filter(({ result }) => result === 'done')).toHaveLength(PAGE / 2);
    expect(sources()).toHaveLength(PAGE / 2);

    const next = await stack.work({ limitMs: LIMIT_MS / 2 });
    expect(next.failed).toEqual([]);
    expect(new Set(sources()).size).toBe(PAGE);
    expect(fakeAws().count('CreateTrafficMirrorSession') - before).toBe(PAGE);
  }, 300_000);

  it('begins nothing after its deadline, and leaves the message for another attempt', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), ACCOUNT_NOW);
    const stack = aStack(aLedger());
    await stack.begin('backfill');
    const [message] = stack.queue;
    const delivered = await stack.work({ limitMs: 0 });
    expect(delivered.failed.map((each) => each.message)).toEqual([message]);
    expect(stack.queue[0]).toBe(message);
    expect(sources()).toEqual([]);
  }, 300_000);

  it('sweeps one scope for each message, and only once', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), anInventory());
    const { logs, inventory, writer } = livePorts();
    const ports = { ledger: aLedger(), logs, inventory, writer };
    const options = { now: at(0), clock: STOPPED_CLOCK };
    const body = sweepMessage({ accountId: ACCOUNT, region: REGION, name: 'stack:1' });
    const first = await deliver([{ messageId: 'm', body }], ports, CONFIG, options);
    expect(first.swept.map(({ assessment }) => assessment.scopes.length)).toEqual([1]);
    expect(sources()).toEqual(['eni-1']);
    const second = await deliver([{ messageId: 'm', body }], ports, CONFIG, options);
    expect(second.swept.map(({ skipped }) => skipped)).toEqual([[{ accountId: ACCOUNT, region: REGION }]]);
  });
});
