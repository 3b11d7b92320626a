/** Hands repairs over to the `remediate` function, the only one that changes sessions where it exists. */

import { createHash } from 'node:crypto';
import { scopeKey } from '../inventory/inventory.ts';
import type { ActRequest } from '../pipeline/act.ts';
import type { AssessedScope } from '../pipeline/assess.ts';
import { changesToHandOver } from '../pipeline/looks/session-changes.ts';
import { type RemediateRequest, remediateMessage } from '../pipeline/own-messages.ts';
import { suspicionsOf } from '../pipeline/relevant-sightings.ts';
import { isSessionStep, type PlanStep } from '../remediation/plan.ts';
import type { LaunchHold } from '../sighting/events.ts';
import { isInstanceId, type SuspicionSighting } from '../sighting/sighting.ts';
import type { Runtime } from './function.ts';

/** Interfaces in one message to `remediate`: at five new sessions a second, well within the time of a function. */
const INTERFACES_PER_MESSAGE = 100;

/** Changes to sessions in one message: a third of the 256 KB that SQS takes. EC2 allows far fewer in the minutes that count. */
const CHANGES_PER_MESSAGE = 1000;

function pagesOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}

/** The queue to the `remediate` function. */
export interface HandOverQueue {
  readonly settings: Pick<Runtime['settings'], 'remediationQueueUrl'>;
  readonly aws: { readonly queues: Pick<Runtime['aws']['queues'], 'sendInOrder'> };
}

/**
 * Sends repairs to the `remediate` function, in order for each account and region. Undefined if it has no queue; the
 * caller then makes the repairs itself.
 */
export function handOverTo(
  { aws, settings }: HandOverQueue,
  now: Date,
  holds: readonly LaunchHold[] = [],
): ActRequest['handOver'] {
  const { remediationQueueUrl } = settings;
  if (remediationQueueUrl === undefined) return undefined;
  return async (assessed, { steps }) => {
    const { scope, readAt: lookedAt } = assessed;
    const send = async (asked: RemediateRequest): Promise<void> => {
      const body = remediateMessage(scope, { ...asked, lookedAt });
      const deduplicationId = createHash('sha256').update(`${now.toISOString()}\n${body}`).digest('hex');
      await aws.queues.sendInOrder(remediationQueueUrl, body, { group: scopeKey(scope), deduplicationId });
    };
    const sessionSteps = steps.filter(isSessionStep);
    const ids = [...new Set(sessionSteps.map(({ networkInterfaceId }) => networkInterfaceId))];
    const changes = pagesOf(changesToHandOver(assessed.sightings ?? [], now), CHANGES_PER_MESSAGE);
    for (const page of pagesOf(ids, INTERFACES_PER_MESSAGE)) {
      const suspicions = suspicionsAbout(page, assessed);
      const held = holdsOn(page, ids, sessionSteps, holds);
      // Which interface a deleted session was on is often unknown, so each interface goes with every change.
      for (const some of changes.length === 0 ? [[]] : changes) {
        const resourceIds = tasksOf(sessionSteps, page);
        await send({ networkInterfaceIds: page, resourceIds, suspicions, sessionChanges: some, holds: held });
      }
    }
    // Idle sensors are ended after the repairs, which may still use them.
    if (steps.some(({ kind }) => kind === 'terminate-sensor'))
      await send({ networkInterfaceIds: [], wholeAccount: true });
  };
}

/** The tasks that own these interfaces: a task that ended meanwhile is not found by its interfaces. */
function tasksOf(steps: readonly PlanStep[], networkInterfaceIds: readonly string[]): readonly string[] {
  const page = new Set(networkInterfaceIds);
  const owners = steps.filter((step) => page.has(step.networkInterfaceId)).map(({ resourceId }) => resourceId);
  return [...new Set(owners.filter((resourceId) => !isInstanceId(resourceId)))];
}

/** The instances held back whose last interface is on this page: the messages of a group come in order. */
function holdsOn(
  page: readonly string[],
  ids: readonly string[],
  steps: readonly PlanStep[],
  holds: readonly LaunchHold[],
): readonly LaunchHold[] {
  if (holds.length === 0) return holds;
  const owners = new Map(steps.map(({ networkInterfaceId, resourceId }) => [networkInterfaceId, resourceId]));
  const lastOf = new Map(ids.map((id) => [owners.get(id), id]));
  return holds.filter(({ instanceId }) => page.includes(lastOf.get(instanceId) ?? ''));
}

/** The suspicions about any of these interfaces, each reduced to the interfaces among them. */
function suspicionsAbout(
  networkInterfaceIds: readonly string[],
  { sightings = [], audited }: AssessedScope,
): readonly SuspicionSighting[] {
  const page = new Set(networkInterfaceIds);
  return suspicionsOf(sightings).flatMap((sighting) => {
    const { instanceId } = sighting;
    const ofInstance = instanceId === undefined ? [] : (audited.account?.interfacesOf(instanceId) ?? []);
    const suspected = [...sighting.networkInterfaceIds, ...ofInstance.map((each) => each.networkInterfaceId)];
    const onPage = suspected.filter((id) => page.has(id));
    return onPage.length > 0 ? [{ ...sighting, networkInterfaceIds: onPage }] : [];
  });
}
