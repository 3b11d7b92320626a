/** An account with nine sensors and as many instances without a session as a burst launches. */

import type { Inventory } from '../../src/inventory/inventory.ts';
import { anInstance, anInterface, anInventory, aSensorInterface, aTarget, attachedTo } from './inventories.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** The targets' numbers: `tmt-0` and so on, at `i-sensor-0`. */
export const SENSORS: readonly string[] = numbers(9).map((n) => `${n}`);

/** An account with nine sensors and so many instances without a session. */
export const anAccountWith = (instances: number): Inventory =>
  anInventory({
    instances: [
      ...SENSORS.map((n) =>
        anInstance({ instanceId: `i-sensor-${n}`, instanceType: 'c5.large', networkInterfaceIds: [`eni-sensor-${n}`] }),
      ),
      ...numbers(instances).map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
    ],
    networkInterfaces: [
      ...SENSORS.map((n) =>
        aSensorInterface('a', {
          networkInterfaceId: `eni-sensor-${n}`,
          privateIpAddress: `10.0.9.${10 + Number(n)}`,
          attachment: attachedTo(`i-sensor-${n}`),
        }),
      ),
      ...numbers(instances).map((n) =>
        anInterface({
          networkInterfaceId: `eni-${n}`,
          privateIpAddress: `10.0.${Math.floor(n / 200)}.${(n % 200) + 1}`,
          attachment: attachedTo(`i-${n}`),
        }),
      ),
    ],
    trafficMirrorTargets: SENSORS.map((n) =>
      aTarget({ trafficMirrorTargetId: `tmt-${n}`, networkInterfaceId: `eni-sensor-${n}` }),
    ),
  });
