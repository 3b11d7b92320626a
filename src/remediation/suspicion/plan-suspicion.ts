/** Sessions on suspicion: what GuardDuty suspects is mirrored immediately, whatever the rules say, for a limited time. */

import type { ForbiddenRepairs } from '../../audit/exemptions.ts';
import { byText } from '../../collections.ts';
import { tagValue } from '../../inventory/instance.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { type AccountIndex, indexAccount, SESSIONS_PER_INTERFACE } from '../../mirror/account-index.ts';
import { eligibilityOf, resourceOf } from '../../mirror/eligibility.ts';
import { assign, type Placement } from '../../mirror/placement/assign.ts';
import { CONFIG_TAG, GUARDDUTY_TAG, MANAGED_TAG, type MirrorPolicy, UNTIL_TAG } from '../../mirror/policy.ts';
import { isDisguised, isManaged } from '../../mirror/sessions.ts';
import type { SuspicionSighting } from '../../sighting/sighting.ts';
import { mustNotBeMirrored } from '../advice/left-out.ts';
import type { CreateSessionStep, DeleteSessionStep, ModifySessionStep, PlaceSessionStep, Unplaced } from '../plan.ts';
import { unplacedFor } from '../session-need.ts';

/** A suspected interface, and the GuardDuty finding about it. */
export interface Suspect {
  readonly networkInterface: NetworkInterface;
  readonly resourceId: string;
  readonly sighting: SuspicionSighting;
  /** When its session is to be deleted. */
  readonly until: Date;
}

/** The suspects that lack a session, the steps that give them one, and those that get none. */
export interface SuspicionPlan {
  readonly suspects: readonly Suspect[];
  readonly steps: readonly PlaceSessionStep[];
  readonly unplaced: readonly Unplaced[];
}

type SuspicionPolicy = NonNullable<MirrorPolicy['onSuspicion']>;

const NOTHING: SuspicionPlan = { suspects: [], steps: [], unplaced: [] };
const HOUR_MS = 3_600_000;

/**
 * Plans the sessions that GuardDuty's findings ask for under the policy's `onSuspicion`: one for every interface of the instance or
 * task that AWS can mirror, even where tags or rules exempt it. Where a person's exemption says that it must not be mirrored, it gets
 * none, and the reason says so. An interface that has such a session gets no second one, so a
 * repeated finding changes nothing; a finding whose hours are over asks for nothing.
 *
 * A packet goes to the session with the lowest number whose filter matches. A session of ours with number 1 therefore moves to
 * the next free number first; a session of others stays where it is.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-sessions.html
 */
export function planSuspicion(
  account: AccountIndex,
  sightings: readonly SuspicionSighting[],
  now: Date,
  forbidden: ForbiddenRepairs = new Map(),
): SuspicionPlan {
  const { inventory, policy, unsupported, compiled } = account;
  const { onSuspicion } = policy;
  if (onSuspicion === undefined || inventory.trafficMirrorSessions === undefined) return NOTHING;
  const widened = indexAccount(inventory, widenedPolicy(policy, onSuspicion), { unsupported, compiled });
  const suspects = suspectsOf(account, sightings, onSuspicion.hours, now).filter(
    ({ networkInterface }) =>
      eligibilityOf(networkInterface, widened).kind === 'source' &&
      !hasSuspicionSession(networkInterface, onSuspicion, account),
  );
  if (suspects.length === 0) return NOTHING;
  const hasFreeSlot = ({ networkInterface }: Suspect): boolean =>
    account.sessionsOn(networkInterface.networkInterfaceId).length < SESSIONS_PER_INTERFACE;
  const isAllowed = ({ networkInterface }: Suspect): boolean => !mustNotBeMirrored(networkInterface, forbidden);
  const sources = suspects
    .filter((suspect) => isAllowed(suspect) && hasFreeSlot(suspect))
    .map(({ networkInterface }) => networkInterface);
  const { placed, unplaced } = assign(widened, sources, { alwaysCreates: true });
  const suspectById = new Map(suspects.map((suspect) => [suspect.networkInterface.networkInterfaceId, suspect]));
  return {
    suspects,
    steps: placed.flatMap((placement) => {
      const suspect = suspectById.get(placement.networkInterfaceId);
      return suspect === undefined ? [] : stepsFor(suspect, placement, account);
    }),
    unplaced: [
      ...suspects.flatMap(({ networkInterface }) => {
        const reason = forbidden.get(networkInterface.networkInterfaceId)?.get('instance-unmirrored');
        return reason === undefined ? [] : [unplacedFor(networkInterface, reason)];
      }),
      ...suspects
        .filter((suspect) => isAllowed(suspect) && !hasFreeSlot(suspect))
        .map(({ networkInterface }) =>
          unplacedFor(networkInterface, `its ${SESSIONS_PER_INTERFACE} session slots are taken`),
        ),
      ...unplaced.flatMap(({ networkInterfaceId, reason }) => {
        const suspect = suspectById.get(networkInterfaceId);
        return suspect === undefined ? [] : [unplacedFor(suspect.networkInterface, reason)];
      }),
    ],
  };
}

/**
 * The deletions of sessions on suspicion whose time is over. A session counts if it is proven ours, by the time for which we made it; else only if it
 * has our tag and goes where suspects go, by the time that its tag says. Otherwise whoever may tag could have us delete any session of ours.
 */
