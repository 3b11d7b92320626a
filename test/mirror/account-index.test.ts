import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { anInstance, anInventory, aPolicy, aRouteTable, aSession } from '../support/inventories.ts';

describe('indexAccount', () => {
  it.each([
    ['a list that was read', {}, 'gone'],
    ['a list that was not read', { instances: undefined }, 'unread'],
    ['a list with items that could not be read', { incomplete: { instances: '1 of it could not be read' } }, 'unread'],
    [
      'a partial list for which it was requested',
      { partial: { instanceIds: ['i-9'], networkInterfaceIds: [] } },
      'gone',
    ],
    [
      'a partial list for which it was not requested',
      { partial: { instanceIds: [], networkInterfaceIds: [] } },
      'unread',
    ],
  ])('finds an instance that is missing from %s to be %j', (_, inventory, expected) => {
    expect(indexAccount(anInventory(inventory), aPolicy()).instance('i-9')).toBe(expected);
  });

  it('finds an item even in an incomplete list', () => {
    const inventory = anInventory({
      instances: [anInstance()],
      incomplete: { instances: '1 of it could not be read' },
    });
    expect(indexAccount(inventory, aPolicy()).instance('i-1')).toMatchObject({ instanceId: 'i-1' });
  });

  it('orders sessions by number and counts sources once', () => {
    const trafficMirrorSessions = [
      aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 }),
      aSession({ trafficMirrorSessionId: 'tms-1', sessionNumber: 1 }),
    ];
    const account = indexAccount(anInventory({ trafficMirrorSessions }), aPolicy());
    expect(account.sessionsOn('eni-1').map((one) => one.trafficMirrorSessionId)).toEqual(['tms-1', 'tms-2']);
    expect([...account.sourcesOf('tmt-a')]).toEqual(['eni-1']);
  });

  it('knows every configured target, and applies the settings of the targets list to every mention of an id', () => {
    const to = (...targetIds: string[]) => ({ filterId: 'tmf-1', targetIds });
    const account = indexAccount(
      anInventory(),
      aPolicy({
        targets: [{ id: 'tmt-z', maxSources: 5 }],
        rules: { tags: [], subnets: [{ subnetId: 'subnet-a', ...to('tmt-z', 'tmt-s') }], vpcs: [] },
        onSuspicion: { hours: 1, ...to('tmt-f') },
      }),
    );
    expect(account.configuredTargetIds).toEqual(['tmt-f', 'tmt-s', 'tmt-z']);
    expect(account.configuredTarget('tmt-z')).toEqual({ id: 'tmt-z', maxSources: 5 });
    expect(account.configuredTarget('tmt-none')).toBeUndefined();
  });

  it("uses a subnet's own route table, else the main one of its own VPC", () => {
    const own = aRouteTable({ routeTableId: 'rtb-own', main: false, subnetIds: ['subnet-a'] });
    const account = indexAccount(anInventory({ routeTables: [aRouteTable(), own] }), aPolicy());
    expect(account.routeTable('subnet-a', 'vpc-1')).toBe(own);
    expect(account.routeTable('subnet-b', 'vpc-1')).toMatchObject({ routeTableId: 'rtb-1' });
    expect(account.routeTable('subnet-x', 'vpc-9')).toBe('unread');
  });

  it('derives a value only once', () => {
    const account = indexAccount(anInventory(), aPolicy());
    const derive = (): object => ({});
    expect(account.once(derive)).toBe(account.once(derive));
  });
});
