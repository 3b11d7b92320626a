/** Judges mirroring: which interfaces a look is about, what the mirror rules answer, and what a repair of it would change. */

import type { Inventory } from '../../inventory/inventory.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import { sessionFindings } from '../../mirror/coverage.ts';
import { isJudgedHere } from '../../mirror/eligibility.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import type { Repairable } from '../exemptions.ts';
import { type JudgedResource, judgeMirroredResources, judgeSessions } from '../judge-resources.ts';
import { type MirroredResource, mirroredResourcesOf } from '../mirrored-resource.ts';
import type { Subject } from '../subjects.ts';
import { judgeTraffic } from './judge-traffic.ts';
import { type DeletedFrom, deletedSessionSources, interfacesTouched } from './touched-interfaces.ts';

/** The part of an audit's input that decides which interfaces are judged. */
export interface MirroringInput {
  readonly inventory: Inventory;
  readonly sightings: readonly Sighting[];
  readonly scope: 'all' | 'sighted';
  /** Interfaces to judge without a sighting, for a re-check. */
  readonly requested?: { readonly networkInterfaceIds: readonly string[] } | undefined;
  readonly deletedFrom?: DeletedFrom | undefined;
}

/** What the mirror rules answered, and the resources that they were asked about. */
export interface MirroringJudged {
  readonly judged: readonly JudgedResource[];
  readonly resources: readonly MirroredResource[];
}

/** Where mirroring is not judged. */
export const NO_MIRRORING: MirroringJudged = { judged: [], resources: [] };

/** Applies the mirror rules to the resources whose mirroring the look is about, and to the account's sessions. */
export function judgeMirroring(
  input: MirroringInput,
  subjects: readonly Subject[],
  account: AccountIndex,
): MirroringJudged {
  const { sightings, scope } = input;
  const deletedFrom = deletedSessionSources(sightings, account, input.deletedFrom);
  const resources = mirroredResourcesOf(interfacesToJudge(input, subjects, account, deletedFrom), account);
  const touched = scope === 'all' ? null : interfacesTouched(sightings, account);
  const judged = [
    ...judgeMirroredResources({ subjects, resources, account, sightings, deletedFrom }),
    ...judgeTraffic(resources, account),
    ...judgeSessions(account, touched),
  ];
  return { judged, resources };
}

/** The interfaces of the judged instances and those that sightings name; with `all`, also those without an instance (tasks'). */
function interfacesToJudge(
  { inventory, sightings, scope, requested }: MirroringInput,
  subjects: readonly Subject[],
  account: AccountIndex,
  deletedFrom: DeletedFrom,
): readonly NetworkInterface[] {
  const all = (inventory.networkInterfaces ?? []).filter((each) => isJudgedHere(each, account));
  const present = new Set(subjects.filter(({ state }) => state === 'present').map(({ instanceId }) => instanceId));
  const named = new Set([
    ...interfacesTouched(sightings, account, deletedFrom),
    ...(requested?.networkInterfaceIds ?? []),
  ]);
  // A finding is about a resource, so if one interface of an instance is named, all of them are judged.
  const instancesOfNamed = new Set(
    all
      .filter(({ networkInterfaceId }) => named.has(networkInterfaceId))
      .map(({ attachment }) => attachment?.instanceId),
  );
  return all.filter(({ networkInterfaceId, attachment }) => {
    const instanceId = attachment?.instanceId;
    if (instanceId !== undefined && (present.has(instanceId) || instancesOfNamed.has(instanceId))) return true;
    return scope === 'all' ? instanceId === undefined : named.has(networkInterfaceId);
  });
}

/**
 * What exemptions may forbid to repair: what the mirror rules judged, with the interfaces that a repair would change; and every session that
 * the clean-up might delete, as it looks at more sessions than a run that judges only what was sighted.
 */
export function* repairableOf({ judged, resources }: MirroringJudged, account: AccountIndex): Generator<Repairable> {
  const { accountId } = account.inventory;
  for (const { kind, trafficMirrorSessionId: resourceId } of sessionFindings(account))
    if (kind === 'orphan') yield { rule: 'mirror-orphan', resourceId, accountId, tags: [], changes: [resourceId] };
  const byId = new Map(resources.map((resource) => [resource.resourceId, resource]));
  for (const { rule, resourceId, tags } of judged) {
    const interfaces = byId.get(resourceId)?.interfaces.map(({ networkInterface }) => networkInterface) ?? [];
    const changes = interfaces.map(({ networkInterfaceId }) => networkInterfaceId);
    if (changes.length > 0) yield { rule, resourceId, accountId, tags, vpcId: interfaces[0]?.vpcId, changes };
  }
}
