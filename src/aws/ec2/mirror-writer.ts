/** Writes traffic mirror sessions and targets through EC2, no faster than EC2 lets one account. */

import {
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorSessionCommand,
  EC2Client,
  ModifyTrafficMirrorSessionCommand,
  type ResourceType,
  type TagSpecification,
} from '@aws-sdk/client-ec2';
import { awsCodeOf } from '../../errors.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { MirrorWriter } from '../../remediation/apply-plan.ts';
import type { Tag } from '../../sighting/sighting.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import type { Pace } from './pace.ts';
import { ec2Reads } from './reads.ts';
import type { RecentSessions } from './recent-sessions.ts';
import { toSession, toTarget } from './shapes.ts';

/** A session that is gone is what a deletion wants. */
const SESSION_GONE: ReadonlySet<string> = new Set([
  'InvalidTrafficMirrorSessionId.NotFound',
  'InvalidTrafficMirrorSessionID.NotFound',
]);

/**
 * The mirror writer on EC2. Calls that change something take their turn with `pace`, one bucket per account, region and action as
 * EC2 counts them; what they changed is noted in `recent`. The client token goes out with every try of the SDK's, so that a
 * create whose answer was lost makes no second session. `onTarget` is told of each new target.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function ec2MirrorWriter(
  clients: Clients,
  pace: Pace,
  recent: RecentSessions,
  onTarget: (scope: Scope) => void = () => undefined,
): MirrorWriter {
  const change = async <T>(
    scope: Scope,
    operation: string,
    resourceId: string,
    call: (ec2: EC2Client) => Promise<T>,
  ): Promise<T> => {
    const ec2 = await clients.in(EC2Client, scope);
    await pace.take(`${scopeKey(scope)}:${operation}`);
    return awsCall(operation, { ...scope, resourceId }, () => call(ec2));
  };

  return {
    async createSession(scope, request) {
      const operation = 'CreateTrafficMirrorSession';
      const answer = await change(scope, operation, request.networkInterfaceId, (ec2) =>
        ec2.send(
          new CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId: request.networkInterfaceId,
            TrafficMirrorTargetId: request.trafficMirrorTargetId,
            TrafficMirrorFilterId: request.trafficMirrorFilterId,
            SessionNumber: request.sessionNumber,
            ClientToken: request.clientToken,
            TagSpecifications: tagged('traffic-mirror-session', request.tags),
            ...(request.description === undefined ? {} : { Description: request.description }),
          }),
        ),
      );
      const session = toSession(answer.TrafficMirrorSession);
      recent.wrote(scope, session);
      return session;
    },

    async modifySession(scope, request) {
      const operation = 'ModifyTrafficMirrorSession';
      const answer = await change(scope, operation, request.trafficMirrorSessionId, (ec2) =>
        ec2.send(
          new ModifyTrafficMirrorSessionCommand({
            TrafficMirrorSessionId: request.trafficMirrorSessionId,
            TrafficMirrorTargetId: request.trafficMirrorTargetId,
            TrafficMirrorFilterId: request.trafficMirrorFilterId,
            SessionNumber: request.sessionNumber,
          }),
        ),
      );
      const session = toSession(answer.TrafficMirrorSession);
      recent.wrote(scope, session);
      return session;
    },

    async deleteSession(scope, trafficMirrorSessionId) {
      try {
        await change(scope, 'DeleteTrafficMirrorSession', trafficMirrorSessionId, (ec2) =>
          ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: trafficMirrorSessionId })),
        );
      } catch (fault) {
        if (!SESSION_GONE.has(awsCodeOf(fault) ?? '')) throw fault;
      }
      recent.deleted(scope, trafficMirrorSessionId);
    },

    async sessionsOf(scope, networkInterfaceId) {
      const reads = ec2Reads(await clients.in(EC2Client, scope), scope);
      const filter = { name: 'network-interface-id', values: [networkInterfaceId] };
      return (await reads.trafficMirrorSessions(filter)).map(toSession);
    },

    async createTarget(scope, request) {
      const answer = await change(scope, 'CreateTrafficMirrorTarget', request.networkInterfaceId, (ec2) =>
        ec2.send(
          new CreateTrafficMirrorTargetCommand({
            NetworkInterfaceId: request.networkInterfaceId,
            ClientToken: request.clientToken,
            TagSpecifications: tagged('traffic-mirror-target', request.tags),
          }),
        ),
      );
      onTarget(scope);
      return toTarget(answer.TrafficMirrorTarget);
    },
  };
}

/** Tags that come into being with the resource; EC2 refuses an empty specification. */
function tagged(ResourceType: ResourceType, tags: readonly Tag[]): TagSpecification[] | undefined {
  if (tags.length === 0) return undefined;
  return [{ ResourceType, Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }];
}
