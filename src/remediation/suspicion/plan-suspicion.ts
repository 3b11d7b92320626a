/** Sessions on suspicion: what GuardDuty suspects is mirrored at once, whatever the rules say, and for a time. */

import { tagValue } from '../../inventory/instance.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, indexAccount, SESSIONS_PER_INTERFACE } from '../../mirror/account-index.ts';
import { eligibilityOf, resourceOf } from '../../mirror/eligibility.ts';
import { assign, type Placement } from '../../mirror/placement/assign.ts';
import { CONFIG_TAG, GUARDDUTY_TAG, MANAGED_TAG, type MirrorPolicy, UNTIL_TAG } from '../../mirror/policy.ts';
import { isManaged } from '../../mirror/sessions.ts';
import type { SuspicionSighting } from '../../sighting/sighting.ts';
import type { PlanStep, Unplaced } from '../plan.ts';
import { unplacedFor } from '../session-need.ts';

/** A source that is suspected, with the finding that says so. */
export interface Suspect {
  readonly networkInterface: NetworkInterface;
  readonly resourceId: string;
  readonly sighting: SuspicionSighting;
  /** When its session is to be taken away. */
  readonly until: Date;
}

/** What is done about suspects: steps in their order, those that get no session, and all that were looked at. */
export interface SuspicionPlan {
  readonly suspects: readonly Suspect[];
  readonly steps: readonly PlanStep[];
  readonly unplaced: readonly Unplaced[];
}

const NOTHING: SuspicionPlan = { suspects: [], steps: [], unplaced: [] };
const HOUR_MS = 3_600_000;

/**
 * The sessions that GuardDuty's findings ask for by the policy's `onSuspicion`: every interface of the instance or task that can be
 * mirrored at all gets one, also where tags or rules exempt it. Nothing for one that has such a session already (a finding that is
 * sent again changes nothing), and nothing once the hours since the finding are over.
 *
 * A packet goes to the session with the lowest number whose filter takes it, so that a session of ours that holds number 1 is moved
 * up first. A session of others is not moved.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html
 */
export function planSuspicion(
  account: AccountIndex,
  sightings: readonly SuspicionSighting[],
  now: Date,
): SuspicionPlan {
  const { onSuspicion } = account.policy;
  if (onSuspicion === undefined || account.inventory.trafficMirrorSessions === undefined) return NOTHING;
  const widened = indexAccount(account.inventory, widenedPolicy(account.policy, onSuspicion), {
    unsupported: account.unsupported,
  });
  const suspects = suspectsOf(account, sightings, onSuspicion.hours, now).filter(
    ({ networkInterface }) =>
      eligibilityOf(networkInterface, widened).kind === 'source' &&
      !account
        .sessionsOn(networkInterface.networkInterfaceId)
        .some(
          (session) =>
            session.trafficMirrorFilterId === onSuspicion.filterId &&
            onSuspicion.targetIds.includes(session.trafficMirrorTargetId),
        ),
  );
  if (suspects.length === 0) return NOTHING;
  const full = suspects.filter(({ networkInterface }) => slotsOf(networkInterface, account) === 0);
  const waiting = suspects.filter((suspect) => !full.includes(suspect));
  const { placed, unplaced } = assign(
    widened,
    waiting.map(({ networkInterface }) => networkInterface),
  );
  const byId = new Map(waiting.map((suspect) => [suspect.networkInterface.networkInterfaceId, suspect]));
  const find = (id: string): readonly Suspect[] => [byId.get(id)].filter((suspect) => suspect !== undefined);
  return {
    suspects,
    steps: placed.flatMap((placement) =>
      find(placement.networkInterfaceId).flatMap((suspect) => stepsFor(suspect, placement, account)),
    ),
    unplaced: [
      ...full.map(({ networkInterface }) =>
        unplacedFor(networkInterface, `its ${SESSIONS_PER_INTERFACE} session slots are taken`),
      ),
      ...unplaced.flatMap(({ networkInterfaceId, reason }) =>
        find(networkInterfaceId).map(({ networkInterface }) => unplacedFor(networkInterface, reason)),
      ),
    ],
  };
}

