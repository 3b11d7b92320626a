/** ECS tasks: their state, their tags, and the interfaces that carry their traffic. */

import { DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import type { Scope } from '../../inventory/inventory.ts';
import type { Tag } from '../../sighting/sighting.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import { answeredList } from './answered.ts';

/** A task. @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html */
export interface EcsTask {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly lastStatus?: string | undefined;
  readonly launchType?: string | undefined;
  /** `service:NAME` or `family:NAME`. */
  readonly group?: string | undefined;
  readonly tags: readonly Tag[];
  /** Empty unless the task uses the awsvpc network mode. */
  readonly networkInterfaceIds: readonly string[];
}

/** Reads ECS tasks. */
export interface Tasks {
  /** The tasks that ECS still knows. It forgets stopped ones after a while. Throws AwsCallError. */
  describe(scope: Scope, clusterArn: string, taskArns: readonly string[]): Promise<readonly EcsTask[]>;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_PER_CALL = 100;

/** Tasks over ECS, a hundred per call. */
export function ecsTasks(clients: Clients): Tasks {
  return {
    async describe(scope, clusterArn, taskArns) {
      const ecs = await clients.in(ECSClient, scope);
      const found: EcsTask[] = [];
      for (let from = 0; from < taskArns.length; from += TASKS_PER_CALL) {
        const answer = await awsCall('DescribeTasks', { ...scope, resourceId: clusterArn }, () =>
          ecs.send(
            new DescribeTasksCommand({
              cluster: clusterArn,
              tasks: taskArns.slice(from, from + TASKS_PER_CALL),
              include: ['TAGS'],
            }),
          ),
        );
        const tasks = answeredList(answer.tasks, answer, 'DescribeTasks', { ...scope, resourceId: clusterArn });
        for (const { taskArn, lastStatus, launchType, group, tags = [], attachments = [] } of tasks) {
          if (taskArn === undefined) continue;
          found.push({
            taskArn,
            clusterArn,
            lastStatus,
            launchType,
            group,
            tags: tags.map(({ key = '', value = '' }) => ({ key, value })),
            networkInterfaceIds: attachments
              .filter(({ type }) => type === 'ElasticNetworkInterface')
              .flatMap(({ details = [] }) => details.filter(({ name }) => name === 'networkInterfaceId'))
              .flatMap(({ value }) => value ?? []),
          });
        }
      }
      return found;
    },
  };
}
