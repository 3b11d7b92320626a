/** The configured targets as every source sees them: what is behind each, and how many sources it has and takes. */

import type { AccountIndex } from './account-index.ts';
import { backendOf, type TargetBackend } from './checks/alive.ts';
import { capacityCheck, capacityOf, utilisationUnit } from './checks/capacity.ts';
import type { TargetEntry } from './policy.ts';
import { hashOf } from './stable-hash.ts';
import type { Check } from './verdict.ts';

/** A configured target, with everything the checks need to know about it. */
export interface TargetProfile extends TargetBackend {
  readonly id: string;
  /** Its position among the configured targets, in order of ids. */
  readonly index: number;
  /** The hash of its id, for breaking ties. */
  readonly hash: number;
  /** Its distinct source interfaces. */
  readonly sources: ReadonlySet<string>;
  /** Null for a target without a limit. */
  readonly capacity: number | null;
  /** Its utilisation is sources / unit. */
  readonly unit: number;
  /** Whether it has room for one more source; the same check for every source it doesn't have yet. */
  readonly capacityCheck: Check;
}

/** Every configured target by id, in order of ids. Call it as `account.once(targetsOf)`. */
export function targetsOf(account: AccountIndex): ReadonlyMap<string, TargetProfile> {
  return new Map(account.configuredTargetIds.map((id, index) => [id, profileOf(id, index, account)]));
}

function profileOf(id: string, index: number, account: AccountIndex): TargetProfile {
  const entry: TargetEntry = account.configuredTarget(id) ?? { id };
  const found = account.trafficMirrorTarget(id);
  const target = typeof found === 'object' ? found : undefined;
  const capacity = capacityOf(target, entry, account);
  const sources = account.sourcesOf(id);
  return {
    id,
    index,
    hash: hashOf(id),
    ...backendOf(id, found, account),
    sources,
    capacity,
    unit: utilisationUnit(capacity, entry),
    capacityCheck: capacityCheck(sources.size, capacity, target?.ownerId, account),
  };
}
