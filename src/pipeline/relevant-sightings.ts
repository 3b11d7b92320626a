/** Which sightings need a look at the account: no event that a later event of the same task replaces. */

import type { Scope } from '../inventory/inventory.ts';
import type { Sighting, SuspicionSighting, TaskSighting } from '../sighting/sighting.ts';

/** The port that asks ECS for a task's interfaces: GuardDuty's findings name only the task. */
export interface TaskSource {
  /** The tasks among `taskArns` that ECS still knows. Throws AwsCallError. */
  describe(
    scope: Scope,
    clusterArn: string,
    taskArns: readonly string[],
  ): Promise<readonly { readonly taskArn: string; readonly networkInterfaceIds: readonly string[] }[]>;
}

/**
 * The sightings to judge. Of a task's events in one delivery, only the one with the highest version counts. A task that stopped needs
 * no look, because its interface goes and takes the session with it; `stoppedTasks` resolves its findings.
 *
 * Versions are not remembered between deliveries. The account decides: an interface that is gone or detached is not a source, so a
 * late or repeated event changes nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export function relevantSightings(sightings: readonly Sighting[]): readonly Sighting[] {
  const newest = new Map<string, TaskSighting>();
  for (const sighting of sightings) {
    if (!isTask(sighting)) continue;
    const known = newest.get(sighting.taskArn);
    if (known === undefined || sighting.version > known.version) newest.set(sighting.taskArn, sighting);
  }
  return sightings.filter(
    (sighting) => !isTask(sighting) || (sighting.kind === 'task-running' && newest.get(sighting.taskArn) === sighting),
  );
}

/** The sightings, with the interfaces of suspected tasks looked up in ECS. Throws AwsCallError. */
export async function withTaskInterfaces(
  sightings: readonly Sighting[],
  tasks: TaskSource | undefined,
): Promise<readonly Sighting[]> {
  if (tasks === undefined) return sightings;
  return Promise.all(
    sightings.map(async (sighting): Promise<Sighting> => {
      if (sighting.kind !== 'suspicion' || sighting.networkInterfaceIds.length > 0) return sighting;
      const { taskArn, clusterArn, accountId, region } = sighting;
      if (taskArn === undefined || clusterArn === undefined) return sighting;
      const found = await tasks.describe({ accountId, region }, clusterArn, [taskArn]);
      const networkInterfaceIds = found.flatMap((task) => (task.taskArn === taskArn ? task.networkInterfaceIds : []));
      return { ...sighting, networkInterfaceIds };
    }),
  );
}

/** The suspicions among the sightings. */
export function suspicionsOf(sightings: readonly Sighting[]): readonly SuspicionSighting[] {
  return sightings.filter((sighting): sighting is SuspicionSighting => sighting.kind === 'suspicion');
}

function isTask(sighting: Sighting): sighting is TaskSighting {
  return sighting.kind === 'task-running' || sighting.kind === 'task-stopped';
}
