/** Writes traffic mirror sessions and targets through EC2, within EC2's rate limits. */

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
import type { Change } from '../access/session-policy.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import { describeEc2 } from './describe.ts';
import type { Pace } from './pace.ts';
import type { RecentSessions } from './recent-sessions.ts';
import { toSession, toTarget } from './to-inventory.ts';

/** A session that does not exist needs no deleting. */
const SESSION_GONE: ReadonlySet<string> = new Set([
  'InvalidTrafficMirrorSessionId.NotFound',
  'InvalidTrafficMirrorSessionID.NotFound',
]);

/**
 * The mirror writer on EC2. Mutating calls wait for `pace`, which has a bucket per account, region and action as EC2 does.
 * `recent` records what they wrote. Every retry sends the same client token, so a create whose answer was lost makes no second
 * session. `onTarget` is called after each new target.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function ec2MirrorWriter(
  clients: Clients,
  pace: Pace,
  recent: RecentSessions,
  onTarget: (scope: Scope) => void = () => undefined,
): MirrorWriter {
  const change = mutations(clients, pace);
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
            Description: request.description,
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
      let wasThere = true;
      try {
        await change(scope, 'DeleteTrafficMirrorSession', trafficMirrorSessionId, (ec2) =>
          ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: trafficMirrorSessionId })),
        );
      } catch (fault) {
        if (!SESSION_GONE.has(awsCodeOf(fault) ?? '')) throw fault;
        wasThere = false;
      }
      recent.deleted(scope, trafficMirrorSessionId);
      return wasThere;
    },

    async sessionsOf(scope, networkInterfaceId) {
      const ec2 = describeEc2(await clients.in(EC2Client, scope), scope);
      const filter = { name: 'network-interface-id', values: [networkInterfaceId] };
      return (await ec2.trafficMirrorSessions(filter)).map(toSession);
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

type Mutation = <T>(
  scope: Scope,
  operation: Change,
  resourceId: string,
  call: (ec2: EC2Client) => Promise<T>,
) => Promise<T>;

/** Mutating calls, at the allowed rate. */
function mutations(clients: Clients, pace: Pace): Mutation {
  return async (scope, operation, resourceId, call) => {
    const ec2 = await clients.in(EC2Client, scope, operation);
    await pace.take(`${scopeKey(scope)}:${operation}`);
    return awsCall(operation, { ...scope, resourceId }, () => call(ec2));
  };
}

/** Tags to create with the resource. EC2 refuses an empty specification. */
function tagged(ResourceType: ResourceType, tags: readonly Tag[]): TagSpecification[] | undefined {
  if (tags.length === 0) return undefined;
  return [{ ResourceType, Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }];
}
