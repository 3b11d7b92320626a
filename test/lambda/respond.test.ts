import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Item } from '../support/fake-ec2/account.ts';
import { type FakeAws, startFakeAws } from '../support/fake-ec2/server.ts';
import {
  ACCOUNT,
  anInterface,
  anInventory,
  aPermission,
  aSecurityGroup,
  aTaskInterface,
  attachedTo,
  REGION,
} from '../support/inventories.ts';
import { seed } from '../support/live.ts';
import { invoke, unpackZip } from '../support/zip-functions.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fixture with the current time: GuardDuty's hours count from there. */
function anEvent(name: string, time: Date = new Date()): Readonly<Record<string, unknown>> {
  const event = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/events', `${name}.json`), 'utf8'));
  return { ...event, time: time.toISOString() };
}

/** An account where everything works. A Fargate task runs, and an awsvpc task has a second interface on i-1. */
const ACCOUNT_NOW = anInventory({
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []),
    aTaskInterface({ privateIpAddress: '10.0.0.50' }),
    anInterface({
      networkInterfaceId: 'eni-trunkless',
      privateIpAddress: '10.0.0.51',
      attachment: attachedTo('i-1', 1),
    }),
  ],
});

const MIRRORING = { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a'], interfaces: 'all' };
/** No rule matches any source. Suspects are mirrored to tmt-b. */
const SUSPICION = {
  mode: 'apply',
  rules: { subnets: [{ subnetId: 'subnet-nowhere', filterId: 'tmf-1', targetId: 'tmt-a' }] },
  onSuspicion: { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 4 },
};

let zip: string;
let fake: FakeAws;
beforeAll(async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'mirrorwatch-respond-')), 'mirrorwatch.zip');
  await promisify(execFile)('bash', [join(ROOT, 'bundle.sh'), '--out', out]);
  zip = await unpackZip(out);
  fake = await startFakeAws();
}, 60_000);
afterAll(() => fake.stop());
beforeEach(() => {
  given(ACCOUNT_NOW);
  fake.fail();
});

function given(inventory: Inventory, more: Readonly<Record<string, Item[]>> = {}): void {
  const account = fake.account(ACCOUNT, REGION);
  seed(account, inventory);
  Object.assign(account.lists, more);
}

const lists = (): Record<string, Item[]> => fake.account(ACCOUNT, REGION).lists;
const sessions = (): readonly string[] =>
  (lists().TrafficMirrorSessions ?? []).map((each) => `${each.NetworkInterfaceId} → ${each.TrafficMirrorTargetId}`);

async function respond(event: unknown, mirroring: object = MIRRORING, config?: string): Promise<unknown> {
  const env = {
    AWS_ENDPOINT_URL: fake.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'k',
    AWS_SECRET_ACCESS_KEY: 's',
    MIRRORWATCH_CONFIG: config ?? JSON.stringify({ mirroring }),
  };
  return (await invoke(zip, 'respond', event, { env })).answer;
}

