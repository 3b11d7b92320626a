import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { trafficHealthOf } from '../../../src/mirror/health/traffic-health.ts';
import {
  aFilter,
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSession,
  aTaskInterface,
  attachedTo,
} from '../../support/inventories.ts';
import { aMetrics, silentMetrics, steady } from '../../support/metrics.ts';

const healthIn = (more: Partial<Inventory>, networkInterfaceId = 'eni-1', policy = aPolicy()) => {
  const inventory = anInventory({ trafficMirrorSessions: [aSession()], metrics: [aMetrics()], ...more });
  const account = indexAccount(inventory, policy);
  const found = account.networkInterface(networkInterfaceId);
  if (typeof found !== 'object') throw new Error(`${networkInterfaceId} is ${found}`);
  return trafficHealthOf(found, account);
};
const second = aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 });

describe('the health of an interface', () => {
  it('is that of its session, by the figures of its instance', () => {
    expect(healthIn({})).toMatchObject({ kind: 'carrying' });
    expect(healthIn({ metrics: [silentMetrics()] })).toMatchObject({ kind: 'silent' });
  });

  it('is nothing without a session', () => {
    expect(healthIn({ trafficMirrorSessions: [] })).toBeUndefined();
  });

  it.each<readonly [string, Partial<Inventory>, string]>([
    ['the sessions were not read', { trafficMirrorSessions: undefined }, 'sessions could not be read'],
    ['the figures were not read', { metrics: undefined }, "CloudWatch's figures were not read"],
    [
      'they could not be read',
      { metrics: undefined, unreadForHealth: { metrics: 'denied' } },
      'could not be read: denied',
    ],
    [
      'there are none of its instance',
      { metrics: [aMetrics({ instanceId: 'i-2' })] },
      'CloudWatch has no figures of i-1',
    ],
    ['its instance is stopped', { instances: [anInstance({ state: 'stopped' })] }, 'i-1 is stopped'],
    [
      'its instance has several interfaces',
      {
        networkInterfaces: [
          anInterface(),
          anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-1', 1) }),
        ],
      },
      'CloudWatch counts the 2 interfaces of i-1 together',
    ],
    [
      'EC2 says that its instance has another one, which is not in the list',
      { instances: [anInstance({ networkInterfaceIds: ['eni-1', 'eni-9'] })] },
      'counts the 2 interfaces',
    ],
    [
      'several of its sessions may be the one',
      { trafficMirrorSessions: [aSession(), second] },
      'counts its 2 sessions together',
    ],
  ])('is unknown if %s', (_, more, reason) => {
    expect(healthIn(more)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(reason) });
  });

  it('is unknown for an interface of a task, and of anything else that is no instance', () => {
    const of = (networkInterface: ReturnType<typeof anInterface>) =>
      healthIn(
        {
          networkInterfaces: [networkInterface],
          trafficMirrorSessions: [aSession({ networkInterfaceId: networkInterface.networkInterfaceId })],
        },
        networkInterface.networkInterfaceId,
      );
    expect(of(aTaskInterface())).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('of tasks') });
    expect(of(anInterface({ attachment: undefined }))).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('of instances only'),
    });
  });

  it('is silent if none of several sessions carries anything', () => {
    expect(healthIn({ trafficMirrorSessions: [aSession(), second], metrics: [silentMetrics()] })).toMatchObject({
      kind: 'silent',
    });
  });

  it('is not silent where the filter may want none of the packets', () => {
    const all = {
      ruleNumber: 100,
      ruleAction: 'accept',
      sourceCidrBlock: '0.0.0.0/0',
      destinationCidrBlock: '0.0.0.0/0',
    } as const;
    const withRules = (...rules: object[]) => {
      const filter = aFilter({ ingressFilterRules: rules as never, egressFilterRules: rules as never });
      return healthIn({ trafficMirrorFilters: [filter], metrics: [silentMetrics()] })?.kind;
    };
    expect(withRules(all)).toBe('silent');
    expect(
      withRules({ ...all, sourceCidrBlock: '0.0.0.0/1' }, { ...all, ruleNumber: 200, sourceCidrBlock: '128.0.0.0/1' }),
    ).toBe('silent');
    expect(withRules({ ...all, protocol: 6 })).toBe('unknown');
    expect(withRules({ ...all, ruleAction: 'reject', ruleNumber: 50, protocol: 6 }, all)).toBe('unknown');
    expect(withRules({ ...all, destinationPortRange: { fromPort: 443, toPort: 443 } })).toBe('unknown');
    expect(healthIn({ trafficMirrorFilters: undefined, metrics: [silentMetrics()] })?.kind).toBe('unknown');
  });

  it('is not silent where the interface also has IPv6 addresses, and the filter takes only IPv4', () => {
    const networkInterfaces = [anInterface({ ipv6Addresses: ['2001:db8::1'] })];
    expect(healthIn({ networkInterfaces, metrics: [silentMetrics()] })?.kind).toBe('unknown');
  });

  it('takes zeros for less where CloudWatch has figures also of an instance without a session', () => {
    const other = anInstance({ instanceId: 'i-2', networkInterfaceIds: ['eni-2'] });
    const instances = [anInstance(), other];
    const metrics = [silentMetrics(), silentMetrics({ instanceId: 'i-2' })];
    expect(healthIn({ instances, metrics })?.kind).toBe('unknown');
    // Of this one packets were mirrored: it had a session until a while ago.
    expect(healthIn({ instances, metrics: [silentMetrics(), aMetrics({ instanceId: 'i-2' })] })?.kind).toBe('silent');
    const sessionsMade = new Map([['tms-1', new Date('2026-01-01T00:00:00Z')]]);
    expect(healthIn({ instances, metrics, sessionsMade })?.kind).toBe('silent');
  });

  it('allows as many skipped packets as the policy', () => {
    const metrics = [aMetrics({ skippedPacketsIn: steady(300) })];
    expect(healthIn({ metrics })?.kind).toBe('dropping');
    const policy = aPolicy({ health: { read: true, droppedShare: 0.1 } });
    expect(healthIn({ metrics }, 'eni-1', policy)?.kind).toBe('carrying');
  });
});
