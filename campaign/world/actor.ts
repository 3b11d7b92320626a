/** Everybody else: they launch, tag, untag and end instances, delete our sessions and create their own. CloudTrail records each call. */

import { EC2_ACTIONS, type Item } from '../../test/support/fake-ec2/account.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Clock } from '../driver/clock.ts';
import type { WorldEvent } from '../schedule.ts';
import { FOREIGN_FILTER, idOf, instanceOf, stateOf } from './account.ts';
import { livesIn, STARTS_MS } from './lives.ts';
import { launchOf, sessionCallOf, stateChangeOf, taggingOf } from './records.ts';
import { suspicionsIn } from './suspicions.ts';
import { tasksIn } from './tasks.ts';
import type { Trail } from './trail.ts';

/** What the others act on. */
export interface ActorOptions {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly trail: Trail;
  readonly note: (line: string) => void;
  /** For how long GuardDuty's findings ask for a session; undefined if they do not. */
  readonly suspicionHours: number | undefined;
}

type Launch = Extract<WorldEvent, { readonly kind: 'launch' }>;

const CALLER = 'user/dana';
/** How long EC2 lists a terminated instance. */
const FORGOTTEN_MS = 3_600_000;
export const REQUIRED: Item = { Key: 'CostCenter', Value: '42' };

