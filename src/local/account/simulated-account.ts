/** Accounts held in memory that behave as EC2 does: read like the live ones, written with the same limits and error codes. */

import { createHash } from 'node:crypto';
import { PipelineError } from '../../errors.ts';
import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource, Need } from '../../inventory/load-inventory.ts';
import { type TrafficMirrorSession, type TrafficMirrorTarget, targetInterfaceId } from '../../inventory/mirror.ts';
import type { CreateSessionRequest, MirrorWriter } from '../../remediation/apply-plan.ts';
import type { SensorLauncher } from '../../remediation/sensors/sensor-launcher.ts';
import { type Limits, refusalOfSession, refusalOfTarget, throwRefusal, type WantedSession } from './mirror-quotas.ts';
import { narrowed } from './narrow-inventory.ts';
import { launchedInto, sensorIn, terminatedIn } from './simulated-launches.ts';

export interface SimulatedAccount {
  readonly source: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  /** The accounts as they are now, in the order given. */
  readonly inventories: () => readonly Inventory[];
}

export interface SimulationOptions extends Limits {
  /** When an instance is launched. @default the epoch: a launch that is long past */
  readonly now?: (() => Date) | undefined;
  /** Called after each change. */
  readonly onChange?: (() => void) | undefined;
}

/** The lists that EC2's answers to a write depend on: without one of them nothing can be written. */
const NEEDED = ['networkInterfaces', 'trafficMirrorTargets', 'trafficMirrorFilters', 'trafficMirrorSessions'] as const;

/**
 * A stand-in for EC2 over these inventories. Answers are decided by what it holds and by nothing else, ids included: the same
 * calls in the same order give the same ids. Writing to an inventory that lacks a list the decision needs throws
 * PipelineError `inventory-unreadable`.
 */