describe('respond.handler', () => {
  it.each([
    ['instance-running', ['eni-1 → tmt-a', 'eni-trunkless → tmt-a']],
    ['lifecycle-launch', ['eni-1 → tmt-a', 'eni-trunkless → tmt-a']],
    ['call-run-instances', ['eni-1 → tmt-a', 'eni-trunkless → tmt-a']],
    ['call-attach-interface', ['eni-1 → tmt-a', 'eni-trunkless → tmt-a']],
    ['call-delete-session', ['eni-1 → tmt-a', 'eni-task → tmt-a', 'eni-trunkless → tmt-a']],
    ['ecs-task-running', ['eni-task → tmt-a']],
    ['ecs-task-awsvpc-on-ec2', ['eni-1 → tmt-a', 'eni-trunkless → tmt-a']],
    ['ecs-task-stopped', []],
    ['lifecycle-warm-pool', []],
  ])('mirrors the sources of %s, once however often the event arrives', async (name, expected) => {
    await respond(anEvent(name));
    await respond(anEvent(name));
    expect(sessions().toSorted()).toEqual(expected);
  });

  describe('of a member account, by its bus', () => {
    const MEMBER = '444455556666';
    const there = () => fake.account(MEMBER, 'us-east-1').lists;
    const inMember = (lists: Record<string, Item[]>): readonly string[] =>
      (lists.TrafficMirrorSessions ?? []).map((each) => each.NetworkInterfaceId).toSorted();
    const CONFIG = JSON.stringify({
      ...{ mirroring: MIRRORING, assumeRole: { roleName: 'mirrorwatch-member' } },
      trail: { accounts: [ACCOUNT, MEMBER] },
    });
    beforeEach(() => {
      seed(fake.account(MEMBER, 'us-east-1'), { ...ACCOUNT_NOW, accountId: MEMBER, region: 'us-east-1' });
    });

    it('works in the account and region that the event is of', async () => {
      await respond({ ...anEvent('instance-running'), account: MEMBER, region: 'us-east-1' }, MIRRORING, CONFIG);
      expect(inMember(there())).toEqual(['eni-1', 'eni-trunkless']);
      expect(sessions()).toEqual([]);
    });

    it('believes no record of another account than that which sent the event', async () => {
      const event = { ...anEvent('call-run-instances'), account: MEMBER, region: 'us-east-1' };
      await respond(event, MIRRORING, CONFIG);
      expect([inMember(there()), sessions()]).toEqual([[], []]);
    });

    it('works in no account that the configuration does not name', async () => {
      const alone = JSON.stringify({ ...JSON.parse(CONFIG), trail: { accounts: [ACCOUNT] } });
      await respond({ ...anEvent('instance-running'), account: MEMBER, region: 'us-east-1' }, MIRRORING, alone);
      expect(inMember(there())).toEqual([]);
    });
  });

  it('reads every event of a batch from a queue', async () => {
    const Records = ['instance-running', 'ecs-task-running'].map((name) => ({
      ...{ messageId: name, receiptHandle: 'r', attributes: {}, eventSource: 'aws:sqs' },
      body: JSON.stringify(anEvent(name)),
    }));
    expect(await respond({ Records })).toEqual({ batchItemFailures: [] });
    expect(sessions()).toHaveLength(3);
  });

  it('mirrors no task whose interface is gone, and none whose stop arrived before its start', async () => {
    const events = ['ecs-task-stopped', 'ecs-task-running'].map((name) => anEvent(name));
    await respond(events);
    expect(sessions()).toEqual([]);
    given(anInventory());
    await respond(anEvent('ecs-task-running'));
    expect(sessions()).toEqual([]);
  });

  it('mirrors a suspect of GuardDuty once although no rule matches it, tagged with the finding and the end', async () => {
    const now = new Date();
    await respond(anEvent('guardduty-instance', now), SUSPICION);
    await respond(anEvent('guardduty-instance', new Date(now.getTime() + 60_000)), SUSPICION);
    expect(sessions().toSorted()).toEqual(['eni-1 → tmt-b', 'eni-trunkless → tmt-b']);
    const tags = Object.fromEntries(
      (lists().TrafficMirrorSessions?.[0]?.Tags ?? []).map((t: Item) => [t.Key, t.Value]),
    );
    expect(tags).toMatchObject({
      'mirrorwatch:managed': 'true',
      Name: 'i-1',
      'mirrorwatch:guardduty': '16afba5c5c43e07c9e3e5e2e544e95df',
      'mirrorwatch:until': new Date(now.getTime() + 4 * 3_600_000).toISOString(),
    });
  });

  it('asks ECS for the interface of a suspected task', async () => {
    const details = [{ name: 'networkInterfaceId', value: 'eni-task' }];
    const task = {
      taskArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/shop/4b3a2c1d0e`,
      attachments: [{ type: 'ElasticNetworkInterface', details }],
    };
    given(ACCOUNT_NOW, { Tasks: [task] });
    await respond(anEvent('guardduty-ecs'), SUSPICION);
    expect(sessions()).toEqual(['eni-task → tmt-b']);
  });

  it('ignores a GuardDuty finding whose hours have passed', async () => {
    await respond(anEvent('guardduty-instance', new Date(Date.now() - 5 * 3_600_000)), SUSPICION);
    expect(sessions()).toEqual([]);
  });

  it('places sessions that an opened security group makes possible', async () => {
    await respond(anEvent('call-authorize-ingress'));
    expect(sessions()).toHaveLength(3);
    const closed = aSecurityGroup({ ipPermissions: [aPermission({ ipProtocol: 'tcp' })] });
    given({ ...ACCOUNT_NOW, securityGroups: [closed] });
    await respond(anEvent('call-authorize-ingress'));
    expect(sessions()).toEqual([]);
  });
});

describe('an instance in a lifecycle hook, without a queue to come back to it', () => {
  const TOKEN = '87654321-4321-4321-4321-210987654321';
  const OURS = { ...MIRRORING, lifecycleHooks: ['mirror-first'] };
  const held = (): Item[] => lists().LifecycleActions ?? [];
  const marked = (name: string) => {
    const event = anEvent(name);
    return { ...event, detail: { ...(event.detail as object), NotificationMetadata: 'mirrorwatch' } };
  };

  it.each([
    ['is released once it is mirrored', 'lifecycle-launch', undefined, 2],
    ['is released to the warm pool without being mirrored', 'lifecycle-warm-pool', undefined, 0],
    ['is released when the account cannot be read', 'lifecycle-launch', 'DescribeNetworkInterfaces', 0],
    ['is released when a session is refused', 'lifecycle-launch', 'CreateTrafficMirrorSession', 0],
  ])('%s', async (_, name, broken, expected) => {
    const event = anEvent(name);
    const { LifecycleActionToken, LifecycleHookName } = event.detail as Record<string, string>;
    given(ACCOUNT_NOW, { LifecycleActions: [{ LifecycleActionToken }] });
    if (broken !== undefined) fake.fail({ action: broken, code: 'UnauthorizedOperation', status: 403, times: 99 });
    await respond(event, { ...OURS, lifecycleHooks: [LifecycleHookName] }).catch(() => undefined);
    expect(held()).toEqual([]);
    expect(sessions()).toHaveLength(expected);
  });

  it('is mirrored, and left to the owner of the hook if that is not ours', async () => {
    given(ACCOUNT_NOW, { LifecycleActions: [{ LifecycleActionToken: TOKEN }] });
    const before = fake.calls.length;
    await respond(anEvent('lifecycle-launch'), { ...MIRRORING, lifecycleHooks: ['another'] });
    expect(fake.calls.slice(before)).not.toContain('CompleteLifecycleAction');
    expect(held()).toHaveLength(1);
    expect(sessions()).toHaveLength(2);
  });

  it('is released when the configuration is invalid, if the hook itself says that it is ours', async () => {
    given(ACCOUNT_NOW, { LifecycleActions: [{ LifecycleActionToken: TOKEN }] });
    await expect(respond(anEvent('lifecycle-launch'), {}, '{"mirroring": 1}')).rejects.toThrow('config');
    expect(held()).toHaveLength(1);
    await expect(respond(marked('lifecycle-launch'), {}, '{"mirroring": 1}')).rejects.toThrow('config');
    expect(held()).toEqual([]);
  });
});
