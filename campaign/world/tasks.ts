/** Fargate tasks: each has an interface that no instance holds, and ECS tells of its start and its end by events alone. */

import type { Item } from '../../test/support/fake-ec2/account.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Clock } from '../driver/clock.ts';
import type { WorldEvent } from '../schedule.ts';
import { REGION, taskInterfaceOf } from './account.ts';
import { uuidOf } from './records.ts';
import type { Suspect } from './suspicions.ts';
import type { Trail } from './trail.ts';

/** What tasks are run with. */
export interface TasksOptions {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly trail: Trail;
  readonly note: (line: string) => void;
  /** Deletes a session of this interface, if it has one, as somebody else would. */
  readonly deleteSession: (accountId: string, networkInterfaceId: string) => void;
  readonly suspect: (accountId: string, suspect: Suspect) => void;
}

/** What happens to tasks. */
export type TaskEvent = Extract<WorldEvent, { readonly task: number }>;

/** From the attachment of the interface to RUNNING, and from the request to stop to the end of the interface. */
const STARTS_MS = 20_000;
const STOPS_MS = 35_000;

interface Task {
  readonly accountId: string;
  readonly item: Item;
  readonly networkInterface: Item;
  isStopping: boolean;
}

/** The id under which a task is known: its own ARN where ECS wrote it into the interface's tags, else that of the attachment. */
export function taskOf({ TagSet, Description }: Item): string {
  return (TagSet as Item[]).find(({ Key }) => Key === 'aws:ecs:taskArn')?.Value ?? Description;
}

function taskArnOf(accountId: string, number: number): string {
  return `arn:aws:ecs:${REGION}:${accountId}:task/shop/${number.toString(16).padStart(32, '0')}`;
}

/** Does what an event says. An event about a task that is over does nothing. */
export function tasksIn({
  cloud,
  clock,
  trail,
  note,
  deleteSession,
  suspect,
}: TasksOptions): (event: TaskEvent) => void {
  const tasks = new Map<number, Task>();

  const tell = ({ accountId, item, networkInterface }: Task, version: number, changes: Item): void => {
    Object.assign(item, changes);
    const value = networkInterface.NetworkInterfaceId;
    const attachment = { id: idIn(networkInterface), type: 'eni', status: 'ATTACHED' };
    const detail = {
      ...item,
      version,
      attachments: [{ ...attachment, details: [{ name: 'networkInterfaceId', value }] }],
    };
    trail.event('aws.ecs', 'ECS Task State Change', accountId, detail);
  };

  const start = ({ task: number, accountId, tagged }: Extract<TaskEvent, { kind: 'task' }>): void => {
    const description = attachmentArnOf(accountId, number);
    const tags = tagged ? [{ Key: 'aws:ecs:taskArn', Value: taskArnOf(accountId, number) }] : [];
    const networkInterface = taskInterfaceOf(accountId, number, description, tags);
    const value = networkInterface.NetworkInterfaceId;
    const item = {
      ...{ taskArn: taskArnOf(accountId, number), clusterArn: `arn:aws:ecs:${REGION}:${accountId}:cluster/shop` },
      ...{ group: 'service:shop', launchType: 'FARGATE', lastStatus: 'PENDING', desiredStatus: 'RUNNING', tags: [] },
    };
    const attachments = [
      { id: idIn(networkInterface), type: 'ElasticNetworkInterface', details: [{ name: 'networkInterfaceId', value }] },
    ];
    const task = { accountId, item: { ...item, attachments }, networkInterface, isStopping: false };
    tasks.set(number, task);
    const { lists } = cloud.account(accountId);
    lists.NetworkInterfaces?.push(networkInterface);
    lists.Tasks = [...(lists.Tasks ?? []), task.item];
    cloud.changed(accountId);
    clock.after(STARTS_MS, () => {
      if (!task.isStopping) tell(task, 3, { lastStatus: 'RUNNING' });
    });
  };

  /** The interface is deleted before ECS says that the task has stopped. */
  const stop = (task: Task): void => {
    task.isStopping = true;
    tell(task, 4, { desiredStatus: 'STOPPED' });
    clock.after(STOPS_MS, () => {
      const { accountId, item, networkInterface } = task;
      const { lists } = cloud.account(accountId);
      lists.NetworkInterfaces = (lists.NetworkInterfaces ?? []).filter((each) => each !== networkInterface);
      lists.Tasks = (lists.Tasks ?? []).filter((each) => each !== item);
      cloud.dropSessions(accountId, new Set([networkInterface.NetworkInterfaceId]));
      cloud.changed(accountId);
      clock.after(5000, () => tell(task, 6, { lastStatus: 'STOPPED' }));
    });
  };

  return (event) => {
    note(`world ${event.kind} ${event.task}`);
    if (event.kind === 'task') {
      start(event);
      return;
    }
    const task = tasks.get(event.task);
    if (task === undefined || task.isStopping) return;
    const { accountId, networkInterface, item } = task;
    if (event.kind === 'task-stop') stop(task);
    else if (event.kind === 'task-suspect')
      suspect(accountId, { taskArn: item.taskArn, clusterArn: item.clusterArn, resourceId: taskOf(networkInterface) });
    else deleteSession(accountId, networkInterface.NetworkInterfaceId);
  };
}

function attachmentArnOf(accountId: string, number: number): string {
  return `arn:aws:ecs:${REGION}:${accountId}:attachment/${uuidOf(number)}`;
}

function idIn({ Description }: Item): string {
  return Description.split('/').at(-1);
}
