/** Proves what is ours in an account: by the ledger's notes of answers to our own calls, and by CloudTrail's records of calls of our roles. */

import { tagValue } from '../../inventory/instance.ts';
import { type Inventory, NOTHING_OURS, type OurSession, type Ours, type Scope } from '../../inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../inventory/mirror.ts';
import type { ChangeLog, KeptPart } from '../../ledger/change-log.ts';
import { launchProofId } from '../../ledger/changed-ids.ts';
import { poolOfToken, poolTargetsIn } from '../../mirror/ours/sensors.ts';
import { type MirrorPolicy, targetIdsIn, UNTIL_TAG } from '../../mirror/policy.ts';
import { isManaged } from '../../mirror/sessions.ts';
import type { LaunchLog } from '../../remediation/sensors/launch-log.ts';
import type { Change } from '../../sighting/changes/change.ts';
import { isOwnCall, ownLaunch } from '../../sighting/own-calls.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import { madeByUs, type OwnCallers } from '../looks/own-callers.ts';
import { foundLaunches } from './found-launches.ts';

/** What proofs are made from. */
export interface ProofSources {
  /** Every recorded call on the account and region that is at hand. */
  readonly recorded: readonly Sighting[];
  readonly callers: OwnCallers;
  /** Knows the answers to our own calls. Without it only records prove anything. */
  readonly ledger?:
    | (Pick<ChangeLog, 'about'> &
        Partial<Pick<ChangeLog, 'keep' | 'policies'> & Pick<LaunchLog, 'intended' | 'noteInstance'>>)
    | undefined;
  readonly now: Date;
}

/** The ledger keeps a proof for `KEPT_DAYS`; one this old is written again. */
const RENEWED_AFTER_MS = 100 * 86_400_000;

/**
 * The account with what is proven to be ours in it. Only what looks like ours and is not explained by the configuration is looked up: instances
 * with the client token of a sensor, and sessions with our tag whose target is not configured. An account without these costs nothing.
 */
export async function withOurs(
  inventory: Inventory,
  policy: MirrorPolicy | null,
  sources: ProofSources,
): Promise<Inventory> {
  if (policy === null) return inventory;
  const instanceIds = await ourInstances(inventory, sources);
  const withSensors = { ...inventory, ours: { ...NOTHING_OURS, instanceIds } };
  const doubtful = doubtfulSessions(withSensors, policy);
  if (instanceIds.size === 0 && doubtful.length === 0) return inventory;
  const sessions = await ourSessions(doubtful, inventory, sources);
  const isExplained = ({ trafficMirrorSessionId: id, trafficMirrorTargetId }: TrafficMirrorSession): boolean =>
    sessions.get(id)?.targetIds.has(trafficMirrorTargetId) === true;
  const formerTargetIds = doubtful.every(isExplained)
    ? NOTHING_OURS.formerTargetIds
    : await formerTargets(inventory, sources);
  return { ...inventory, ours: { instanceIds, sessions, formerTargetIds } };
}

/** The account with what a ledger's notes alone prove to be ours, for looks back. Nothing is written to the ledger. */
export async function withOursByNotes(
  inventory: Inventory,
  policy: MirrorPolicy | null,
  kept: Pick<ChangeLog, 'about'> | undefined,
): Promise<Inventory> {
  const ledger = kept && { about: (scope: Scope, ids: readonly string[]) => kept.about(scope, ids) };
  // The time decides only which notes are written again.
  return withOurs(inventory, policy, { recorded: [], callers: {}, ledger, now: new Date(0) });
}

/** The instances with a sensor's client token that we launched. A proof by a record is kept: the next run has no record. */
async function ourInstances(
  inventory: Inventory,
  { recorded, callers, ledger, now }: ProofSources,
): Promise<Ours['instanceIds']> {
  const { accountId, region, instances = [] } = inventory;
  const claimed = instances.filter((one) => poolOfToken(one) !== undefined).map(({ instanceId }) => instanceId);
  if (claimed.length === 0) return NOTHING_OURS.instanceIds;
  const launches = recorded.filter(
    (one) => one.kind === 'launch' && one.instances.some(({ instanceId }) => claimed.includes(instanceId)),
  );
  const byRecord = (await madeByUs(launches, callers)).flatMap((one) =>
    one.kind === 'launch' ? one.instances.map(({ instanceId }) => instanceId) : [],
  );
  const noted = new Map<string, Date>();
  for (const { change, part } of await ownChanges(claimed.map(launchProofId), inventory, ledger)) {
    if (change.kind !== 'sensor-launched') continue;
    const known = noted.get(change.instanceId);
    if (known === undefined || known < part.eventTime) noted.set(change.instanceId, part.eventTime);
  }
  const proven = new Set([...noted.keys(), ...byRecord]);
  const byToken = claimed.every((id) => proven.has(id)) ? [] : await foundLaunches(inventory, ledger);
  for (const { instanceId } of byToken) proven.add(instanceId);
  const ours = claimed.filter((id) => proven.has(id));
  const toKeep = ours.filter((id) => (noted.get(id)?.getTime() ?? 0) < now.getTime() - RENEWED_AFTER_MS);
  if (toKeep.length > 0)
    await ledger?.keep?.(
      toKeep.map((id) => ({ accountId, region, ...ownLaunch(id, now) })),
      now,
    );
  for (const { launch, instanceId } of byToken)
    if (launch.instanceId === undefined) await ledger?.noteInstance?.(inventory, launch, instanceId, now);
  return new Set(ours);
}

