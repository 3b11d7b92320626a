/** What our functions change is recorded by CloudTrail like anybody's calls, under the role that made them. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Cloud } from '../aws/cloud.ts';
import { HOME, stateOf } from './account.ts';
import { STARTS_MS } from './lives.ts';
import { launchOf, sessionCallOf, stateChangeOf, type TrailCall } from './records.ts';
import { MEMBER_WRITER_ROLE, WRITER_ROLE } from './settings.ts';
import type { Trail } from './trail.ts';

const DONE: Readonly<Record<string, 'created' | 'modified' | 'deleted'>> = {
  CreateTrafficMirrorSession: 'created',
  ModifyTrafficMirrorSession: 'modified',
  DeleteTrafficMirrorSession: 'deleted',
};

type OwnCall = Omit<TrailCall, 'request' | 'response'>;

/** Notes a change that a function made, and has CloudTrail record it if it is one of a session or an instance. */
export function ourChange(
  cloud: Cloud,
  trail: Trail,
  accountId: string,
  eventName: string,
  request: Item,
  answer: Item,
): void {
  const role = accountId === HOME ? WRITER_ROLE : MEMBER_WRITER_ROLE;
  const caller = `assumed-role/${role}/${accountId === HOME ? WRITER_ROLE : 'mirrorwatch'}`;
  const at = cloud.clock.now();
  const call = { accountId, at, eventName, caller };
  if (eventName === 'RunInstances') launched(cloud, trail, call, answer.Instances[0].InstanceId);
  if (eventName === 'TerminateInstances')
    for (const instanceId of request.InstanceId) terminated(cloud, trail, call, instanceId);
  cloud.changed(accountId);
  const action = DONE[eventName];
  if (action === undefined) return;
  const session: Item = answer.TrafficMirrorSession ?? answer;
  cloud.sessionChanges.push({ at, by: 'us', accountId, action, session: structuredClone(session) });
  trail.record({ ...call, ...sessionCallOf(eventName, request, session) });
}

/** A sensor that a function launched: EC2 starts it, and tells of it as of any instance. */
function launched(cloud: Cloud, trail: Trail, call: OwnCall, instanceId: string): void {
  const { accountId, at } = call;
  const instance = cloud.instances(accountId).find(({ InstanceId }) => InstanceId === instanceId);
  if (instance === undefined) return;
  instance.LaunchTime = new Date(at).toISOString();
  cloud.sensorChanges.push({ at, accountId, action: 'launched', instanceId });
  trail.record({ ...call, ...launchOf(instance, instance.Tags) });
  cloud.clock.after(STARTS_MS, () => {
    if (instance.State.Name !== 'pending') return;
    instance.State = stateOf('running');
    cloud.changed(accountId);
    tell(trail, accountId, instanceId, 'running');
  });
}

function terminated({ sensorChanges }: Cloud, trail: Trail, call: OwnCall, instanceId: string): void {
  const { accountId, at } = call;
  sensorChanges.push({ at, accountId, action: 'terminated', instanceId });
  trail.record({ ...call, ...stateChangeOf(instanceId, 'running', 'shutting-down') });
  tell(trail, accountId, instanceId, 'terminated');
}

function tell(trail: Trail, accountId: string, instanceId: string, state: string): void {
  trail.event('aws.ec2', 'EC2 Instance State-change Notification', accountId, { 'instance-id': instanceId, state });
}
