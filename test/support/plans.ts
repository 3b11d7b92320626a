/** Builders of plans for tests, and random accounts to plan for. */

import fc from 'fast-check';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import type {
  CreateSessionStep,
  DeleteSessionStep,
  ModifySessionStep,
  PlanStep,
  RemediationPlan,
  TerminateSensorStep,
} from '../../src/remediation/plan.ts';
import {
  ACCOUNT,
  aFilter,
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aTarget,
  attachedTo,
  REGION,
} from './inventories.ts';

const COMMON = {
  accountId: ACCOUNT,
  region: REGION,
  networkInterfaceId: 'eni-1',
  resourceId: 'i-1',
  trafficMirrorTargetId: 'tmt-a',
  trafficMirrorFilterId: 'tmf-1',
  sessionNumber: 1,
};

/** Creates a session from eni-1 of i-1 to tmt-a through tmf-1, number 1. */
export function aStep(overrides: Partial<CreateSessionStep> = {}): CreateSessionStep {
  const tags = [{ key: 'mirrorwatch:managed', value: 'true' }];
  const reason = 'no session carries its traffic';
  return { kind: 'create-session', ...COMMON, alternatives: [], tags, reason, ...overrides };
}

/** Sends session tms-1 of eni-1 to tmt-a through tmf-1. */
export function aModification(overrides: Partial<ModifySessionStep> = {}): ModifySessionStep {
  const reason = 'tmt-b is not alive';
  return { kind: 'modify-session', ...COMMON, trafficMirrorSessionId: 'tms-1', reason, ...overrides };
}

/** Deletes session tms-1 of eni-1. */
export function aDeletion(overrides: Partial<DeleteSessionStep> = {}): DeleteSessionStep {
  const reason = 'orphan: its source is gone';
  return { kind: 'delete-session', ...COMMON, trafficMirrorSessionId: 'tms-1', reason, ...overrides };
}

/** Terminates sensor i-sensor of pool ndr. */
export function aTermination(overrides: Partial<TerminateSensorStep> = {}): TerminateSensorStep {
  const none = { trafficMirrorTargetId: '', trafficMirrorFilterId: '', sessionNumber: 0 };
  const reason = 'no target uses it';
  return { kind: 'terminate-sensor', ...COMMON, ...none, pool: 'ndr', instanceId: 'i-sensor', reason, ...overrides };
}

export function aPlan(steps: readonly PlanStep[], load: RemediationPlan['load'] = []): RemediationPlan {
  return { steps, unplaced: [], load };
}

/** `count` sources eni-1 … on instances i-1 … of subnet-a, and sensors a and b. */
export function aFleet(count: number, sessions: readonly TrafficMirrorSession[] = []): Inventory {
  const { instances = [], networkInterfaces = [] } = anInventory();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return anInventory({
    trafficMirrorSessions: sessions,
    instances: [
      ...instances.slice(1),
      ...numbers.map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
    ],
    networkInterfaces: [
      ...networkInterfaces.slice(1),
      ...numbers.map((n) => anInterface({ networkInterfaceId: `eni-${n}`, attachment: attachedTo(`i-${n}`) })),
    ],
  });
}

export interface PlannableAccount {
  readonly inventory: Inventory;
  readonly policy: MirrorPolicy;
}

/** A sensor's security group: one that lets mirrored packets in, one that does not, or one that could not be read. */
export type SensorGroup = 'sg-sensor' | 'sg-closed' | 'sg-unread';

/** Random accounts of up to fourteen sources and three sensors with these groups, and sessions of every kind. */
export function accounts(sensorGroups: readonly SensorGroup[]): fc.Arbitrary<PlannableAccount> {
  return fc
    .record({
      sources: fc.integer({ min: 0, max: 14 }),
      states: fc.array(fc.constantFrom('running', 'running', 'running', 'stopped'), { minLength: 14, maxLength: 14 }),
      groups: fc.array(fc.constantFrom(...sensorGroups), { minLength: 3, maxLength: 3 }),
      dead: fc.array(fc.constantFrom(false, false, false, true), { minLength: 3, maxLength: 3 }),
      sessions: fc.array(
        fc.record({
          source: fc.integer({ min: 1, max: 15 }),
          target: fc.constantFrom('tmt-a', 'tmt-b', 'tmt-c', 'tmt-unknown'),
          filter: fc.constantFrom('tmf-1', 'tmf-1', 'tmf-old', 'tmf-gone'),
          number: fc.integer({ min: 1, max: 4 }),
          ours: fc.boolean(),
        }),
        { maxLength: 20 },
      ),
      maxSources: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      localZoneOnly: fc.boolean(),
      cleanup: fc.boolean(),
      sessionNumber: fc.constantFrom(1, 2, 32_766),
    })
    .map(({ sources, states, groups, dead, sessions, maxSources, ...policy }) => {
      const letters = ['a', 'b', 'c'];
      const numbers = Array.from({ length: sources }, (_, index) => index + 1);
      const slots = new Set<string>();
      const real = sessions.filter(({ source, number }) => {
        const slot = `${source}#${number}`;
        const taken = [...slots].filter((each) => each.startsWith(`${source}#`)).length;
        if (slots.has(slot) || taken >= 3) return false;
        slots.add(slot);
        return true;
      });
      const inventory = anInventory({
        instances: [
          ...numbers.map((n) =>
            anInstance({ instanceId: `i-${n}`, state: states[n - 1], networkInterfaceIds: [`eni-${n}`] }),
          ),
          ...letters.map((letter, index) =>
            anInstance({ instanceId: `i-sensor-${letter}`, state: dead[index] ? 'stopped' : 'running' }),
          ),
        ],
        networkInterfaces: [
          ...numbers.map((n) => anInterface({ networkInterfaceId: `eni-${n}`, attachment: attachedTo(`i-${n}`) })),
          ...letters.map((letter, index) => aSensorInterface(letter, { groupIds: [groups[index] ?? 'sg-sensor'] })),
        ],
        incomplete: { securityGroups: 'sg-unread could not be read' },
        securityGroups: [
          aSecurityGroup({ ipPermissions: [aPermission({ cidrIps: ['10.0.0.0/8'] })] }),
          aSecurityGroup({ groupId: 'sg-closed', ipPermissions: [] }),
          aSecurityGroup({ groupId: 'sg-workload', ipPermissions: [] }),
        ],
        trafficMirrorTargets: letters.map((letter) =>
          aTarget({ trafficMirrorTargetId: `tmt-${letter}`, networkInterfaceId: `eni-sensor-${letter}` }),
        ),
        trafficMirrorFilters: [aFilter(), aFilter({ trafficMirrorFilterId: 'tmf-old' })],
        trafficMirrorSessions: real.map(({ source, target, filter, number, ours }, index) =>
          aSession({
            trafficMirrorSessionId: `tms-${index}`,
            networkInterfaceId: `eni-${source}`,
            trafficMirrorTargetId: target,
            trafficMirrorFilterId: filter,
            sessionNumber: number,
            ...(ours ? {} : { tags: [] }),
          }),
        ),
      });
      const targets = letters.map((letter) => ({ id: `tmt-${letter}`, maxSources }));
      return { inventory, policy: aPolicy({ ...policy, targets }) };
    });
}