export function simulateAccount(initial: readonly Inventory[], options: SimulationOptions): SimulatedAccount {
  const state = new Map(initial.map((inventory) => [scopeKey(inventory), inventory]));
  /** What each client token was first used for, and what was answered. */
  const answered = new Map<string, { readonly request: string; readonly answer: unknown }>();

  const at = (scope: Scope, operation: string): Inventory => {
    const inventory = state.get(scopeKey(scope));
    if (inventory !== undefined) return inventory;
    const message = `${operation} in ${scopeKey(scope)}: the account file does not describe this account and region`;
    throw new PipelineError('inventory-unreadable', message, { ...scope, operation });
  };

  const writable = (scope: Scope, operation: string): Inventory => {
    const inventory = at(scope, operation);
    const absent = NEEDED.filter((name) => inventory[name] === undefined);
    if (absent.length === 0) return inventory;
    const message = `${operation} in ${scopeKey(scope)}: the account file does not hold ${absent.join(', ')}`;
    throw new PipelineError('inventory-unreadable', message, { ...scope, operation });
  };

  const change = (inventory: Inventory, changed: Partial<Inventory>): void => {
    state.set(scopeKey(inventory), { ...inventory, ...changed });
    options.onChange?.();
  };

  /** A repeated token is answered as it was before, whatever became of the thing since; that is how EC2 does it. */
  const once = <T>(operation: string, inventory: Inventory, token: string, request: unknown, create: () => T): T => {
    const key = `${scopeKey(inventory)}:${operation}:${token}`;
    const told = JSON.stringify(request);
    const before = answered.get(key);
    if (before !== undefined && before.request !== told) {
      const message = `The client token '${token}' was used with other parameters`;
      throwRefusal(operation, inventory, { code: 'IdempotentParameterMismatch', message });
    }
    if (before !== undefined) return before.answer as T;
    const answer = create();
    answered.set(key, { request: told, answer });
    return answer;
  };

  const checkSession = (operation: string, inventory: Inventory, wanted: WantedSession): void => {
    const refused = refusalOfSession(inventory, wanted, options);
    if (refused !== null) throwRefusal(operation, inventory, refused);
  };

  const createSession = (inventory: Inventory, request: CreateSessionRequest): TrafficMirrorSession => {
    checkSession('CreateTrafficMirrorSession', inventory, request);
    const sessions = inventory.trafficMirrorSessions ?? [];
    const { clientToken, description, ...rest } = request;
    const session: TrafficMirrorSession = {
      trafficMirrorSessionId: freshId('tms', clientToken, (id) =>
        sessions.some((each) => each.trafficMirrorSessionId === id),
      ),
      ...rest,
      ownerId: inventory.accountId,
      virtualNetworkId: freshNetworkId(clientToken, (networkId) =>
        sessions.some((each) => each.virtualNetworkId === networkId),
      ),
      ...(description !== undefined && { description }),
    };
    change(inventory, { trafficMirrorSessions: [...sessions, session] });
    return session;
  };

  const source: InventorySource = {
    scopes: async () => initial.map(({ accountId, region }) => ({ accountId, region })),
    load: async (scope: Scope, need: Need) => narrowed(at(scope, 'reading'), need),
  };

  const writer: MirrorWriter = {
    async createSession(scope, request) {
      const operation = 'CreateTrafficMirrorSession';
      const inventory = writable(scope, operation);
      const { clientToken } = request;
      return once(operation, inventory, clientToken, request, () => createSession(inventory, request));
    },
    async modifySession(scope, { trafficMirrorSessionId, ...wanted }) {
      const operation = 'ModifyTrafficMirrorSession';
      const inventory = writable(scope, operation);
      const sessions = inventory.trafficMirrorSessions ?? [];
      const before = sessions.find((each) => each.trafficMirrorSessionId === trafficMirrorSessionId);
      if (before === undefined) {
        const message = `The session '${trafficMirrorSessionId}' does not exist`;
        return throwRefusal(operation, inventory, { code: 'InvalidTrafficMirrorSessionId.NotFound', message });
      }
      const after = { ...before, ...wanted };
      checkSession(operation, inventory, after);
      change(inventory, { trafficMirrorSessions: sessions.map((each) => (each === before ? after : each)) });
      return after;
    },
    async deleteSession(scope, trafficMirrorSessionId) {
      const inventory = writable(scope, 'DeleteTrafficMirrorSession');
      const sessions = inventory.trafficMirrorSessions ?? [];
      const left = sessions.filter((each) => each.trafficMirrorSessionId !== trafficMirrorSessionId);
      if (left.length < sessions.length) change(inventory, { trafficMirrorSessions: left });
    },
    async sessionsOf(scope, networkInterfaceId) {
      const sessions = writable(scope, 'DescribeTrafficMirrorSessions').trafficMirrorSessions ?? [];
      return sessions.filter((each) => each.networkInterfaceId === networkInterfaceId);
    },
    async createTarget(scope, request) {
      const operation = 'CreateTrafficMirrorTarget';
      const inventory = writable(scope, operation);
      return once(operation, inventory, request.clientToken, request, () => {
        const refused = refusalOfTarget(inventory, request.networkInterfaceId);
        if (refused !== null) throwRefusal(operation, inventory, refused);
        const targets = inventory.trafficMirrorTargets ?? [];
        const target: TrafficMirrorTarget = {
          trafficMirrorTargetId: freshId('tmt', request.clientToken, (id) =>
            targets.some((each) => each.trafficMirrorTargetId === id),
          ),
          type: 'network-interface',
          networkInterfaceId: request.networkInterfaceId,
          ownerId: inventory.accountId,
          tags: request.tags,
        };
        change(inventory, { trafficMirrorTargets: [...targets, target] });
        return target;
      });
    },
  };

  const launcher: SensorLauncher = {
    async launch(scope, request) {
      const operation = 'RunInstances';
      const inventory = writable(scope, operation);
      const instanceId = once(operation, inventory, request.clientToken, request, () => {
        const isTaken = (id: string): boolean =>
          inventory.instances?.some((each) => each.instanceId === id) === true ||
          inventory.networkInterfaces?.some((each) => each.networkInterfaceId === id) === true;
        const id = freshId('i', request.clientToken, isTaken);
        const networkInterfaceId = freshId('eni', request.clientToken, isTaken);
        const launchTime = options.now?.() ?? new Date(0);
        change(inventory, launchedInto(inventory, request, { instanceId: id, networkInterfaceId, launchTime }));
        return id;
      });
      return sensorIn(at(scope, operation), instanceId) ?? { instanceId, state: 'terminated' };
    },
    async describe(scope, instanceId) {
      return sensorIn(at(scope, 'DescribeInstances'), instanceId);
    },
    async targetOn(scope, networkInterfaceId) {
      const targets = at(scope, 'DescribeTrafficMirrorTargets').trafficMirrorTargets;
      return targets?.find((each) => targetInterfaceId(each) === networkInterfaceId);
    },
    async terminate(scope, instanceId) {
      const inventory = at(scope, 'TerminateInstances');
      const changed = terminatedIn(inventory, instanceId);
      if (changed !== undefined) change(inventory, changed);
    },
  };

  return { source, writer, launcher, inventories: () => initial.map((inventory) => at(inventory, 'reading')) };
}

/** An id in AWS's form (`tms-` and 17 hexadecimal digits) made of the token, and not a taken one. */
function freshId(prefix: string, token: string, isTaken: (id: string) => boolean): string {
  for (let turn = 0; ; turn += 1) {
    const id = `${prefix}-${createHash('sha256').update(`${prefix}:${token}:${turn}`).digest('hex').slice(0, 17)}`;
    if (!isTaken(id)) return id;
  }
}

/** A VNI of 24 bits, unique in the account. */
function freshNetworkId(token: string, isTaken: (networkId: number) => boolean): number {
  let networkId = createHash('sha256').update(token).digest().readUIntBE(0, 3);
  while (isTaken(networkId)) networkId = (networkId + 1) % 2 ** 24;
  return networkId;
}
