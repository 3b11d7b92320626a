/** Findings that re-checks could not judge and do not try to judge again: people are told of them all the same. */

import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { AssessedScope, Assessment } from '../assess.ts';
import type { RequestedResources } from '../scope-requests.ts';

/** After so many re-checks that judged nothing, what was to be checked is mailed as it is in the ledger, and the next sweep takes over. */
export const MOST_ATTEMPTS = 4;

/**
 * The ids of findings that re-checks `asked` for and that stay unknown: after the last attempt, or after the first where there is no account
 * to look at.
 */
export function givenUp(
  asked: readonly RequestedResources[],
  { scopes, judgements }: Pick<Assessment, 'scopes' | 'judgements'>,
): ReadonlySet<string> {
  const recordsAlone = new Set(scopes.filter(isOnRecordsAlone).map(({ scope }) => scopeKey(scope)));
  const isLast = (resources: RequestedResources): boolean =>
    resources.attempt !== undefined && (resources.attempt >= MOST_ATTEMPTS || recordsAlone.has(scopeKey(resources)));
  const keyOf = (scope: Scope, id: string): string => `${scopeKey(scope)} ${id}`;
  const named = new Set(
    asked.filter(isLast).flatMap((resources) => {
      const { instanceIds, networkInterfaceIds, resourceIds = [] } = resources;
      return [...instanceIds, ...networkInterfaceIds, ...resourceIds].map((id) => keyOf(resources, id));
    }),
  );
  const unknown = judgements.filter(({ result }) => result === 'unknown');
  return new Set(unknown.filter((judgement) => named.has(keyOf(judgement, judgement.resourceId))).map(({ id }) => id));
}

/** True if all that was judged rests on log records, as there was no account to look at. */
export function restsOnRecords({ scopes }: Pick<Assessment, 'scopes'>): boolean {
  return scopes.length > 0 && scopes.every(isOnRecordsAlone);
}

/** True if the account showed neither what it has nor why that could not be read. */
function isOnRecordsAlone({ inventory }: AssessedScope): boolean {
  const { instances, networkInterfaces, unread = {} } = inventory;
  return instances === undefined && networkInterfaces === undefined && Object.keys(unread).length === 0;
}
