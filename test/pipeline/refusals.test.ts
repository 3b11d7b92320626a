import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { parseConfig } from '../../src/config.ts';
import { AwsCallError } from '../../src/errors.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket } from '../support/deliveries.ts';
import { anInstance, anInterface, anInventory, aTaskInterface, attachedTo } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }),
  'config.json',
);
const DAY = 24 * 60;

/** An account in which AWS refuses the interfaces whose ids begin so. */
function aBench(inventory: Inventory, refused: string) {
  const account = anAccountOf(inventory);
  const ledger = aLedger();
  const mails: AlertMessage[] = [];
  const tries: string[] = [];
  let current = account.source;
  const ports = {
    logs: aBucket().logs,
    ledger,
    inventory: {
      scopes: () => current.scopes(),
      load: (...asked: Parameters<typeof current.load>) => current.load(...asked),
    },
    writer: {
      ...account.writer,
      createSession: async (...[scope, request]: Parameters<typeof account.writer.createSession>) => {
        tries.push(request.networkInterfaceId);
        if (!request.networkInterfaceId.startsWith(refused)) return account.writer.createSession(scope, request);
        throw new AwsCallError('CreateTrafficMirrorSession', 'NetworkInterfaceNotSupported', 'it is not supported');
      },
    },
    publisher: {
      publish: async (message: AlertMessage) => {
        mails.push(message);
        return `mail-${mails.length}`;
      },
    },
  };
  return {
    ...{ ledger, mails, tries },
    become: (next: Inventory) => {
      current = anAccountOf(next).source;
    },
    sweep: (minute: number) =>
      sweep(ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK, name: `sweep at ${minute}` }),
    event: (event: object, minute: number) =>
      deliver([{ messageId: 'm', body: event }], ports, CONFIG, { now: at(minute), clock: STOPPED_CLOCK }),
    unmirrored: async (): Promise<readonly string[]> =>
      (await ledger.entries({ rules: ['instance-unmirrored'], status: ['open', 'muted'] }))
        .filter(({ finding }) => !finding.resourceId.includes('sensor'))
        .map(({ finding }) => `${finding.status} ${finding.resourceId}`),
  };
}

const withTasks = (count: number): Inventory =>
  anInventory({
    networkInterfaces: [
      ...(anInventory().networkInterfaces ?? []),
      ...Array.from({ length: count }, (_, index) =>
        aTaskInterface({
          networkInterfaceId: `eni-task-${index}`,
          privateIpAddress: `10.0.0.${60 + index}`,
          description: `arn:aws:ecs:eu-west-1:111122223333:attachment/${index}`,
        }),
      ),
    ],
  });

const running = (index: number): object => ({
  ...{ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', account: '111122223333', region: 'eu-west-1' },
  time: at(30).toISOString(),
  id: `event-${index}`,
  detail: {
    taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/shop/${index}`,
    clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
    ...{ lastStatus: 'RUNNING', desiredStatus: 'RUNNING', launchType: 'FARGATE', version: 3 },
    attachments: [{ type: 'eni', details: [{ name: 'networkInterfaceId', value: `eni-task-${index}` }] }],
  },
});

describe('an account where AWS refuses the interfaces of Fargate tasks', () => {
  const ONE = 'muted arn:aws:ecs:eu-west-1:111122223333:attachment/*';

  it('gets one muted finding for all tasks after one try, and no mail', async () => {
    const bench = aBench(withTasks(20), 'eni-task');
    await bench.sweep(0);
    expect(bench.tries.filter((id) => id.startsWith('eni-task'))).toEqual(['eni-task-0']);
    expect(await bench.unmirrored()).toEqual([ONE]);
    expect(bench.mails).toEqual([]);
    const [entry] = await bench.ledger.entries({ status: ['muted'], rules: ['instance-unmirrored'] });
    expect(entry?.finding.reason).toMatch(
      /Fargate tasks cannot be mirrored in account 111122223333, eu-west-1: AWS refuses/,
    );
  });

  it('is not asked again by sweeps or new tasks for a month, and then once', async () => {
    const bench = aBench(withTasks(20), 'eni-task');
    await bench.sweep(0);
    await bench.sweep(20);
    const { acted } = await bench.event(running(3), 31);
    expect(acted.outcomes).toEqual([]);
    expect(bench.tries.filter((id) => id.startsWith('eni-task'))).toHaveLength(1);
    expect(await bench.unmirrored()).toEqual([ONE]);
    await bench.sweep(31 * DAY);
    expect(bench.tries.filter((id) => id.startsWith('eni-task'))).toHaveLength(2);
    expect(await bench.unmirrored()).toEqual([ONE]);
  });

  it('has its tasks mirrored where AWS takes them', async () => {
    const bench = aBench(withTasks(3), 'eni-none');
    await bench.sweep(0);
    expect(bench.tries.toSorted()).toEqual(['eni-1', 'eni-task-0', 'eni-task-1', 'eni-task-2']);
    expect(await bench.unmirrored()).toEqual([]);
  });
});

describe('an instance whose interface AWS refuses', () => {
  it('is muted with the reason and not tried again', async () => {
    const bench = aBench(anInventory(), 'eni-1');
    await bench.sweep(0);
    await bench.sweep(60);
    await bench.sweep(120);
    expect(bench.tries).toEqual(['eni-1']);
    expect(await bench.unmirrored()).toEqual(['muted i-1']);
  });

  it('is tried again once its type was changed', async () => {
    const bench = aBench(anInventory(), 'eni-1');
    await bench.sweep(0);
    const instances = (anInventory().instances ?? []).map((each) => ({ ...each, instanceType: 'c7i.large' }));
    bench.become(anInventory({ instances }));
    await bench.sweep(60);
    expect(bench.tries).toEqual(['eni-1', 'eni-1']);
  });

  it('stays in order by its other interface', async () => {
    const second = anInterface({
      networkInterfaceId: 'eni-2',
      privateIpAddress: '10.0.0.9',
      attachment: attachedTo('i-1', 1),
    });
    const inventory = anInventory({
      instances: [...(anInventory().instances ?? []), anInstance({ instanceId: 'i-9', state: 'terminated' })],
      networkInterfaces: [...(anInventory().networkInterfaces ?? []), second],
    });
    const bench = aBench(inventory, 'eni-2');
    await bench.sweep(0);
    await bench.sweep(60);
    expect(bench.tries.toSorted()).toEqual(['eni-1', 'eni-2']);
    expect(await bench.unmirrored()).toEqual([]);
  });
});
