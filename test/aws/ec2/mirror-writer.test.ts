import { beforeEach, describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../src/errors.ts';
import { mirrorWriterContract } from '../../contract/mirror-writer.ts';
import { ACCOUNT, anInventory, REGION } from '../../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';

const fake = aFakeAws();
const SCOPE = { accountId: ACCOUNT, region: REGION };
const REQUEST = {
  networkInterfaceId: 'eni-1',
  trafficMirrorTargetId: 'tmt-a',
  trafficMirrorFilterId: 'tmf-1',
  sessionNumber: 1,
  clientToken: 'token-1',
  tags: [{ key: 'mirrorwatch:managed', value: 'true' }],
};

mirrorWriterContract('EC2', async (inventory) => {
  fake().fail();
  seed(fake().account(ACCOUNT, REGION), inventory);
  return livePorts({ region: REGION, ownAccountId: ACCOUNT }).writer;
});

describe('ec2MirrorWriter', () => {
  const { writer } = livePorts({ region: REGION, ownAccountId: ACCOUNT });
  const account = () => fake().account(ACCOUNT, REGION);
  beforeEach(() => {
    fake().fail();
    fake().calls.length = 0;
    seed(account(), anInventory());
  });

  it('creates one session when the connection drops after the create', async () => {
    fake().fail({ action: 'CreateTrafficMirrorSession', drop: true });
    const session = await writer.createSession(SCOPE, REQUEST);
    expect(account().lists.TrafficMirrorSessions).toHaveLength(1);
    expect(session.trafficMirrorSessionId).toBe(account().lists.TrafficMirrorSessions?.[0]?.TrafficMirrorSessionId);
    expect(fake().count('CreateTrafficMirrorSession')).toBe(2);
  });

  it('retries when EC2 throttles', async () => {
    fake().fail({ action: 'CreateTrafficMirrorSession', code: 'RequestLimitExceeded' });
    await expect(writer.createSession(SCOPE, REQUEST)).resolves.toMatchObject({ networkInterfaceId: 'eni-1' });
  });

  it('reports the code, the place, and that a retry will not help', async () => {
    fake().fail({ action: 'CreateTrafficMirrorSession', code: 'Client.UnauthorizedOperation', status: 403 });
    const refused = await writer.createSession(SCOPE, REQUEST).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AwsCallError);
    expect(refused).toMatchObject({
      retryable: false,
      concerns: {
        operation: 'CreateTrafficMirrorSession',
        awsCode: 'UnauthorizedOperation',
        resourceId: 'eni-1',
        ...SCOPE,
      },
    });
  });

  it('waits before a create when the burst is used up, separately for each account and region', async () => {
    const waits: number[] = [];
    const paced = livePorts({
      region: REGION,
      ownAccountId: ACCOUNT,
      now: () => new Date(0),
      sleep: async (ms) => void waits.push(Math.round(ms)),
    });
    for (let n = 0; n < 46; n += 1) {
      await paced.writer.createSession(SCOPE, { ...REQUEST, clientToken: 'token-1' });
    }
    expect(waits).toEqual([222]);
    await paced.writer.deleteSession(SCOPE, 'tms-00000000000000001');
    expect(waits).toHaveLength(1);
  });
});
