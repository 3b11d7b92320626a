/** A mirror writer that changes accounts in memory, with EC2's limits and error codes. */

import type { Inventory } from '../../inventory/inventory.ts';
import type { TrafficMirrorSession, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type { CreateSessionRequest, MirrorWriter } from '../../remediation/apply-plan.ts';
import { type AccountState, freshId, freshNetworkId } from './account-state.ts';
import { type Limits, refusalOfSession, refusalOfTarget, throwRefusal, type WantedSession } from './mirror-quotas.ts';

/** A writer on the accounts of `state`. */
export function simulatedWriter(state: AccountState, limits: Limits): MirrorWriter {
  const checkSession = (operation: string, inventory: Inventory, wanted: WantedSession): void => {
    const refused = refusalOfSession(inventory, wanted, limits);
    if (refused !== null) throwRefusal(operation, inventory, refused);
  };

  return {
    async createSession(scope, request) {
      const operation = 'CreateTrafficMirrorSession';
      const inventory = state.readForWriting(scope, operation);
      return state.createOnce({ operation, inventory, request }, () => {
        checkSession(operation, inventory, request);
        const sessions = inventory.trafficMirrorSessions ?? [];
        const session = newSession(request, inventory.accountId, sessions);
        state.change(inventory, { trafficMirrorSessions: [...sessions, session] });
        return session;
      });
    },
    async modifySession(scope, { trafficMirrorSessionId, ...wanted }) {
      const operation = 'ModifyTrafficMirrorSession';
      const inventory = state.readForWriting(scope, operation);
      const sessions = inventory.trafficMirrorSessions ?? [];
      const before = sessions.find((each) => each.trafficMirrorSessionId === trafficMirrorSessionId);
      if (before === undefined) {
        const message = `The session '${trafficMirrorSessionId}' does not exist`;
        return throwRefusal(operation, inventory, { code: 'InvalidTrafficMirrorSessionId.NotFound', message });
      }
      const after = { ...before, ...wanted };
      checkSession(operation, inventory, after);
      state.change(inventory, { trafficMirrorSessions: sessions.map((each) => (each === before ? after : each)) });
      return after;
    },
    async deleteSession(scope, trafficMirrorSessionId) {
      const inventory = state.readForWriting(scope, 'DeleteTrafficMirrorSession');
      const sessions = inventory.trafficMirrorSessions ?? [];
      const left = sessions.filter((each) => each.trafficMirrorSessionId !== trafficMirrorSessionId);
      const wasThere = left.length < sessions.length;
      if (wasThere) state.change(inventory, { trafficMirrorSessions: left });
      return wasThere;
    },
    async sessionsOf(scope, networkInterfaceId) {
      const sessions = state.readForWriting(scope, 'DescribeTrafficMirrorSessions').trafficMirrorSessions ?? [];
      return sessions.filter((each) => each.networkInterfaceId === networkInterfaceId);
    },
    async createTarget(scope, request) {
      const operation = 'CreateTrafficMirrorTarget';
      const inventory = state.readForWriting(scope, operation);
      return state.createOnce({ operation, inventory, request }, () => {
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
        state.change(inventory, { trafficMirrorTargets: [...targets, target] });
        return target;
      });
    },
  };
}

function newSession(
  { clientToken, description, ...request }: CreateSessionRequest,
  ownerId: string,
  sessions: readonly TrafficMirrorSession[],
): TrafficMirrorSession {
  return {
    trafficMirrorSessionId: freshId('tms', clientToken, (id) =>
      sessions.some((each) => each.trafficMirrorSessionId === id),
    ),
    ...request,
    ownerId,
    virtualNetworkId: freshNetworkId(clientToken, (networkId) =>
      sessions.some((each) => each.virtualNetworkId === networkId),
    ),
    ...(description !== undefined && { description }),
  };
}
