/** Turns EventBridge events into sightings: instance states, ECS tasks, GuardDuty findings, Auto Scaling and API calls. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import { type Circumstances, timeOf } from './circumstances.ts';
import { accountIdOf, asList, type Fields, fieldsOf, str, textField, textsIn } from './fields.ts';
import type { InstanceStateSighting, Sighting, TaskSighting } from './sighting.ts';
import { NOTHING_BESIDES, sightingsIn, unplacedBecause, type Watched } from './watched.ts';

type EventReader = (detail: Fields, common: Circumstances) => readonly Sighting[];

/** `pending` and `stopping` are left out: the state that follows says the same. */
const STATES: Readonly<Record<string, InstanceStateSighting['kind']>> = {
  running: 'started',
  stopped: 'stopped',
  'shutting-down': 'terminated',
  terminated: 'terminated',
};

/** EC2's limit for a tag's value: the finding's id becomes one. */
const NAME_LENGTH = 256;

/** Auto Scaling stops a new instance there. Nothing runs on it yet. */
const WARM_POOL = 'WarmPool';

/** The reader of each kind of event, by source and detail type. */
const EVENTS = {
  'aws.ec2:EC2 Instance State-change Notification': readState,
  'aws.ecs:ECS Task State Change': readTask,
  'aws.guardduty:GuardDuty Finding': readSuspicion,
  'aws.autoscaling:EC2 Instance-launch Lifecycle Action': readScaledOut,
  'aws.autoscaling:EC2 Instance Launch Successful': readScaledOut,
  'aws.autoscaling:EC2 Instance Terminate Successful': readScaledIn,
} as const satisfies Readonly<Record<string, EventReader>>;

const readers: ReadonlyMap<string, EventReader> = new Map(Object.entries(EVENTS));

/**
 * What an EventBridge event says happened to something we watch. Empty for events of other kinds, and for those that lack the ids they
 * should have. An API call is read like the record it carries, also for what `watched` asks for (by default nothing). Never throws.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
 */
export function sightingsOfEvent(
  event: Readonly<Record<string, unknown>>,
  watched: Watched = NOTHING_BESIDES,
): readonly Sighting[] {
  const detail = fieldsOf(event.detail);
  if (str(detail.eventName) !== undefined && str(detail.eventSource) !== undefined)
    return sightingsIn(withAccount(detail, event), watched);
  const common = commonOf(event, detail);
  const read = readers.get(`${str(event.source)}:${str(event['detail-type'])}`);
  return common === undefined || read === undefined ? [] : read(detail, common);
}

/**
 * Why an event about something we watch has no sighting, as a sentence: it does not say when or in which account and region it happened.
 * Undefined for any other event. Never throws.
 */
