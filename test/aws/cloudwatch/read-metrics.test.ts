import { beforeEach, describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { METRICS } from '../../../src/inventory/metrics/instance-metrics.ts';
import { HOME_ACCOUNT } from '../../support/fake-ec2/server.ts';
import { anInstance, anInterface, anInventory, aSession, attachedTo } from '../../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';
import { ASKED_AT, aMetrics } from '../../support/metrics.ts';

const fake = aFakeAws();
const SCOPE = { accountId: HOME_ACCOUNT, region: 'eu-west-1' };
const account = () => fake().account(SCOPE.accountId, SCOPE.region);
const load = (metrics?: boolean): Promise<Inventory> =>
  livePorts({ ownAccountId: HOME_ACCOUNT, now: () => ASKED_AT }).inventory.load(
    SCOPE,
    { kind: 'all' },
    { mirroring: true, metrics },
  );

/** An account of so many instances with a session each, and figures of all of them. */
function accountOf(count: number): Inventory {
  const numbers = Array.from({ length: count }, (_, index) => 1000 + index);
  return anInventory({
    instances: numbers.map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
    networkInterfaces: numbers.map((n) =>
      anInterface({ networkInterfaceId: `eni-${n}`, attachment: attachedTo(`i-${n}`) }),
    ),
    trafficMirrorSessions: numbers.map((n) =>
      aSession({ trafficMirrorSessionId: `tms-${n}`, networkInterfaceId: `eni-${n}` }),
    ),
    metrics: numbers.map((n) =>
      aMetrics({ instanceId: `i-${n}`, packetsIn: Array.from({ length: 24 }, (_, at) => n + at) }),
    ),
  });
}

beforeEach(() => {
  fake().calls.length = 0;
  fake().fail();
  Object.assign(account(), { page: 100_000 });
});

describe('what CloudWatch counted', () => {
  it('is read of instances with sessions, with every figure in its period', async () => {
    seed(account(), accountOf(3));
    expect((await load(true)).metrics).toEqual(accountOf(3).metrics);
  });

  it('costs one call for each 500 series', async () => {
    for (const count of [1, 50, 51, 500]) {
      seed(account(), accountOf(count));
      fake().calls.length = 0;
      const { metrics = [] } = await load(true);
      expect(metrics).toHaveLength(count);
      const series = metrics.length * METRICS.length;
      expect(fake().count('GetMetricData')).toBe(Math.ceil(series / 500));
      expect(fake().lastParams.get('GetMetricData')?.MetricDataQueries.length).toBeLessThanOrEqual(500);
    }
  });

  it('is put together from pages that end anywhere', async () => {
    seed(account(), accountOf(4));
    const whole = (await load(true)).metrics;
    for (const page of [1, 7, 100]) {
      Object.assign(account(), { page });
      expect((await load(true)).metrics).toEqual(whole);
    }
  });

  it('is asked about no instance that it cannot tell anything of, and of one without a session to know what zeros mean', async () => {
    const { instances = [], networkInterfaces = [], trafficMirrorSessions = [] } = accountOf(5);
    const second = anInterface({ networkInterfaceId: 'eni-second', attachment: attachedTo('i-1001', 1) });
    seed(
      account(),
      anInventory({
        instances: instances.map((one) => (one.instanceId === 'i-1002' ? { ...one, state: 'stopped' } : one)),
        networkInterfaces: [...networkInterfaces, second],
        trafficMirrorSessions: trafficMirrorSessions.slice(0, 3),
      }),
    );
    expect((await load(true)).metrics?.map(({ instanceId }) => instanceId)).toEqual(['i-1000', 'i-1003']);
  });

  it('is not asked about without a session, or if nobody wants to know', async () => {
    seed(account(), accountOf(2));
    expect((await load()).metrics).toBeUndefined();
    seed(account(), { ...accountOf(2), trafficMirrorSessions: [] });
    expect((await load(true)).metrics).toEqual([]);
    expect(fake().count('GetMetricData')).toBe(0);
  });

  it('has no counts of an instance that CloudWatch does not know', async () => {
    seed(account(), { ...accountOf(1), metrics: [] });
    const [metrics] = (await load(true)).metrics ?? [];
    expect(Object.keys(metrics ?? {}).toSorted()).toEqual(['endTime', 'instanceId', 'period', 'startTime']);
  });

  it.each([
    ['AccessDeniedException', 403],
    ['UnknownOperationException', 400],
  ])('stops nothing else if CloudWatch refuses: %s', async (code, status) => {
    seed(account(), accountOf(2));
    fake().fail({ action: 'GetMetricData', code, status });
    const { metrics, unread, unreadForHealth, instances } = await load(true);
    expect({ metrics, unread }).toEqual({ metrics: undefined, unread: undefined });
    expect(unreadForHealth?.metrics).toContain(code);
    expect(instances).toHaveLength(2);
  });
});
