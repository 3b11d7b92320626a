/** The contract of every InventorySource, run against the local one and against the AWS adapter with a fake EC2. */

import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import {
  ACCOUNT,
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSession,
  attachedTo,
  REGION,
} from '../support/inventories.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const ALL = { mirroring: true };

/** i-1 with eni-1, i-2 with eni-2 and eni-3, two sensors, and one session. */
function anAccount(): Inventory {
  const { instances = [], networkInterfaces = [] } = anInventory();
  return anInventory({
    instances: [...instances, anInstance({ instanceId: 'i-2', networkInterfaceIds: ['eni-2', 'eni-3'] })],
    networkInterfaces: [
      ...networkInterfaces,
      anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-2') }),
      anInterface({ networkInterfaceId: 'eni-3', attachment: attachedTo('i-2', 1) }),
    ],
    trafficMirrorSessions: [aSession()],
  });
}

const instanceIds = (inventory: Inventory): readonly string[] =>
  (inventory.instances ?? []).map(({ instanceId }) => instanceId).toSorted();
const interfaceIds = (inventory: Inventory): readonly string[] =>
  (inventory.networkInterfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId).toSorted();

/** The contract's tests. `open` returns a source on the account and region of the inventory. */
export function inventorySourceContract(name: string, open: (inventory: Inventory) => Promise<InventorySource>): void {
  describe(`${name} reads accounts`, () => {
    it('names its accounts and regions', async () => {
      expect(await (await open(anAccount())).scopes()).toEqual([SCOPE]);
    });

    it('returns everything, and not as partial', async () => {
      const source = await open(anAccount());
      const inventory = await source.load(SCOPE, { kind: 'all' }, ALL);
      expect(instanceIds(inventory)).toEqual(['i-1', 'i-2', 'i-sensor-a', 'i-sensor-b']);
      expect(interfaceIds(inventory)).toEqual(['eni-1', 'eni-2', 'eni-3', 'eni-sensor-a', 'eni-sensor-b']);
      expect(inventory.trafficMirrorSessions).toEqual([aSession()]);
      expect(inventory).not.toHaveProperty('partial');
    });

    it('returns the requested instances with their interfaces, and the resources behind targets', async () => {
      const source = await open(anAccount());
      const need = { kind: 'some', instanceIds: ['i-2', 'i-gone'], networkInterfaceIds: [] } as const;
      const inventory = await source.load(SCOPE, need, ALL);
      expect(instanceIds(inventory)).toEqual(['i-2', 'i-sensor-a', 'i-sensor-b']);
      expect(interfaceIds(inventory)).toEqual(['eni-2', 'eni-3', 'eni-sensor-a', 'eni-sensor-b']);
      expect(inventory.partial?.instanceIds).toEqual(expect.arrayContaining(['i-2', 'i-gone']));
      expect(inventory.partial?.instanceIds).not.toContain('i-1');
    });

    it('returns the requested interfaces with their instance', async () => {
      const source = await open(anAccount());
      const need = { kind: 'some', instanceIds: [], networkInterfaceIds: ['eni-1', 'eni-gone'] } as const;
      const inventory = await source.load(SCOPE, need, ALL);
      expect(interfaceIds(inventory)).toEqual(['eni-1', 'eni-sensor-a', 'eni-sensor-b']);
      expect(instanceIds(inventory)).toContain('i-1');
      expect(inventory.partial?.networkInterfaceIds).toEqual(expect.arrayContaining(['eni-1', 'eni-gone']));
    });

    it('tells that the interface or instance of a sensor is gone, whatever is requested', async () => {
      const { instances = [], networkInterfaces = [], ...rest } = anAccount();
      const source = await open({
        ...rest,
        instances: instances.filter(({ instanceId }) => !instanceId.startsWith('i-sensor-')),
        networkInterfaces: networkInterfaces.filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-sensor-a'),
      });
      const need = { kind: 'some', instanceIds: [], networkInterfaceIds: ['eni-1'] } as const;
      const account = indexAccount(await source.load(SCOPE, need, ALL), aPolicy());
      expect(account.networkInterface('eni-sensor-a')).toBe('gone');
      expect(account.networkInterface('eni-sensor-b')).toMatchObject({ privateIpAddress: '10.0.1.100' });
      expect(account.instance('i-sensor-b')).toBe('gone');
      expect(account.networkInterface('eni-2')).toBe('unread');
    });

    it('returns all sessions whatever is requested, because limits count all of them', async () => {
      const source = await open(anAccount());
      const need = { kind: 'some', instanceIds: ['i-2'], networkInterfaceIds: [] } as const;
      expect((await source.load(SCOPE, need, ALL)).trafficMirrorSessions).toEqual([aSession()]);
    });
  });
}