export function unplacedEvent(
  event: Readonly<Record<string, unknown>>,
  watched: Watched = NOTHING_BESIDES,
): string | undefined {
  const detail = fieldsOf(event.detail);
  const [eventName, eventID] = [str(detail.eventName), str(detail.eventID) ?? str(event.id) ?? ''];
  if (eventName !== undefined && str(detail.eventSource) !== undefined) {
    const lack = unplacedBecause(withAccount(detail, event), watched);
    return lack && `the event of ${shown(eventName)} ${shown(eventID)} could not be judged: ${lack}`;
  }
  const kind = `${str(event.source)}:${str(event['detail-type'])}`;
  if (!readers.has(kind) || commonOf(event, detail) !== undefined) return undefined;
  const lack = timeOf(event.time) === undefined ? 'its time is not a time' : 'it names no account or no region';
  return `the event ${shown(kind)} ${shown(eventID)} could not be judged: ${lack}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, NAME_LENGTH));
}

/** An Auto Scaling group holding back a new instance. Whoever set the hook waits for its end. */
export interface LaunchHold {
  readonly accountId: string;
  readonly region: string;
  readonly autoScalingGroupName: string;
  readonly lifecycleHookName: string;
  readonly lifecycleActionToken: string;
  readonly instanceId: string;
  /** What the owner of the hook wrote into it, if anything. */
  readonly notificationMetadata?: string | undefined;
}

/**
 * The hold that the event asks us to release, or undefined when it is not a launch being held back.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
 */
export function lifecycleActionOf(event: Readonly<Record<string, unknown>>): LaunchHold | undefined {
  if (str(event['detail-type']) !== 'EC2 Instance-launch Lifecycle Action') return undefined;
  const detail = fieldsOf(event.detail);
  const [accountId, region] = [accountIdOf(event.account), str(event.region)];
  const autoScalingGroupName = textField(detail, 'autoScalingGroupName');
  const lifecycleHookName = textField(detail, 'lifecycleHookName');
  const lifecycleActionToken = textField(detail, 'lifecycleActionToken');
  const instanceId = str(detail.EC2InstanceId);
  if (!accountId || !region || !autoScalingGroupName || !lifecycleHookName || !lifecycleActionToken || !instanceId)
    return undefined;
  const hold = { accountId, region, autoScalingGroupName, lifecycleHookName, lifecycleActionToken, instanceId };
  const notificationMetadata = textField(detail, 'notificationMetadata');
  return notificationMetadata === undefined ? hold : { ...hold, notificationMetadata };
}

/** The record of an API call. Its account and region come from the event if the record lacks them. */
function withAccount(detail: Fields, event: Readonly<Record<string, unknown>>): CloudTrailRecord {
  return { recipientAccountId: accountIdOf(event.account), awsRegion: str(event.region), ...detail };
}

/** The account and region are those of the event. */
function commonOf(event: Readonly<Record<string, unknown>>, detail: Fields): Circumstances | undefined {
  const accountId = accountIdOf(event.account) ?? accountIdOf(detail.accountId);
  const region = str(event.region) ?? str(detail.region);
  const eventTime = timeOf(event.time);
  if (!accountId || !region || eventTime === undefined) return undefined;
  const source = str(event.source) ?? '';
  return {
    accountId,
    region,
    eventTime,
    actor: { name: source, ours: false },
    evidence: {
      eventID: str(event.id) ?? '',
      eventName: str(event['detail-type']) ?? '',
      eventTime: eventTime.toISOString(),
      actor: source,
    },
  };
}

function readState(detail: Fields, common: Circumstances): readonly Sighting[] {
  const instanceId = str(detail['instance-id']);
  const state = str(detail.state) ?? '';
  const kind = Object.hasOwn(STATES, state) ? STATES[state] : undefined;
  return kind === undefined || !instanceId ? [] : [{ ...common, kind, instanceIds: [instanceId] }];
}

/** A running task that should stop is about to end; it is too late to mirror it. */
function readTask(detail: Fields, common: Circumstances): readonly Sighting[] {
  const taskArn = textField(detail, 'taskArn');
  const clusterArn = textField(detail, 'clusterArn');
  const status = str(detail.lastStatus);
  const running = status === 'RUNNING' && str(detail.desiredStatus) !== 'STOPPED';
  if (taskArn === undefined || clusterArn === undefined || !(running || status === 'STOPPED')) return [];
  return [
    {
      ...common,
      kind: running ? 'task-running' : 'task-stopped',
      taskArn,
      clusterArn,
      version: Number(str(detail.version) ?? 0) || 0,
      launchType: textField(detail, 'launchType'),
      ...taskInterfaces(detail, taskArn),
    },
  ];
}

/** Attachments are interfaces, load balancers, volumes and more. DescribeTasks spells the type of an interface differently. */
function taskInterfaces(
  detail: Fields,
  taskArn: string,
): Required<Pick<TaskSighting, 'networkInterfaceIds' | 'attachmentArns'>> {
  const attachments = asList(detail.attachments)
    .map(fieldsOf)
    .filter(({ type }) => ['eni', 'ElasticNetworkInterface'].includes(str(type) ?? ''));
  const [ecs] = taskArn.split(':task/');
  return {
    networkInterfaceIds: attachments.flatMap(({ details }) =>
      asList(details).flatMap((entry) => {
        const { name, value } = fieldsOf(entry);
        return name === 'networkInterfaceId' ? (str(value) ?? []) : [];
      }),
    ),
    attachmentArns: attachments.flatMap(({ id }) => (str(id) ? `${ecs}:attachment/${str(id)}` : [])),
  };
}

/** @see https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html */
function readSuspicion(detail: Fields, common: Circumstances): readonly Sighting[] {
  const resource = fieldsOf(detail.resource);
  const instance = fieldsOf(resource.instanceDetails);
  const cluster = fieldsOf(resource.ecsClusterDetails);
  const instanceId = textField(instance, 'instanceId');
  const taskArn = textField(fieldsOf(cluster.taskDetails), 'arn');
  const clusterArn = textField(cluster, 'arn');
  const networkInterfaceIds = textsIn(instance.networkInterfaces, 'networkInterfaceId');
  if (instanceId === undefined && taskArn === undefined) return [];
  const guardDutyFindingId = (str(detail.id) ?? common.evidence.eventID).slice(0, NAME_LENGTH);
  const guardDutyFindingType = (str(detail.type) ?? '').slice(0, NAME_LENGTH);
  return [
    {
      ...common,
      accountId: accountIdOf(detail.accountId) ?? common.accountId,
      region: str(detail.region) ?? common.region,
      evidence: { ...common.evidence, note: `GuardDuty finding ${guardDutyFindingId}: ${guardDutyFindingType}` },
      kind: 'suspicion',
      guardDutyFindingId,
      guardDutyFindingType,
      instanceId,
      taskArn,
      clusterArn,
      networkInterfaceIds,
    },
  ];
}

function readScaledOut(detail: Fields, common: Circumstances): readonly Sighting[] {
  const instanceId = str(detail.EC2InstanceId);
  if (!instanceId || str(detail.Destination) === WARM_POOL) return [];
  return [{ ...common, kind: 'started', instanceIds: [instanceId] }];
}

function readScaledIn(detail: Fields, common: Circumstances): readonly Sighting[] {
  const instanceId = str(detail.EC2InstanceId);
  return instanceId ? [{ ...common, kind: 'terminated', instanceIds: [instanceId] }] : [];
}
