/** Which sightings need a look at the account: not our own calls, and no event that a later event of the same task replaces. */

import type { Config } from '../config.ts';
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

/** Kinds that are ignored when we made the call: the judgement that led to the call needs no repeating. */
const IGNORED_IF_OURS: ReadonlySet<Sighting['kind']> = new Set([
  'session-created',
  'session-modified',
  'session-deleted',
  'mirror-path-changed',
]);

/**
 * The sightings to judge. Our own calls on sessions and targets are left out; otherwise each repair would start another walk. Of a
 * task's events in one delivery, only the one with the highest version counts. A task that stopped needs nothing, because its
 * interface goes and takes the session with it.
 *
 * Versions are not remembered between deliveries. The account decides: an interface that is gone or detached is not a source, so a
 * late or repeated event changes nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
export function relevantSightings(
  sightings: readonly Sighting[],
  { assumeRole }: Pick<Config, 'assumeRole'>,
): readonly Sighting[] {
  const newest = new Map<string, TaskSighting>();
  for (const sighting of sightings) {
    if (!isTask(sighting)) continue;
    const known = newest.get(sighting.taskArn);
    if (known === undefined || sighting.version > known.version) newest.set(sighting.taskArn, sighting);
  }
  return sightings.filter((sighting) => {
    if (isTask(sighting)) return sighting.kind === 'task-running' && newest.get(sighting.taskArn) === sighting;
    return !(IGNORED_IF_OURS.has(sighting.kind) && isByOurRole(sighting, assumeRole?.roleName));
  });
}

/**
 * True for a call by the member role that we assume, in the account that it is for. The session name alone proves nothing: whoever may
 * assume any role can choose it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
function isByOurRole({ actor, accountId }: Sighting, roleName: string | undefined): boolean {
  if (roleName === undefined || !actor.ours) return false;
  const [, account, role] = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(actor.arn ?? '') ?? [];
  // A role's path is not part of its sessions' ARNs.
  return account === accountId && role === roleName.slice(roleName.lastIndexOf('/') + 1);
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