/** The deletions of sessions on suspicion whose time is over: ours alone, told by our tag. */
export function endedSuspicions(account: AccountIndex, now: Date): readonly PlanStep[] {
  const { accountId, region, trafficMirrorSessions = [] } = account.inventory;
  return trafficMirrorSessions.filter(isManaged).flatMap((session): readonly PlanStep[] => {
    const until = Date.parse(tagValue(session.tags, UNTIL_TAG) ?? '');
    if (!(until <= now.getTime())) return [];
    const { tags, trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId, ...rest } = session;
    const { networkInterfaceId, sessionNumber } = rest;
    const source = account.networkInterface(networkInterfaceId);
    const resourceId =
      typeof source === 'object' ? resourceOf(source).resourceId : (tagValue(tags, 'Name') ?? networkInterfaceId);
    const reason = `the time of GuardDuty finding ${tagValue(tags, GUARDDUTY_TAG) ?? ''} was over at ${new Date(until).toISOString()}`;
    return [
      {
        kind: 'delete-session',
        ...{ accountId, region, networkInterfaceId, resourceId, trafficMirrorTargetId, trafficMirrorFilterId },
        ...{ sessionNumber, trafficMirrorSessionId, reason },
      },
    ];
  });
}

/** The policy as it is for suspects: everything is a source, for the targets of suspicion. What AWS refuses stays refused. */
function widenedPolicy(
  { rules: _, ...policy }: MirrorPolicy,
  { filterId, targetIds }: NonNullable<MirrorPolicy['onSuspicion']>,
): MirrorPolicy {
  const targets = targetIds.map((id) => policy.targets.find((entry) => entry.id === id) ?? { id });
  return { ...policy, filterId, targets, excludeTags: [], interfaces: 'all', fargate: true };
}

/** Each suspected interface once, by its id, with the newest finding about it. */
function suspectsOf(
  account: AccountIndex,
  sightings: readonly SuspicionSighting[],
  hours: number,
  now: Date,
): readonly Suspect[] {
  const suspects = new Map<string, Suspect>();
  for (const sighting of sightings.toSorted((a, b) => a.eventTime.getTime() - b.eventTime.getTime())) {
    const until = new Date(sighting.eventTime.getTime() + hours * HOUR_MS);
    if (until <= now) continue;
    const { instanceId, networkInterfaceIds } = sighting;
    const named = networkInterfaceIds.flatMap((id) => {
      const found = account.networkInterface(id);
      return typeof found === 'object' ? [found] : [];
    });
    for (const networkInterface of [...(instanceId === undefined ? [] : account.interfacesOf(instanceId)), ...named]) {
      const { resourceId } = resourceOf(networkInterface);
      suspects.set(networkInterface.networkInterfaceId, { networkInterface, resourceId, sighting, until });
    }
  }
  return [...suspects.values()].toSorted((a, b) =>
    a.networkInterface.networkInterfaceId < b.networkInterface.networkInterfaceId ? -1 : 1,
  );
}

function slotsOf({ networkInterfaceId }: NetworkInterface, account: AccountIndex): number {
  return SESSIONS_PER_INTERFACE - account.sessionsOn(networkInterfaceId).length;
}

function stepsFor(
  { networkInterface, resourceId, sighting, until }: Suspect,
  { trafficMirrorTargetId, trafficMirrorFilterId, alternatives }: Placement,
  account: AccountIndex,
): readonly PlanStep[] {
  const { accountId, region } = account.inventory;
  const { networkInterfaceId } = networkInterface;
  const sessions = account.sessionsOn(networkInterfaceId);
  const taken = new Set(sessions.map(({ sessionNumber }) => sessionNumber));
  const holder = sessions.find(({ sessionNumber }) => sessionNumber === 1);
  const common = { accountId, region, networkInterfaceId, resourceId } as const;
  const reason = `GuardDuty suspects it: finding ${sighting.guardDutyFindingId}`;
  const moved = holder !== undefined && isManaged(holder) ? [movedUp(holder, common, taken, reason)] : [];
  return [
    ...moved,
    {
      kind: 'create-session',
      ...common,
      ...{ trafficMirrorTargetId, trafficMirrorFilterId, alternatives, reason },
      sessionNumber: holder === undefined || moved.length > 0 ? 1 : nextFree(taken),
      tags: [
        { key: MANAGED_TAG, value: 'true' },
        { key: CONFIG_TAG, value: account.policy.configHash },
        { key: 'Name', value: resourceId },
        { key: UNTIL_TAG, value: until.toISOString() },
        { key: GUARDDUTY_TAG, value: sighting.guardDutyFindingId },
      ],
    },
  ];
}

function movedUp(
  { trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId }: TrafficMirrorSession,
  common: Pick<PlanStep, 'accountId' | 'region' | 'networkInterfaceId' | 'resourceId'>,
  taken: ReadonlySet<number>,
  reason: string,
): PlanStep {
  return {
    kind: 'modify-session',
    ...common,
    ...{ trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId },
    sessionNumber: nextFree(taken),
    renumber: true,
    reason: `number 1 is for the session on suspicion: ${reason}`,
  };
}

function nextFree(taken: ReadonlySet<number>): number {
  let number = 2;
  while (taken.has(number)) number += 1;
  return number;
}
