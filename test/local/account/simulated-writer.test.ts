import { describe, expect, it } from 'vitest';
import { AWS_LIMITS } from '../../../src/local/account/mirror-quotas.ts';
import { simulateAccount } from '../../../src/local/account/simulated-account.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, attachedTo, REGION } from '../../support/inventories.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };

describe('simulatedWriter', () => {
  it('does not go through the whole account again for each session that it creates', async () => {
    let reads = 0;
    const counted = Array.from({ length: 100 }, (_, index) => {
      const id = `eni-${index}`;
      const networkInterface = anInterface({ networkInterfaceId: id, attachment: attachedTo(`i-${index}`) });
      return Object.defineProperty({ ...networkInterface }, 'networkInterfaceId', {
        enumerable: true,
        get: () => {
          reads += 1;
          return id;
        },
      });
    });
    const { networkInterfaces = [], instances = [] } = anInventory();
    const account = simulateAccount(
      [
        anInventory({
          networkInterfaces: [...counted, ...networkInterfaces.slice(1)],
          instances: [...counted.map((_, index) => anInstance({ instanceId: `i-${index}` })), ...instances.slice(1)],
        }),
      ],
      { ...AWS_LIMITS, capacityOf: () => null },
    );
    for (let index = 0; index < 100; index += 1) {
      await account.writer.createSession(SCOPE, {
        networkInterfaceId: `eni-${index}`,
        trafficMirrorTargetId: 'tmt-a',
        trafficMirrorFilterId: 'tmf-1',
        sessionNumber: 1,
        clientToken: `token-${index}`,
        tags: [],
      });
    }
    expect(account.inventories()[0]?.trafficMirrorSessions).toHaveLength(100);
    expect(reads).toBe(100);
  });
});
