/** A mirror writer that changes accounts in memory, with EC2's limits and error codes. */

import type { Inventory } from '../../inventory/inventory.ts';
import type { TrafficMirrorSession, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type { CreateSessionRequest, MirrorWriter } from '../../remediation/apply-plan.ts';
import { type AccountState, freshId, freshNetworkId } from './account-state.ts';
import { listIndex, type SessionCounts, sessionCounter } from './list-index.ts';
import { type Limits, refusalOfSession, refusalOfTarget, throwRefusal, type WantedSession } from './mirror-quotas.ts';

/** A writer on the accounts of `state`. */
export function simulatedWriter(state: AccountState, limits: Limits): MirrorWriter {
  const known = { indexOf: listIndex(), counter: sessionCounter() };
  const { counter } = known;
  const checkSession = (operation: string, inventory: Inventory, wanted: WantedSession): void => {
    const refused = refusalOfSession(inventory, wanted, limits, known);
    if (refused !== null) throwRefusal(operation, inventory, refused);
  };

  return {
    async createSession(scope, request) {
      const operation = 'CreateTrafficMirrorSession';
      const inventory = state.readForWriting(scope, operation);
      return state.createOnce({ operation, inventory, request }, () => {
        checkSession(operation, inventory, request);
        const sessions = inventory.trafficMirrorSessions ?? [];
        const session = newSession(request, inventory.accountId, counter.of(sessions));
        const after = [...sessions, session];
        counter.changed(sessions, after, { added: session });
        state.change(inventory, { trafficMirrorSessions: after });
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
      const changed = sessions.map((each) => (each === before ? after : each));
      counter.changed(sessions, changed, { removed: before, added: after });
      state.change(inventory, { trafficMirrorSessions: changed });
      return after;
    },
    async deleteSession(scope, trafficMirrorSessionId) {
      const inventory = state.readForWriting(scope, 'DeleteTrafficMirrorSession');
      const sessions = inventory.trafficMirrorSessions ?? [];
      const removed = sessions.find((each) => each.trafficMirrorSessionId === trafficMirrorSessionId);
      if (removed === undefined) return false;
      const left = sessions.filter((each) => each !== removed);
      counter.changed(sessions, left, { removed });
      state.change(inventory, { trafficMirrorSessions: left });
      return true;
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
  { ids, networkIds }: SessionCounts,
): TrafficMirrorSession {
  return {
    trafficMirrorSessionId: freshId('tms', clientToken, (id) => ids.has(id)),
    ...request,
    ownerId,
    virtualNetworkId: freshNetworkId(clientToken, (networkId) => networkIds.has(networkId)),
    ...(description !== undefined && { description }),
  };
}
