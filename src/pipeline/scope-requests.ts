/** Divides what has to be judged by account and region, and says what has to be read there. */

import { mayConcernEverySource } from '../audit/mirroring/touched-interfaces.ts';
import { instanceIdsOf } from '../audit/tag-state.ts';
import { byText, groupBy } from '../collections.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource, Need, SessionChange } from '../inventory/load-inventory.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import { isInstanceId, isInterfaceId, type Sighting } from '../sighting/sighting.ts';
import { isOmittedLaunch } from './looks/omitted-launches.ts';
import type { OwnIdentity } from './looks/own-callers.ts';
import { sessionChangesIn } from './looks/session-changes.ts';
import type { OlderAccounts } from './past/older-accounts.ts';

/** What to judge. */
export interface AssessRequest extends OwnIdentity {
  readonly sightings: readonly Sighting[];
  /** Calls that failed after all, by addenda to records that earlier runs may have read. @default none */
  readonly withdrawn?: readonly Sighting[] | undefined;
  /** `all` judges complete accounts (a sweep), `sighted` only what the sightings touched. */
  readonly scope: 'all' | 'sighted';
  /** Instances and interfaces to judge without a sighting: re-checks after the grace period. */
  readonly requested?: readonly RequestedResources[] | undefined;
  /** Which accounts and regions to sweep. @default all that the inventory source can read */
  readonly scopes?: readonly Scope[] | undefined;
  /** The accounts as they were read at earlier times, which may tell what records lack. @default none */
  readonly older?: OlderAccounts | undefined;
  /** Reads the lists that change slowly anew too. @default false */
  readonly fresh?: boolean | undefined;
  /** Asks AWS also what sessions carry, unless the configuration says not to. @default false */
  readonly metrics?: boolean | undefined;
  readonly now: Date;
  /** Dates each look at an account. @default every look is dated `now` */
  readonly clock?: Pick<RunClock, 'elapsedMs'> | undefined;
}

/** Instances and interfaces of one account and region that are to be judged without a sighting. */
export interface RequestedResources extends Scope {
  readonly instanceIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  /** What the findings are about, where the ids above do not say it: tasks and sessions. @default nothing else */
  readonly resourceIds?: readonly string[] | undefined;
  /** True to read the whole account, which shows that no target uses a sensor. What is judged stays the same. @default false */
  readonly wholeAccount?: boolean | undefined;
  /** What others did to sessions, by the records that led to the request. @default not known */
  readonly sessionChanges?: readonly SessionChange[] | undefined;
  /** For a re-check: the time before which it is of no use. @default it is due */
  readonly notBefore?: Date | undefined;
  /** When the account was read that led to the request, by the clock of the function that asks. @default not known */
  readonly lookedAt?: Date | undefined;
  /** For a re-check: how many before it could not judge these. Absent in any other request. */
  readonly attempt?: number | undefined;
}

/** What to judge in one account and region. */
export interface ScopeRequest {
  readonly scope: Scope;
  readonly sightings: readonly Sighting[];
  readonly requested: Pick<RequestedResources, 'instanceIds' | 'networkInterfaceIds' | 'resourceIds' | 'wholeAccount'>;
  /** What others did to sessions. */
  readonly sessionChanges: readonly SessionChange[];
}

/**
 * The request divided by account and region, ordered by account and region. Tags on volumes, images, subnets and other resources that are
 * not judged ask for no look: services tag such resources all the time.
 */
export async function requestsByScope(
  { scope, scopes, sightings, requested = [] }: AssessRequest,
  source: InventorySource,
): Promise<readonly ScopeRequest[]> {
  const swept = scope === 'all' ? (scopes ?? (await source.scopes())) : [];
  const toJudge = sightings.filter(mayConcernSource);
  const sightingsIn = groupBy(toJudge, scopeKey);
  const requestedIn = groupBy(requested, scopeKey);
  return [...groupBy([...toJudge, ...requested, ...swept], scopeKey)]
    .toSorted(byText(([key]) => key))
    .flatMap(([key, [first]]) => {
      if (first === undefined) return [];
      const here = requestedIn.get(key) ?? [];
      const sighted = sightingsIn.get(key) ?? [];
      return {
        scope: { accountId: first.accountId, region: first.region },
        sightings: sighted,
        requested: {
          instanceIds: here.flatMap(({ instanceIds }) => instanceIds),
          networkInterfaceIds: here.flatMap(({ networkInterfaceIds }) => networkInterfaceIds),
          resourceIds: here.flatMap(({ resourceIds = [] }) => resourceIds),
          wholeAccount: here.some(({ wholeAccount = false }) => wholeAccount),
        },
        sessionChanges: [...sessionChangesIn(sighted), ...here.flatMap(({ sessionChanges = [] }) => sessionChanges)],
      };
    });
}