export function endedSuspicions(account: AccountIndex, now: Date): readonly DeleteSessionStep[] {
  const { accountId, region, trafficMirrorSessions = [] } = account.inventory;
  const ours = trafficMirrorSessions.filter((session) => isManaged(session, accountId));
  return ours.flatMap((session): readonly DeleteSessionStep[] => {
    const { tags, networkInterfaceId, sessionNumber } = session;
    const { trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId } = session;
    const until = Date.parse(endOf(session, account) ?? '');
    // Written so that an unreadable time (NaN) deletes nothing.
    if (!(until <= now.getTime())) return [];
    const source = account.networkInterface(networkInterfaceId);
    const resourceId =
      typeof source === 'object' ? resourceOf(source).resourceId : (tagValue(tags, 'Name') ?? networkInterfaceId);
    const guardDutyFindingId = tagValue(tags, GUARDDUTY_TAG) ?? '';
    const reason = `the time of GuardDuty finding ${guardDutyFindingId} ended at ${new Date(until).toISOString()}`;
    return [
      {
        kind: 'delete-session',
        ...{ accountId, region, networkInterfaceId, resourceId, trafficMirrorTargetId, trafficMirrorFilterId },
        ...{ sessionNumber, trafficMirrorSessionId, reason },
      },
    ];
  });
}

/** When a session on suspicion is to end. Undefined for any other session. */
function endOf(
  session: TrafficMirrorSession,
  { inventory: { ours }, policy: { onSuspicion } }: AccountIndex,
): string | undefined {
  const known = ours?.sessions.get(session.trafficMirrorSessionId);
  if (known?.isMade === true) return known.until;
  const goesThere =
    onSuspicion?.filterId === session.trafficMirrorFilterId &&
    onSuspicion.targetIds.includes(session.trafficMirrorTargetId);
  return goesThere ? tagValue(session.tags, UNTIL_TAG) : undefined;
}

/** The policy for suspects: every interface that AWS can mirror is a source, for the targets of suspicion. */
function widenedPolicy({ rules: _, ...policy }: MirrorPolicy, { filterId, targetIds }: SuspicionPolicy): MirrorPolicy {
  const targets = targetIds.map((id) => policy.targets.find((entry) => entry.id === id) ?? { id });
  return { ...policy, filterId, targets, excludeTags: [], interfaces: 'all', fargate: true };
}

function hasSuspicionSession(
  { networkInterfaceId }: NetworkInterface,
  { filterId, targetIds }: SuspicionPolicy,
  account: AccountIndex,
): boolean {
  return account
    .sessionsOn(networkInterfaceId)
    .some((session) => session.trafficMirrorFilterId === filterId && targetIds.includes(session.trafficMirrorTargetId));
}

/** Each suspected interface once, by id, with the newest finding about it. */
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
    for (const networkInterface of interfacesOf(sighting, account)) {
      const { resourceId } = resourceOf(networkInterface);
      suspects.set(networkInterface.networkInterfaceId, { networkInterface, resourceId, sighting, until });
    }
  }
  return [...suspects.values()].toSorted(byText(({ networkInterface }) => networkInterface.networkInterfaceId));
}

/** The interfaces of the suspected instance, and those the finding names. */
function interfacesOf(
  { instanceId, networkInterfaceIds }: SuspicionSighting,
  account: AccountIndex,
): readonly NetworkInterface[] {
  const named = networkInterfaceIds
    .map((id) => account.networkInterface(id))
    .filter((found) => typeof found === 'object');
  return [...(instanceId === undefined ? [] : account.interfacesOf(instanceId)), ...named];
}

function stepsFor(
  { networkInterface, resourceId, sighting, until }: Suspect,
  { trafficMirrorTargetId, trafficMirrorFilterId, alternatives }: Placement,
  account: AccountIndex,
): readonly PlaceSessionStep[] {
  const { accountId, region } = account.inventory;
  const { networkInterfaceId } = networkInterface;
  const sessions = account.sessionsOn(networkInterfaceId);
  const taken = new Set(sessions.map(({ sessionNumber }) => sessionNumber));
  const holder = sessions.find(({ sessionNumber }) => sessionNumber === 1);
  const source = { accountId, region, networkInterfaceId, resourceId };
  const reason = `GuardDuty suspects it: finding ${sighting.guardDutyFindingId}`;
  const makesWay =
    holder !== undefined && isManaged(holder, accountId) && !isDisguised(holder, account)
      ? [renumbered(holder, source, taken, reason)]
      : [];
  const isNumberOneFree = holder === undefined || makesWay.length > 0;
  const creation: CreateSessionStep = {
    kind: 'create-session',
    ...source,
    ...{ trafficMirrorTargetId, trafficMirrorFilterId, alternatives, reason },
    sessionNumber: isNumberOneFree ? 1 : nextFree(taken),
    tags: [
      { key: MANAGED_TAG, value: 'true' },
      { key: CONFIG_TAG, value: account.policy.configHash },
      { key: 'Name', value: resourceId },
      { key: UNTIL_TAG, value: until.toISOString() },
      { key: GUARDDUTY_TAG, value: sighting.guardDutyFindingId },
    ],
  };
  return [...makesWay, creation];
}

/** Moves a session of ours from number 1 to the next free number. */
function renumbered(
  { trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId }: TrafficMirrorSession,
  source: Pick<ModifySessionStep, 'accountId' | 'region' | 'networkInterfaceId' | 'resourceId'>,
  taken: ReadonlySet<number>,
  reason: string,
): ModifySessionStep {
  return {
    kind: 'modify-session',
    ...source,
    ...{ trafficMirrorSessionId, trafficMirrorTargetId, trafficMirrorFilterId },
    sessionNumber: nextFree(taken),
    renumber: true,
    reason: `number 1 goes to the session on suspicion: ${reason}`,
  };
}

function nextFree(taken: ReadonlySet<number>): number {
  let number = 2;
  while (taken.has(number)) number += 1;
  return number;
}
