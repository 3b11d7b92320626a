/** Accounts in memory that behave as EC2 does: read like live ones, written with the same limits and error codes. */

import type { Inventory } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import { targetInterfaceId } from '../../inventory/mirror.ts';
import type { MirrorWriter } from '../../remediation/apply-plan.ts';
import type { SensorLauncher } from '../../remediation/sensors/sensor-launcher.ts';
import { type AccountState, accountState, freshId } from './account-state.ts';
import type { Limits } from './mirror-quotas.ts';
import { narrowed } from './narrow-inventory.ts';
import { launchedInto, sensorIn, terminatedIn } from './simulated-launches.ts';
import { simulatedWriter } from './simulated-writer.ts';

/** The ports on simulated accounts. */
export interface SimulatedAccount {
  readonly source: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  /** The accounts as they are now, in the given order. */
  readonly inventories: () => readonly Inventory[];
}

export interface SimulationOptions extends Limits {
  /** When instances are launched. @default the epoch, long past */
  readonly now?: (() => Date) | undefined;
  /** Called after each change. */
  readonly onChange?: (() => void) | undefined;
}

/**
 * A stand-in for EC2 on these inventories. Its answers, ids included, depend only on its content and the calls so far. Writing
 * to an inventory that lacks a list EC2 would decide by throws PipelineError `inventory-unreadable`.
 */
export function simulateAccount(initial: readonly Inventory[], options: SimulationOptions): SimulatedAccount {
  const state = accountState(initial, options.onChange);
  return {
    source: {
      scopes: async () => initial.map(({ accountId, region }) => ({ accountId, region })),
      load: async (scope, need, { groups }) => narrowed(state.read(scope, 'reading'), need, groups),
    },
    writer: simulatedWriter(state, options),
    launcher: simulatedLauncher(state, options.now ?? (() => new Date(0))),
    inventories: () => initial.map((inventory) => state.read(inventory, 'reading')),
  };
}

function simulatedLauncher(state: AccountState, now: () => Date): SensorLauncher {
  return {
    async launch(scope, request) {
      const operation = 'RunInstances';
      const inventory = state.readForWriting(scope, operation);
      const instanceId = state.createOnce({ operation, inventory, request }, () => {
        const isTaken = (id: string): boolean =>
          inventory.instances?.some((each) => each.instanceId === id) === true ||
          inventory.networkInterfaces?.some((each) => each.networkInterfaceId === id) === true;
        const ids = {
          instanceId: freshId('i', request.clientToken, isTaken),
          networkInterfaceId: freshId('eni', request.clientToken, isTaken),
        };
        state.change(inventory, launchedInto(inventory, request, { ...ids, launchTime: now() }));
        return ids.instanceId;
      });
      return sensorIn(state.read(scope, operation), instanceId) ?? { instanceId, state: 'terminated' };
    },
    async describe(scope, instanceId) {
      return sensorIn(state.read(scope, 'DescribeInstances'), instanceId);
    },
    async targetOn(scope, networkInterfaceId) {
      const { trafficMirrorTargets } = state.read(scope, 'DescribeTrafficMirrorTargets');
      return trafficMirrorTargets?.find((each) => targetInterfaceId(each) === networkInterfaceId);
    },
    async terminate(scope, instanceId) {
      const inventory = state.read(scope, 'TerminateInstances');
      const changed = terminatedIn(inventory, instanceId);
      if (changed !== undefined) state.change(inventory, changed);
    },
  };
}