/**
 * What has to be read. A changed path can affect any session, and a deleted session or a detached interface may be any: these need
 * everything, and so does a record that names nothing because CloudTrail omitted it, and a request for the whole account.
 */
export function needOf(sightings: readonly Sighting[], requested: ScopeRequest['requested']): Need {
  const needsAll = sightings.some(
    (sighting) =>
      sighting.kind === 'mirror-path-changed' ||
      ((sighting.kind === 'session-deleted' || sighting.kind === 'interface-detached') &&
        sighting.networkInterfaceId === undefined) ||
      isOmittedLaunch(sighting) ||
      mayConcernEverySource(sighting),
  );
  if (needsAll || requested.wholeAccount === true) return { kind: 'all' };
  const instanceIds = new Set([...sightings.flatMap(instanceIdsOf), ...requested.instanceIds]);
  const networkInterfaceIds = new Set([...sightings.flatMap(interfaceIdsIn), ...requested.networkInterfaceIds]);
  return {
    kind: 'some',
    instanceIds: [...instanceIds].toSorted(),
    networkInterfaceIds: [...networkInterfaceIds].toSorted(),
  };
}

/** False for tags on resources that are neither instances nor interfaces. A record of which CloudTrail omitted the resources may be about any. */
function mayConcernSource(sighting: Sighting): boolean {
  if (sighting.kind !== 'tags-set' && sighting.kind !== 'tags-removed') return true;
  return sighting.incomplete === true || sighting.resourceIds.some((id) => isInstanceId(id) || isInterfaceId(id));
}

/** The interfaces that a sighting names. Those of a launch are read with its instances. */
function interfaceIdsIn(sighting: Sighting): readonly string[] {
  switch (sighting.kind) {
    case 'task-running':
    case 'suspicion':
      return sighting.networkInterfaceIds;
    case 'interface-attached':
    case 'interface-detached':
    case 'interface-created':
    case 'interface-deleted':
    case 'session-created':
    case 'session-modified':
    case 'session-deleted':
      return sighting.networkInterfaceId === undefined ? [] : [sighting.networkInterfaceId];
    case 'tags-set':
    case 'tags-removed':
      return sighting.resourceIds.filter(isInterfaceId);
    case 'launch':
    case 'terminated':
    case 'started':
    case 'stopped':
    case 'mirror-path-changed':
    case 'security-group-created':
    case 'security-group-deleted':
    case 'task-stopped':
    case 'rule-found':
    case 'rule-ended':
    case 'iam-user-made':
    case 'iam-user-deleted':
      return [];
  }
}

/** Leaves out accounts that the configuration does not list. An empty list trusts every account. */
export function splitByTrust(
  request: AssessRequest,
  accounts: readonly string[],
): { readonly trusted: AssessRequest; readonly foreignAccounts: readonly string[] } {
  if (accounts.length === 0) return { trusted: request, foreignAccounts: [] };
  const isOurs = ({ accountId }: Pick<Scope, 'accountId'>): boolean => accounts.includes(accountId);
  const { sightings, requested, scopes } = request;
  const foreign = sightings.filter((sighting) => !isOurs(sighting)).map(({ accountId }) => accountId);
  return {
    trusted: {
      ...request,
      sightings: sightings.filter(isOurs),
      requested: requested?.filter(isOurs),
      scopes: scopes?.filter(isOurs),
    },
    foreignAccounts: [...new Set(foreign)].toSorted(),
  };
}