/** Does what an event says. An event about an instance that is not there any more does nothing. */
export function actorOn({ cloud, clock, trail, note, suspicionHours }: ActorOptions): (event: WorldEvent) => void {
  const accountOf = new Map<number, string>();

  const stateChanged = (accountId: string, instance: Item, state: string): void => {
    if (instance.State.Name === 'terminated') return;
    instance.State = stateOf(state);
    cloud.changed(accountId);
    trail.event('aws.ec2', 'EC2 Instance State-change Notification', accountId, {
      'instance-id': instance.InstanceId,
      state,
    });
  };

  const call = (accountId: string, eventName: string) => ({ accountId, at: clock.now(), eventName, caller: CALLER });
  const lives = livesIn({ cloud, clock, trail, call, stateChanged });

  const launch = ({ instance: number, accountId, tagged, silent, interfaces = 1 }: Launch): void => {
    accountOf.set(number, accountId);
    const tags = tagged ? [REQUIRED] : [];
    const { reservation, networkInterfaces } = instanceOf(accountId, number, { at: clock.now(), tags, interfaces });
    const { lists } = cloud.account(accountId);
    lists.Reservations?.push(reservation);
    lists.NetworkInterfaces?.push(...networkInterfaces);
    cloud.changed(accountId);
    const [instance] = reservation.Instances as Item[];
    if (instance === undefined) return;
    if (silent === true) {
      instance.State = stateOf('running');
      return;
    }
    trail.record({ ...call(accountId, 'RunInstances'), ...launchOf(instance, tags) });
    clock.after(STARTS_MS, () => stateChanged(accountId, instance, 'running'));
  };

  const terminate = (accountId: string, instance: Item): void => {
    trail.record({
      ...call(accountId, 'TerminateInstances'),
      ...stateChangeOf(instance.InstanceId, 'running', 'shutting-down'),
    });
    const account = cloud.account(accountId);
    const own = new Set((instance.NetworkInterfaces as Item[]).map((each) => each.NetworkInterfaceId));
    cloud.dropSessions(accountId, own);
    account.lists.NetworkInterfaces = (account.lists.NetworkInterfaces ?? []).filter(
      (each) => !own.has(each.NetworkInterfaceId),
    );
    stateChanged(accountId, instance, 'terminated');
    Object.assign(instance, { NetworkInterfaces: [] });
    delete instance.SubnetId;
    delete instance.VpcId;
    cloud.changed(accountId);
    clock.after(FORGOTTEN_MS, () => {
      account.lists.Reservations = (account.lists.Reservations ?? []).filter(
        ({ Instances }) => !Instances.includes(instance),
      );
      cloud.changed(accountId);
    });
  };

  const setTag = (accountId: string, instance: Item, isTagged: boolean): void => {
    instance.Tags = isTagged ? [REQUIRED] : [];
    cloud.changed(accountId);
    const tag = isTagged ? REQUIRED : { Key: REQUIRED.Key };
    trail.record({
      ...call(accountId, isTagged ? 'CreateTags' : 'DeleteTags'),
      ...taggingOf(instance.InstanceId, [tag]),
    });
  };

  const deleteSession = (accountId: string, networkInterfaceId: string): void => {
    const session = cloud.sessions(accountId).find((each) => each.NetworkInterfaceId === networkInterfaceId);
    if (session === undefined) return;
    const { TrafficMirrorSessionId } = session;
    cloud.account(accountId).lists.TrafficMirrorSessions = cloud.sessions(accountId).filter((each) => each !== session);
    sessionChanged(accountId, 'deleted', session, { TrafficMirrorSessionId });
  };

  const foreignSession = (accountId: string, NetworkInterfaceId: string): void => {
    const account = cloud.account(accountId);
    const theirs = cloud
      .sessions(accountId)
      .some((each) => each.NetworkInterfaceId === NetworkInterfaceId && each.SessionNumber === 7);
    if (theirs) return;
    const request = {
      NetworkInterfaceId,
      TrafficMirrorTargetId: idOf('tmt', 0xdead, 'd'),
      TrafficMirrorFilterId: FOREIGN_FILTER,
      SessionNumber: '7',
    };
    if (
      !account.lists.TrafficMirrorTargets?.some((each) => each.TrafficMirrorTargetId === request.TrafficMirrorTargetId)
    )
      account.lists.TrafficMirrorTargets?.push({
        TrafficMirrorTargetId: request.TrafficMirrorTargetId,
        Type: 'network-load-balancer',
        NetworkLoadBalancerArn: `arn:aws:elasticloadbalancing:eu-west-1:${accountId}:loadbalancer/net/theirs/1`,
        OwnerId: accountId,
        Tags: [],
      });
    const { TrafficMirrorSession }: Item = EC2_ACTIONS.CreateTrafficMirrorSession?.(account, request) ?? {};
    sessionChanged(accountId, 'created', TrafficMirrorSession, request);
  };

  /** A group of somebody else's holds its instance back, for a reason of its own. */
  const foreignHook = (accountId: string, instanceId: string): void => {
    const [LifecycleActionToken, LifecycleHookName] = [`token-${instanceId}`, 'theirs'];
    const { lists } = cloud.account(accountId);
    lists.LifecycleActions = [...(lists.LifecycleActions ?? []), { LifecycleActionToken, LifecycleHookName }];
    trail.event('aws.autoscaling', 'EC2 Instance-launch Lifecycle Action', accountId, {
      ...{ LifecycleActionToken, LifecycleHookName, AutoScalingGroupName: 'theirs', EC2InstanceId: instanceId },
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    });
  };

  const sessionChanged = (accountId: string, action: 'created' | 'deleted', session: Item, request: Item): void => {
    cloud.changed(accountId);
    cloud.sessionChanges.push({ at: clock.now(), by: CALLER, accountId, action, session: structuredClone(session) });
    const eventName = action === 'created' ? 'CreateTrafficMirrorSession' : 'DeleteTrafficMirrorSession';
    trail.record({ ...call(accountId, eventName), ...sessionCallOf(eventName, request, session) });
  };

  const suspect = suspicionsIn(cloud, trail, suspicionHours);
  const tasks = tasksIn({ cloud, clock, trail, note, deleteSession, suspect });

  return (event) => {
    if (event.kind === 'sweep' || event.kind === 'require') return;
    if ('task' in event) {
      tasks(event);
      return;
    }
    note(
      `world ${event.kind} ${idOf('i', event.instance)}${event.kind === 'launch' ? (event.tagged ? ' tagged' : ' untagged') : ''}`,
    );
    if (event.kind === 'launch') {
      launch(event);
      return;
    }
    const accountId = accountOf.get(event.instance);
    if (accountId === undefined) return;
    const instance = cloud.instances(accountId).find(({ InstanceId }) => InstanceId === idOf('i', event.instance));
    if (instance === undefined || instance.State.Name === 'terminated') return;
    const eni = idOf('eni', event.instance);
    if (event.kind === 'tag' || event.kind === 'untag') setTag(accountId, instance, event.kind === 'tag');
    else if (event.kind === 'terminate') terminate(accountId, instance);
    else if (event.kind === 'foreign-hook') foreignHook(accountId, instance.InstanceId);
    else if (event.kind === 'delete-session') deleteSession(accountId, eni);
    else if (event.kind === 'foreign-session') foreignSession(accountId, eni);
    else if (event.kind === 'suspect')
      suspect(accountId, { instanceId: instance.InstanceId, networkInterfaceIds: [eni] });
    else lives[event.kind](accountId, instance, event.instance);
  };
}
