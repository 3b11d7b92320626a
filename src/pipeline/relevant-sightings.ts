/** Which sightings are worth a look at the account: not our own doing, not what a later event of the same task takes back. */

import type { Scope } from '../inventory/inventory.ts';
import type { Sighting, SuspicionSighting, TaskSighting } from '../sighting/sighting.ts';

/** Where ECS is asked which interfaces a task has: GuardDuty's findings name the task alone. */
export interface TaskSource {
  /** The tasks that ECS still knows. Throws AwsCallError. */
  describe(
    scope: Scope,
    clusterArn: string,
    taskArns: readonly string[],
  ): Promise<readonly { readonly taskArn: string; readonly networkInterfaceIds: readonly string[] }[]>;
}

/** Kinds of which our own calls are no news: what we do to sessions and what they rest on was decided by the same judgement. */
const OWN_DOING: ReadonlySet<Sighting['kind']> = new Set([
  'session-created',
  'session-modified',
  'session-deleted',
  'mirror-path-changed',
]);

/**
 * The sightings that are to be judged. Our own calls on sessions and targets are left out, so that a repair starts no walk of its
 * own. Of a task's events that came together the highest version counts, and one that stopped needs nothing: its interface goes, and
 * the session with it. No version is kept from one delivery to the next: the interface as it stands decides, and one that is gone or
 * detached is no source, so that an event that comes late, or twice, changes nothing.
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
  return sightings.filter((sighting) => {
    if (isTask(sighting)) return sighting.kind === 'task-running' && newest.get(sighting.taskArn) === sighting;
    return !(sighting.actor.ours && OWN_DOING.has(sighting.kind));
  });
}

/** Suspicions of tasks with the interfaces that ECS says the tasks have. Throws AwsCallError. */
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
