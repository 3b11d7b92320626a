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

/** An account in which AWS refuses interfaces whose id begins with `refused`. */
function aSetup(inventory: Inventory, refused: string) {
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
      load: (...request: Parameters<typeof current.load>) => current.load(...request),
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

  it('gets one muted finding for all tasks after one attempt, and no mail', async () => {
    const setup = aSetup(withTasks(20), 'eni-task');
    await setup.sweep(0);
    expect(setup.tries.filter((id) => id.startsWith('eni-task'))).toEqual(['eni-task-0']);
    expect(await setup.unmirrored()).toEqual([ONE]);
    expect(setup.mails).toEqual([]);
    const [entry] = await setup.ledger.entries({ status: ['muted'], rules: ['instance-unmirrored'] });
    expect(entry?.finding.reason).toMatch(
      /Fargate tasks cannot be mirrored in account 111122223333, eu-west-1: AWS refuses/,
    );
  });

  it('is not tried again for a month, neither by sweeps nor for new tasks, and then once', async () => {
    const setup = aSetup(withTasks(20), 'eni-task');
    await setup.sweep(0);
    await setup.sweep(20);
    const { acted } = await setup.event(running(3), 31);
    expect(acted.outcomes).toEqual([]);
    expect(setup.tries.filter((id) => id.startsWith('eni-task'))).toHaveLength(1);
    expect(await setup.unmirrored()).toEqual([ONE]);
    await setup.sweep(31 * DAY);
    expect(setup.tries.filter((id) => id.startsWith('eni-task'))).toHaveLength(2);
    expect(await setup.unmirrored()).toEqual([ONE]);
  });

  it('has its tasks mirrored if AWS accepts them', async () => {
    const setup = aSetup(withTasks(3), 'eni-none');
    await setup.sweep(0);
    expect(setup.tries.toSorted()).toEqual(['eni-1', 'eni-task-0', 'eni-task-1', 'eni-task-2']);
    expect(await setup.unmirrored()).toEqual([]);
  });
});

describe('an instance whose interface AWS refuses', () => {
  it('is muted with the reason and not tried again', async () => {
    const setup = aSetup(anInventory(), 'eni-1');
    await setup.sweep(0);
    await setup.sweep(60);
    await setup.sweep(120);
    expect(setup.tries).toEqual(['eni-1']);
    expect(await setup.unmirrored()).toEqual(['muted i-1']);
  });

  it('is tried again when its type has changed', async () => {
    const setup = aSetup(anInventory(), 'eni-1');
    await setup.sweep(0);
    const instances = (anInventory().instances ?? []).map((each) => ({ ...each, instanceType: 'c7i.large' }));
    setup.become(anInventory({ instances }));
    await setup.sweep(60);
    expect(setup.tries).toEqual(['eni-1', 'eni-1']);
  });

  it('complies if its other interface is mirrored', async () => {
    const second = anInterface({
      networkInterfaceId: 'eni-2',
      privateIpAddress: '10.0.0.9',
      attachment: attachedTo('i-1', 1),
    });
    const inventory = anInventory({
      instances: [...(anInventory().instances ?? []), anInstance({ instanceId: 'i-9', state: 'terminated' })],
      networkInterfaces: [...(anInventory().networkInterfaces ?? []), second],
    });
    const setup = aSetup(inventory, 'eni-2');
    await setup.sweep(0);
    await setup.sweep(60);
    expect(setup.tries.toSorted()).toEqual(['eni-1', 'eni-2']);
    expect(await setup.unmirrored()).toEqual([]);
  });
});