/** Sessions with our tag that the configuration does not explain, and those with an end, which decides whether we delete them. */
function doubtfulSessions(inventory: Inventory, policy: MirrorPolicy): readonly TrafficMirrorSession[] {
  const { accountId, trafficMirrorSessions = [] } = inventory;
  const configured = targetIdsIn(policy);
  const doubtful = trafficMirrorSessions.filter(
    (session) =>
      isManaged(session, accountId) &&
      (!configured.has(session.trafficMirrorTargetId) || tagValue(session.tags, UNTIL_TAG) !== undefined),
  );
  if (doubtful.length === 0 || inventory.ours?.instanceIds.size === 0) return doubtful;
  const targets = poolTargetsIn(inventory, finders(inventory));
  return doubtful.filter(
    ({ trafficMirrorTargetId, tags }) =>
      targets.get(trafficMirrorTargetId)?.proof.kind !== 'ours' || tagValue(tags, UNTIL_TAG) !== undefined,
  );
}

function finders({ instances = [], networkInterfaces = [] }: Inventory): Parameters<typeof poolTargetsIn>[1] {
  const byInstance = new Map(instances.map((one) => [one.instanceId, one]));
  const byInterface = new Map(networkInterfaces.map((one) => [one.networkInterfaceId, one]));
  return {
    instance: (id) => byInstance.get(id) ?? 'unread',
    networkInterface: (id) => byInterface.get(id) ?? 'unread',
  };
}

/** What we did to these sessions. */
async function ourSessions(
  sessions: readonly TrafficMirrorSession[],
  inventory: Inventory,
  { recorded, callers, ledger }: ProofSources,
): Promise<Ours['sessions']> {
  const ids = new Set(sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId));
  if (ids.size === 0) return NOTHING_OURS.sessions;
  const about = recorded.filter(
    (one) =>
      (one.kind === 'session-created' || one.kind === 'session-modified') && ids.has(one.trafficMirrorSessionId ?? ''),
  );
  const byRecord = (await madeByUs(about, callers)).flatMap(({ changes = [] }) => changes);
  const noted = (await ownChanges([...ids], inventory, ledger)).map(({ change }) => change);
  const known = new Map<string, OurSession>();
  for (const change of [...noted, ...byRecord]) addChange(change, known);
  return known;
}

function addChange(change: Change, known: Map<string, OurSession>): void {
  if (change.kind !== 'session-created' && change.kind !== 'session-modified') return;
  const { trafficMirrorSessionId: id, trafficMirrorTargetId } = change;
  const { targetIds = [], isMade = false, until } = known.get(id) ?? {};
  const isCreation = change.kind === 'session-created';
  known.set(id, {
    targetIds: new Set([...targetIds, ...(trafficMirrorTargetId === undefined ? [] : [trafficMirrorTargetId])]),
    isMade: isMade || isCreation,
    until: isCreation ? tagValue(change.tags, UNTIL_TAG) : until,
  });
}

interface OwnChange {
  readonly change: Change;
  readonly part: KeptPart;
}

/** What the ledger knows under these ids from answers to our own calls. What it keeps of records of others is left out. */
async function ownChanges(
  ids: readonly string[],
  { accountId, region }: Inventory,
  ledger: ProofSources['ledger'],
): Promise<readonly OwnChange[]> {
  if (ledger === undefined || ids.length === 0) return [];
  const kept = await ledger.about({ accountId, region }, ids);
  return kept.flatMap(({ parts }) =>
    parts
      .filter(({ evidence }) => isOwnCall(evidence))
      .flatMap((part) => part.changes.map(({ change }) => ({ change, part }))),
  );
}

/** The targets of the policies by which complete looks judged before. */
async function formerTargets(
  { accountId, region }: Inventory,
  { ledger }: ProofSources,
): Promise<Ours['formerTargetIds']> {
  const kept = (await ledger?.policies?.({ accountId, region })) ?? [];
  return new Set(kept.flatMap(({ policy: { mirror } }) => (mirror === null ? [] : [...targetIdsIn(mirror)])));
}
