/** The contract of every SensorLauncher, run against the local one and against the AWS adapter with a fake EC2. */

import { describe, expect, it } from 'vitest';
import { awsCodeOf } from '../../src/errors.ts';
import { isRunning } from '../../src/inventory/instance.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import type { LaunchRequest, SensorLauncher } from '../../src/remediation/sensors/sensor-launcher.ts';
import { ACCOUNT, anInventory, REGION } from '../support/inventories.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const TAGS = [
  { key: 'mirrorwatch:managed', value: 'true' },
  { key: 'mirrorwatch:pool', value: '0123456789abcdef' },
];

function aRequest(overrides: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    imageId: 'ami-1',
    instanceType: 'c5.large',
    subnetId: 'subnet-a',
    securityGroupIds: ['sg-sensor'],
    clientToken: 'mirrorwatch-0123456789abcdef-0',
    tags: TAGS,
    ...overrides,
  };
}

interface World {
  readonly launcher: SensorLauncher;
  readonly source: InventorySource;
}

/** The contract's tests. `open` returns a launcher and an inventory source on the account of the inventory. */
export function sensorLauncherContract(name: string, open: (inventory: Inventory) => Promise<World>): void {
  describe(`${name} launches sensors`, () => {
    it('launches a sensor as requested, with an interface, both tagged', async () => {
      const { launcher, source } = await open(anInventory());
      const sensor = await launcher.launch(SCOPE, aRequest());
      expect(sensor).toMatchObject({
        instanceId: expect.stringMatching(/^i-/),
        networkInterfaceId: expect.stringMatching(/^eni-/),
        clientToken: aRequest().clientToken,
        // A launch is proven by it: a repeated token is answered with an older instance.
        launchTime: expect.any(Date),
      });
      expect(isRunning(sensor)).toBe(true);
      const { instances, networkInterfaces } = await source.load(SCOPE, { kind: 'all' }, { mirroring: true });
      expect(instances?.find(({ instanceId }) => instanceId === sensor.instanceId)).toMatchObject({
        ...{ imageId: 'ami-1', instanceType: 'c5.large', subnetId: 'subnet-a', vpcId: 'vpc-1' },
        ...{ clientToken: aRequest().clientToken, tags: TAGS },
      });
      expect(
        networkInterfaces?.find(({ networkInterfaceId }) => networkInterfaceId === sensor.networkInterfaceId),
      ).toMatchObject({
        ...{ subnetId: 'subnet-a', groupIds: ['sg-sensor'], tags: TAGS, interfaceType: 'interface' },
        attachment: { instanceId: sensor.instanceId, deviceIndex: 0 },
      });
    });

    it('returns the same sensor for a repeated token, even after it was terminated', async () => {
      const { launcher } = await open(anInventory());
      const first = await launcher.launch(SCOPE, aRequest());
      const second = await launcher.launch(SCOPE, aRequest());
      expect(second.instanceId).toBe(first.instanceId);
      expect(second.launchTime).toEqual(first.launchTime);
      await launcher.terminate(SCOPE, first.instanceId);
      const third = await launcher.launch(SCOPE, aRequest());
      expect(third.instanceId).toBe(first.instanceId);
      const other = await launcher.launch(SCOPE, aRequest({ clientToken: 'mirrorwatch-0123456789abcdef-1' }));
      expect(other.instanceId).not.toBe(first.instanceId);
    });

    it.each<[string, Partial<LaunchRequest>, string]>([
      ['a client token with a different request', { imageId: 'ami-2' }, 'IdempotentParameterMismatch'],
      ['a missing subnet', { subnetId: 'subnet-z', clientToken: 'other' }, 'InvalidSubnetID.NotFound'],
      ['a missing security group', { securityGroupIds: ['sg-z'], clientToken: 'other' }, 'InvalidGroup.NotFound'],
    ])("refuses %s with EC2's code", async (_, request, code) => {
      const { launcher } = await open(anInventory());
      await launcher.launch(SCOPE, aRequest());
      const refused = await launcher.launch(SCOPE, aRequest(request)).then(
        () => expect.unreachable('launched'),
        (error: unknown) => error,
      );
      expect(awsCodeOf(refused)).toBe(code);
    });
  });

  describe(`${name} describes and terminates sensors`, () => {
    it('describes a sensor until it runs, and returns nothing for an unknown id', async () => {
      const { launcher } = await open(anInventory());
      const { instanceId, networkInterfaceId, launchTime } = await launcher.launch(SCOPE, aRequest());
      await launcher.describe(SCOPE, instanceId);
      expect(await launcher.describe(SCOPE, instanceId)).toEqual({
        ...{ instanceId, networkInterfaceId, state: 'running', clientToken: aRequest().clientToken, launchTime },
      });
      expect(await launcher.describe(SCOPE, 'i-nowhere')).toBeUndefined();
    });

    it('finds the target on an interface, and none on other interfaces', async () => {
      const { launcher } = await open(anInventory());
      expect(await launcher.targetOn(SCOPE, 'eni-sensor-b')).toMatchObject({ trafficMirrorTargetId: 'tmt-b' });
      expect(await launcher.targetOn(SCOPE, 'eni-1')).toBeUndefined();
    });

    it('terminates a sensor and its interface, and succeeds if it does not exist', async () => {
      const { launcher, source } = await open(anInventory());
      const { instanceId, networkInterfaceId } = await launcher.launch(SCOPE, aRequest());
      await launcher.terminate(SCOPE, instanceId);
      const ended = await launcher.describe(SCOPE, instanceId);
      expect(ended?.state).toBe('terminated');
      expect(ended?.networkInterfaceId).toBeUndefined();
      const { networkInterfaces = [] } = await source.load(SCOPE, { kind: 'all' }, { mirroring: true });
      expect(networkInterfaces.map((each) => each.networkInterfaceId)).not.toContain(networkInterfaceId);
      await expect(launcher.terminate(SCOPE, instanceId)).resolves.toBeUndefined();
      await expect(launcher.terminate(SCOPE, 'i-nowhere')).resolves.toBeUndefined();
    });
  });
}
