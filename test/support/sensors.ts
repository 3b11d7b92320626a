/** Accounts that launch sensors on demand. */

import type { Inventory } from '../../src/inventory/inventory.ts';
import { targetInterfaceId } from '../../src/inventory/mirror.ts';
import { AWS_LIMITS } from '../../src/local/account/mirror-quotas.ts';
import { type SimulatedAccount, simulateAccount } from '../../src/local/account/simulated-account.ts';
import type { MirrorPolicy, SensorLaunch } from '../../src/mirror/policy.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import type { SensorLauncher } from '../../src/remediation/sensors/sensor-launcher.ts';
import { anInstance, anInterface, anInventory, aPolicy, attachedTo } from './inventories.ts';

export const LAUNCH: SensorLaunch = {
  imageId: 'ami-sensor',
  instanceType: 'c5.large',
  securityGroupIds: ['sg-sensor'],
  maxPerRun: 3,
};

/** Mirrors every source of vpc-1 through tmf-1 to sensors launched with these settings, by default in the source's subnet. */
export function aLaunchingPolicy(
  launch: Partial<SensorLaunch> = {},
  overrides: Partial<MirrorPolicy> = {},
): MirrorPolicy {
  const vpc = { vpcId: 'vpc-1', filterId: 'tmf-1', targetIds: [], onDemand: { ...LAUNCH, ...launch } };
  return aPolicy({ mode: 'apply', targets: [], rules: { tags: [], subnets: [], vpcs: [vpc] }, ...overrides });
}

/** `i-s0` to `i-s<n-1>` with one interface each, `eni-s0`…, in subnet-a; no target. */
export function aWorkload(count: number, overrides: Partial<Inventory> = {}): Inventory {
  const names = Array.from({ length: count }, (_, index) => `s${index}`);
  return anInventory({
    instances: names.map((name) => anInstance({ instanceId: `i-${name}`, networkInterfaceIds: [`eni-${name}`] })),
    networkInterfaces: names.map((name, index) =>
      anInterface({
        networkInterfaceId: `eni-${name}`,
        attachment: attachedTo(`i-${name}`),
        privateIpAddress: `10.0.0.${index + 20}`,
      }),
    ),
    trafficMirrorTargets: [],
    ...overrides,
  });
}

/** The account in a simulated EC2 that dates launches by `now`. */
export function anElasticAccount(inventory: Inventory, now: () => Date): SimulatedAccount {
  return simulateAccount([inventory], { ...AWS_LIMITS, now });
}

/** Counts of an account's sensors, by their state and use. */
export function sensorsIn({ inventories }: SimulatedAccount): {
  readonly running: number;
  readonly ended: number;
  /** The number of sources of each target. */
  readonly loads: readonly number[];
  /** Sensors that have a session on their own interface. */
  readonly mirrored: number;
  /** Running sensors that no target points to. */
  readonly stray: number;
} {
  const [account] = inventories();
  const {
    instances = [],
    networkInterfaces = [],
    trafficMirrorTargets = [],
    trafficMirrorSessions = [],
  } = account ?? {};
  const sensors = instances.filter(({ clientToken }) => clientToken !== undefined);
  const running = sensors.filter(({ state }) => state === 'running').map(({ instanceId }) => instanceId);
  const own = networkInterfaces.filter(({ attachment }) => running.includes(attachment?.instanceId ?? ''));
  const targets = new Set(trafficMirrorTargets.map(targetInterfaceId));
  const sources = (id: string): number =>
    new Set(
      trafficMirrorSessions.flatMap((each) => (each.trafficMirrorTargetId === id ? [each.networkInterfaceId] : [])),
    ).size;
  return {
    running: running.length,
    ended: sensors.length - running.length,
    loads: trafficMirrorTargets.map(({ trafficMirrorTargetId }) => sources(trafficMirrorTargetId)),
    mirrored: own.filter((each) => trafficMirrorSessions.some((s) => s.networkInterfaceId === each.networkInterfaceId))
      .length,
    stray: own.filter(({ networkInterfaceId }) => !targets.has(networkInterfaceId)).length,
  };
}

/** A launcher that records its calls and fails them by the given faults, in order; undefined lets a call succeed. */
export function failingLauncher(
  launcher: SensorLauncher,
  faults: Partial<Record<keyof SensorLauncher, readonly unknown[]>> = {},
): SensorLauncher & { readonly calls: string[] } {
  const left = new Map(Object.entries(faults).map(([method, list]) => [method, [...list]]));
  const calls: string[] = [];
  const guard =
    <A extends readonly unknown[], R>(method: keyof SensorLauncher, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls.push(method);
      const fault = left.get(method)?.shift();
      if (fault !== undefined) throw fault;
      return call(...args);
    };
  return {
    calls,
    launch: guard('launch', launcher.launch),
    describe: guard('describe', launcher.describe),
    targetOn: guard('targetOn', launcher.targetOn),
    terminate: guard('terminate', launcher.terminate),
  };
}

/** The number of outcomes by kind of step and result. */
export function tallyOf(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const tally: Record<string, number> = {};
  for (const { step, result } of outcomes) {
    const key = `${step.kind} ${result}`;
    tally[key] = (tally[key] ?? 0) + 1;
  }
  return tally;
}
